//! Texts that people read: each exists in both languages with the same values, is used, and is written in one style.

mod catalogue;
mod style;
#[cfg(test)]
mod tests;
mod used;

use crate::problem::{Problem, Source};
use catalogue::Catalogue;

/// The starts of keys that are formed at run time from a code; the rest of the key is the code, which stands in the sources as it is.
/// `crates/platform/web/tests/codes.rs` checks the opposite: each code has a text.
const FORMED: [&str; 12] = [
    // A reason, a remedy or a cut: `web/src/wording.rs`.
    "code-",
    // A refused sign-in: `identity/src/failure.rs`.
    "failure-",
    // A refused device: `devices/src/refusal.rs`.
    "device-refusal-",
    // A signal of risk, and an act of the ledger: `web/src/wording.rs`.
    "signal-",
    "act-",
    // A session that an administrator, a policy or the person ended.
    "end-",
    // What may be chosen in a form, and what a kind of documents is: `editor/src/inputs.rs`, `publish` and `list.rs`.
    "choice-",
    "devices-",
    "sensitivity-",
    "about-",
    // What a framework, a state, a pillar, a level or a control is called, and what a state or a control says: `governance/src/pages.rs`.
    "governance-of-",
    "governance-why-",
];

/// What the check reads.
pub(crate) struct Input<'a> {
    /// The `.ftl` files.
    pub(crate) catalogues: &'a [Source],
    /// Rust sources and templates that may use a key.
    pub(crate) users: &'a [Source],
    /// Everything that holds texts in Japanese: sources, templates, scripts, policies, tables, pages of the guide.
    pub(crate) written: &'a [Source],
}

/// The texts that are missing, unused, different in the two languages or in another style.
pub(crate) fn check(input: &Input<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut known = Vec::new();
    for source in input.catalogues {
        let (catalogue, wrong) = Catalogue::of(source);
        problems.extend(wrong);
        problems.extend(pair(&catalogue, input.catalogues));
        known.push(catalogue);
    }
    problems.extend(used::check(&known, input.users, &FORMED));
    problems.extend(policies(input.written));
    input.written.iter().for_each(|source| problems.extend(style::check(source)));
    problems
}

/// The keys and values that the file of the other language beside this one does not have.
fn pair(catalogue: &Catalogue<'_>, all: &[Source]) -> Vec<Problem> {
    let Some((folder, name)) = catalogue.path.rsplit_once('/') else { return Vec::new() };
    let beside = format!("{folder}/{}", if name == "en.ftl" { "ja.ftl" } else { "en.ftl" });
    let Some(source) = all.iter().find(|source| source.path == beside) else {
        return vec![Problem::new(
            catalogue.path,
            format!("`{beside}` is missing"),
            "write the texts of both languages",
        )];
    };
    let (other, _) = Catalogue::of(source);
    let mut problems = Vec::new();
    for text in &catalogue.texts {
        let place = format!("{}:{}", catalogue.path, text.line);
        let message = match other.text(text.key) {
            None => format!("`{}` has no text in `{beside}`", text.key),
            Some(twin) if twin.values() != text.values() => {
                format!("`{}` takes {:?} here and {:?} in `{beside}`", text.key, text.values(), twin.values())
            }
            Some(_) => continue,
        };
        problems.push(Problem::new(place, message, "write the text in both languages, with the same values"));
    }
    problems
}

/// Policies that give a reason in one language only.
fn policies(sources: &[Source]) -> Vec<Problem> {
    let policies = sources.iter().filter(|source| source.path.ends_with(".cedar"));
    let count = |source: &Source, mark: &str| source.text.matches(mark).count();
    let uneven = policies.filter(|source| count(source, "@reason(") != count(source, "@reason_ja("));
    let problem = |source: &Source| {
        Problem::new(&source.path, "a reason is given in one language only", "write both `@reason` and `@reason_ja`")
    };
    uneven.map(problem).collect()
}
