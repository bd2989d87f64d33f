//! Known vulnerabilities, from a local copy of an advisory database (RustSec's form): nothing is fetched.

use semver::{Version, VersionReq};

use super::{ACCEPTED, LOCK, Package};
use crate::problem::Problem;

/// One advisory.
#[derive(Debug, Clone)]
pub(crate) struct Advisory {
    id: String,
    package: String,
    /// The versions that are not concerned: patched, or never affected.
    good: Vec<VersionReq>,
    /// Whether it only informs: of an unmaintained crate, say.
    informs: bool,
}

/// Reads one file of the database; nothing for a file that is no advisory or was withdrawn.
///
/// # Errors
/// When an advisory cannot be read: then it cannot be said to concern nothing.
pub(crate) fn read(file: &str, text: &str) -> Result<Option<Advisory>, String> {
    let Some((front, _)) = text.split_once("```toml").and_then(|(_, rest)| rest.split_once("```")) else {
        return Ok(None);
    };
    let wrong = |what: &dyn std::fmt::Display| format!("{file}: {what}");
    let table: toml::Table = front.parse().map_err(|error: toml::de::Error| wrong(&error))?;
    let field = |name: &str| table.get("advisory").and_then(|advisory| advisory.get(name));
    if field("withdrawn").is_some() {
        return Ok(None);
    }
    let text = |name: &str| field(name).and_then(toml::Value::as_str).map(str::to_owned);
    let requirements =
        ["patched", "unaffected"].into_iter().filter_map(|name| table.get("versions")?.get(name)?.as_array());
    let requirements = requirements.flatten().filter_map(toml::Value::as_str);
    let good: Result<Vec<VersionReq>, String> =
        requirements.map(|one| VersionReq::parse(one).map_err(|error| wrong(&error))).collect();
    Ok(Some(Advisory {
        id: text("id").ok_or_else(|| wrong(&"no `id`"))?,
        package: text("package").ok_or_else(|| wrong(&"no `package`"))?,
        good: good?,
        informs: field("informational").is_some(),
    }))
}

/// The advisories that concern what is built in. `accepted` has lines `ID reason`; one that concerns nothing is a problem too.
pub(super) fn check(packages: &[Package<'_>], advisories: &[Advisory], accepted: &str) -> Vec<Problem> {
    let lines = accepted.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    let accepted: Vec<&str> = lines.map(|(id, _)| id).collect();
    let concerns = |advisory: &Advisory, package: &Package<'_>| {
        package.name == advisory.package
            && !Version::parse(package.version)
                .is_ok_and(|version| advisory.good.iter().any(|good| good.matches(&version)))
    };
    let found = |advisory: &Advisory| packages.iter().find(|package| concerns(advisory, package)).copied();
    let vulnerabilities = advisories.iter().filter(|advisory| !advisory.informs);
    let open = vulnerabilities.filter(|advisory| !accepted.contains(&advisory.id.as_str()));
    let mut problems: Vec<Problem> = open
        .filter_map(|advisory| {
            let Package { name, version, .. } = found(advisory)?;
            let message = format!("`{name}` {version} has {}", advisory.id);
            Some(Problem::new(LOCK, message, format!("update it, or write into {ACCEPTED} why it does not matter")))
        })
        .collect();
    // Without a database nobody can tell what is still needed.
    let unneeded = accepted.iter().filter(|id| {
        !advisories.is_empty() && !advisories.iter().any(|advisory| advisory.id == **id && found(advisory).is_some())
    });
    problems.extend(
        unneeded
            .map(|id| Problem::new(ACCEPTED, format!("`{id}` concerns nothing that is built in"), "remove the line")),
    );
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2023-0071\"\npackage = \"rsa\"\n\n[versions]\npatched = [\">= 0.10.1\"]\n\
                        unaffected = [\"< 0.5.0\"]\n```\n\n# Title\n";

    fn messages(version: &str, accepted: &str) -> Vec<String> {
        let advisory = read("a.md", FILE).expect("read").expect("an advisory");
        let package = Package { name: "rsa", version, source: "", licence: "" };
        check(&[package], &[advisory], accepted).iter().map(|problem| problem.message.clone()).collect()
    }

    #[test]
    fn only_versions_that_are_concerned_are_told() {
        assert_eq!(messages("0.9.6", ""), ["`rsa` 0.9.6 has RUSTSEC-2023-0071"]);
        assert!(messages("0.10.1", "").is_empty() && messages("0.4.0", "").is_empty());
        assert!(messages("0.9.6", "# why\nRUSTSEC-2023-0071 verification only\n").is_empty());
        assert_eq!(
            messages("0.10.1", "RUSTSEC-2023-0071 no\n"),
            ["`RUSTSEC-2023-0071` concerns nothing that is built in"]
        );
    }

    #[test]
    fn what_is_no_advisory_is_passed_over_and_what_cannot_be_read_is_told() {
        assert!(read("README.md", "# Read me").expect("read").is_none());
        let withdrawn = FILE.replace("package =", "withdrawn = \"2024-01-01\"\npackage =");
        assert!(read("a.md", &withdrawn).expect("read").is_none());
        assert!(read("a.md", &FILE.replace(">= 0.10.1", "newer")).is_err());
        assert!(read("a.md", &FILE.replace("id =", "ident =")).is_err());
    }
}
