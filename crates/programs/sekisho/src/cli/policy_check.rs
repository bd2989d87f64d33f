//! `sekisho policy check`: policy files and the names in them, without a platform.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sekisho_control_plane::{CurrentDocuments, Desired, UnknownName, unknown_names};
use sekisho_model::documents::Kind;
use sekisho_model::facts::Interner;
use sekisho_policy_language::{Policies, PolicyText, unwritten};
use serde_json::{Value, json};

use super::{Failure, Output};
use crate::folder;

pub(super) fn run(files: &[PathBuf], strict: bool, output: Output) -> Result<(), Failure> {
    let documents = read(files)?;
    let (policies, beside): (Vec<Desired>, Vec<Desired>) =
        documents.into_iter().partition(|document| document.kind == Kind::Policy);
    let texts: Vec<PolicyText> = policies.iter().map(text_of).collect();
    let loaded = Policies::load(&texts, &Interner::new());
    // Where nobody wrote down who and what there is, no name can be looked up.
    let unknown = if strict || !beside.is_empty() { unknown_in(policies, beside) } else { Vec::new() };
    let mut problems: Vec<String> = loaded.as_ref().err().into_iter().flatten().map(ToString::to_string).collect();
    let unknown_lines = unknown.iter().map(ToString::to_string);
    let warnings: Vec<String> = texts.iter().flat_map(unwritten).map(|one| one.to_string()).collect();
    match loaded {
        Ok(policies) if unknown.is_empty() || !strict => {
            let summary = match texts.len() {
                0 => "there is no `*.cedar` file here: nothing was checked".to_owned(),
                files => format!("valid: policies {}, files {files}", policies.len()),
            };
            let answer = json!({
                "policies": policies.len(), "files": texts.len(), "unknown_names": unknown, "unwritten": warnings,
            });
            output.show(&answer, |_| {
                let lines = unknown_lines.chain(warnings.iter().cloned()).map(|line| format!("! {line}\n"));
                lines.chain(std::iter::once(summary)).collect()
            })
        }
        _ => {
            problems.extend(unknown_lines);
            let (count, s) = (problems.len(), if problems.len() == 1 { "" } else { "s" });
            Err(Failure::data(format_args!("{count} problem{s}\n{}", problems.join("\n"))))
        }
    }
}

/// The policies that were named, and the documents beside them.
fn read(paths: &[PathBuf]) -> Result<Vec<Desired>, Failure> {
    let (mut documents, mut folders) = (Vec::new(), BTreeSet::new());
    for path in paths {
        if path.is_dir() {
            documents.extend(folder::read(path).map_err(Failure::data)?);
            continue;
        }
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format_args!("{}: {error}", path.display())))?;
        documents.push(folder::policy_document(path, text));
        folders
            .insert(path.parent().map(Path::to_owned).filter(|folder| *folder != Path::new("")).unwrap_or(".".into()));
    }
    // Other files that are TOML may be there too: only those that hold documents count.
    let beside = folders.iter().filter(|folder| !paths.contains(folder)).flat_map(|folder| folder::toml_files(folder));
    documents.extend(
        beside
            .filter_map(|file| {
                let text = std::fs::read_to_string(&file).ok()?;
                folder::toml_documents(&file, &text).ok()
            })
            .flatten(),
    );
    Ok(documents)
}

fn unknown_in(policies: Vec<Desired>, beside: Vec<Desired>) -> Vec<UnknownName> {
    // What the documents themselves name is told by `sekisho apply --plan`.
    let places: BTreeSet<String> = policies.iter().map(|policy| policy.origin.clone()).collect();
    let of_a_policy =
        |unknown: &UnknownName| unknown.place.rsplit_once(':').is_some_and(|(file, _)| places.contains(file));
    let all: Vec<Desired> = policies.into_iter().chain(beside).collect();
    unknown_names(&CurrentDocuments::new(), &all, &BTreeSet::new()).into_iter().filter(of_a_policy).collect()
}

fn text_of(policy: &Desired) -> PolicyText {
    let text = policy.body.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    PolicyText { name: policy.origin.clone(), text }
}
