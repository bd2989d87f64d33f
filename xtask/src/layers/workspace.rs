//! Dependencies of the workspace that no member takes.

use crate::problem::{Problem, Source};

/// The packages of others below `[workspace.dependencies]` that stand in no member's Cargo.toml.
pub(super) fn unused(workspace: &str, manifests: &[Source]) -> Vec<Problem> {
    let section = workspace.lines().skip_while(|line| line.trim() != "[workspace.dependencies]").skip(1);
    let entries = section.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = "));
    let packages = entries.filter(|(name, value)| !name.starts_with('#') && !value.contains("path = "));
    packages
        .filter(|(name, _)| !manifests.iter().any(|manifest| takes(&manifest.text, name)))
        .map(|(name, _)| {
            let message = format!("no member of the workspace takes the dependency `{name}`");
            Problem::new("Cargo.toml", message, "remove it from `[workspace.dependencies]`")
        })
        .collect()
}

fn takes(manifest: &str, name: &str) -> bool {
    manifest.lines().filter_map(|line| line.trim().strip_prefix(name)).any(|rest| {
        let rest = rest.trim_start();
        rest.starts_with(".workspace") || rest.starts_with('=')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = "[workspace]\n\n[workspace.dependencies]\n# Ours\nserde = \"1\"\nserde_json = \"1\"\ntime = { version = \"0.3\" }\n\n[profile.dev]\ndebug = 1\n";

    fn unused_with(text: &str) -> Vec<String> {
        let manifests = [Source { path: "crates/x/a/Cargo.toml".to_owned(), text: text.to_owned() }];
        unused(WORKSPACE, &manifests).into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn what_a_member_takes_passes_and_the_rest_fails() {
        let all = "serde.workspace = true\nserde_json.workspace = true\ntime = { workspace = true }\n";
        assert!(unused_with(all).is_empty());
        let told = unused_with("serde_json.workspace = true\ntime = { workspace = true }\n");
        assert_eq!(told, ["no member of the workspace takes the dependency `serde`"]);
    }
}
