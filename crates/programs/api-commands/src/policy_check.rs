//! `sekisho policy check`: policy files and the names in them, without a platform.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sekisho_command_line::folder;
use sekisho_control_plane::{CurrentDocuments, Desired, UnknownName, shipped_documents, unknown_names};
use sekisho_model::documents::Kind;
use sekisho_model::facts::Interner;
use sekisho_policy_language::{Policies, PolicyText, unwritten};
use serde_json::{Value, json};

use super::{Failure, Output};

/// What was found in the files.
struct Found {
    /// What `sekisho apply` refuses.
    problems: Vec<String>,
    /// What is valid and probably not meant: refused when strict.
    warnings: Vec<String>,
    unknown: Vec<UnknownName>,
    /// What nothing writes yet.
    unwritten: Vec<String>,
    policies: usize,
    files: usize,
}

pub(super) fn run(files: &[PathBuf], strict: bool, output: &Output) -> Result<(), Failure> {
    let found = check(read(files)?, strict);
    let unknown = found.unknown.iter().map(ToString::to_string);
    let doubtful: Vec<String> = found.warnings.iter().cloned().chain(unknown).collect();
    let mut problems = found.problems.clone();
    if strict || !problems.is_empty() {
        problems.extend(doubtful.iter().cloned());
    }
    if !problems.is_empty() {
        let (count, s) = (problems.len(), if problems.len() == 1 { "" } else { "s" });
        return Err(Failure::data(format_args!("{count} problem{s}\n{}", problems.join("\n"))));
    }
    let summary = match found.files {
        0 => "there is no `*.cedar` file here: nothing was checked".to_owned(),
        files => format!("valid: policies {}, files {files}", found.policies),
    };
    let answer = json!({
        "policies": found.policies, "files": found.files, "warnings": found.warnings, "unknown_names": found.unknown,
        "unwritten": found.unwritten,
    });
    output.show(&answer, |_| {
        let lines = doubtful.iter().chain(&found.unwritten).map(|line| format!("! {line}\n"));
        lines.chain(std::iter::once(summary)).collect()
    })
}

fn check(documents: Vec<Desired>, strict: bool) -> Found {
    let (policies, beside): (Vec<Desired>, Vec<Desired>) =
        documents.into_iter().partition(|document| document.kind == Kind::Policy);
    let texts: Vec<PolicyText> = policies.iter().map(text_of).collect();
    let mut problems: Vec<String> =
        policies.iter().filter_map(|policy| policy.normal_body().err()).map(|problem| problem.to_string()).collect();
    let loaded = Policies::load(&texts, &Interner::new());
    problems.extend(loaded.as_ref().err().into_iter().flatten().map(ToString::to_string));
    let warned = loaded.as_ref().map(Policies::warnings).unwrap_or_default();
    let opening = loaded.iter().flat_map(Policies::opening);
    let opening = opening.map(|meta| format!("{}:{}: {}", meta.file, meta.line, opens_everything(meta.id.as_str())));
    Found {
        problems,
        warnings: warned.iter().map(ToString::to_string).chain(opening).collect(),
        unwritten: texts.iter().flat_map(unwritten).map(|one| one.to_string()).collect(),
        policies: loaded.as_ref().map(Policies::len).unwrap_or_default(),
        files: texts.len(),
        // Where nobody wrote down who and what there is, no name can be looked up.
        unknown: if strict || !beside.is_empty() { unknown_in(policies, beside) } else { Vec::new() },
    }
}

/// What is said of a permit that names no resource.
pub(super) fn opens_everything(policy: &str) -> String {
    format!("the policy `{policy}` names no resource: it opens every resource, the Sekisho console included")
}

/// The policies that were named, and the documents beside them.
fn read(paths: &[PathBuf]) -> Result<Vec<Desired>, Failure> {
    let (mut documents, mut folders) = (Vec::new(), BTreeSet::new());
    for path in paths {
        if path.is_dir() {
            documents.extend(folder::read(path).map_err(Failure::data)?);
            continue;
        }
        if let Err(error) = std::fs::metadata(path) {
            return Err(Failure::usage(format_args!("{}: {error}", path.display())));
        }
        let found = folder::documents_of(path).map_err(Failure::data)?;
        // `sekisho apply` would leave it out.
        let found = found
            .ok_or_else(|| Failure::usage(format_args!("{}: is no policy file: name it `*.cedar`", path.display())))?;
        documents.extend(found);
        folders
            .insert(path.parent().map(Path::to_owned).filter(|folder| *folder != Path::new("")).unwrap_or(".".into()));
    }
    // Other files that are TOML may be there too: only those that hold documents count.
    let beside = folders.iter().filter(|folder| !paths.contains(folder)).flat_map(|folder| folder::toml_files(folder));
    documents.extend(
        beside
            .filter(|file| !paths.contains(file))
            .filter_map(|file| folder::documents_of(&file).ok().flatten())
            .flatten(),
    );
    Ok(documents)
}

fn unknown_in(policies: Vec<Desired>, beside: Vec<Desired>) -> Vec<UnknownName> {
    // `sekisho apply --plan` says what the documents themselves name.
    let places: BTreeSet<String> = policies.iter().map(|policy| policy.origin.clone()).collect();
    let of_a_policy =
        |unknown: &UnknownName| unknown.place.rsplit_once(':').is_some_and(|(file, _)| places.contains(file));
    // What every platform has from the start is in no folder.
    let all: Vec<Desired> = policies.into_iter().chain(beside).chain(shipped_documents()).collect();
    unknown_names(&CurrentDocuments::new(), &all, &BTreeSet::new()).into_iter().filter(of_a_policy).collect()
}

fn text_of(policy: &Desired) -> PolicyText {
    let text = policy.body.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    PolicyText { name: policy.origin.clone(), text }
}
