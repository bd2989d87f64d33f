//! Reads a folder of TOML and Cedar files into documents, each with the file it was written in.

use std::path::{Path, PathBuf};

use sekisho_control_plane::{Desired, nearest};
use sekisho_model::documents::{Kind, Written};
use serde_json::{Value, json};

use crate::document_file::{self, Form};

/// Every document in the folder, in order of file names.
///
/// # Errors
/// A text that names the file, and the line where there is one, and the fix.
pub fn read(folder: &Path) -> Result<Vec<Desired>, String> {
    let wrong = |error| format!("{}: {error}: name a folder that holds `*.toml` and `*.cedar` files", folder.display());
    let files = files(folder).map_err(wrong)?;
    let mut documents = Vec::new();
    for file in files {
        documents.extend(documents_of(&file)?.unwrap_or_default());
    }
    if documents.is_empty() {
        return Err(format!("{}: holds no `*.toml` and no `*.cedar` file with documents", folder.display()));
    }
    Ok(documents)
}

/// The documents of one file; `None` for a file that is neither `*.toml` nor `*.cedar`.
///
/// # Errors
/// A text that names the file, and the line where there is one, and the fix.
pub fn documents_of(file: &Path) -> Result<Option<Vec<Desired>>, String> {
    Ok(match document_file::form(file)? {
        Some(Form::Toml) => Some(toml_documents(file, &document_file::text(file)?)?),
        Some(Form::Cedar) => Some(vec![policy_document(file, document_file::text(file)?)]),
        None => None,
    })
}

/// The TOML files in a folder; none where it cannot be read.
#[must_use]
pub fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = files(folder).unwrap_or_default();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files
}

/// The documents of one TOML text: arrays of tables named after their kind, and one table `settings`.
///
/// # Errors
/// A text that names the file, and the line where there is one, and the fix.
pub fn toml_documents(file: &Path, text: &str) -> Result<Vec<Desired>, String> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| format!("{}: {}", file.display(), error.to_string().trim_end()))?;
    let mut documents = Vec::new();
    for (name, value) in table {
        let value = serde_json::to_value(value).map_err(|error| format!("{}: {error}", file.display()))?;
        let kind = Kind::from_name(&name).ok_or_else(|| unknown(file, &name))?;
        match kind.spec().written {
            Written::Tables => {}
            Written::Table => {
                let origin = file.display().to_string();
                documents.push(Desired { kind, id: name, body: value, origin });
                continue;
            }
            Written::Files | Written::Never => return Err(unknown(file, &name)),
        }
        let Value::Array(entries) = value else {
            return Err(format!("{}: write `[[{name}]]` with two brackets: there may be several", file.display()));
        };
        let mut lines = headings(text, &name);
        for (at, body) in entries.into_iter().enumerate() {
            let id = body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            if id.is_empty() {
                return Err(format!("{}: {name} number {} has no `id`: give it one", file.display(), at + 1));
            }
            let line = lines.next().unwrap_or(1);
            documents.push(Desired { kind, id, body, origin: format!("{}:{line}", file.display()) });
        }
    }
    Ok(documents)
}

/// The document of one Cedar text.
fn policy_document(file: &Path, text: String) -> Desired {
    let id = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
    Desired { kind: Kind::Policy, id, body: json!({ "text": text }), origin: file.display().to_string() }
}

/// The files of a folder, in order of their names.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn unknown(file: &Path, name: &str) -> String {
    let written = |written| Kind::ALL.into_iter().filter(move |kind| kind.spec().written == written).map(Kind::name);
    let (several, single) = (written(Written::Tables), written(Written::Table));
    let known: Vec<&str> = several.chain(single).collect();
    let nearest = nearest(name, known.iter().copied());
    let meant = nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
    format!("{}: `{name}` is not a kind of document: write one of {}{meant}", file.display(), known.join(", "))
}

/// The lines of the headings of a kind's tables, in order.
fn headings<'t>(text: &'t str, name: &str) -> impl Iterator<Item = usize> + use<'t> {
    let heading = format!("[[{name}]]");
    let found = text.lines().enumerate().filter(move |(_, line)| line.trim_start().starts_with(&heading));
    found.map(|(line, _)| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_know_where_they_were_written() {
        let text = "[[user]]\nid = \"alice\"\nname = \"A\"\n\n[[user]]\nid = \"bob\"\nname = \"B\"\n[settings]\n";
        let documents = toml_documents(Path::new("people.toml"), text).expect("documents");
        let origins: Vec<&str> = documents.iter().map(|document| document.origin.as_str()).collect();
        assert_eq!(origins, ["people.toml", "people.toml:1", "people.toml:5"]);
    }

    #[test]
    fn each_of_many_documents_knows_its_line() {
        const MANY: usize = 50_000;
        let text: String = (0..MANY).map(|n| format!("[[user]]\nid = \"u{n}\"\nname = \"U\"\n\n")).collect();
        let documents = toml_documents(Path::new("people.toml"), &text).expect("documents");
        let last = documents.last().map(|document| document.origin.clone());
        assert_eq!((documents.len(), last), (MANY, Some(format!("people.toml:{}", (MANY - 1) * 4 + 1))));
    }

    #[test]
    fn wrong_files_say_what_to_write() {
        for (text, says) in [
            ("[[usr]]\nid = \"a\"\n", "`usr` is not a kind"),
            ("[[users]]\nid = \"a\"\n", "did you mean `user`?"),
            ("[user]\nid = \"a\"\n", "two brackets"),
            ("[[user]]\nname = \"a\"\n", "has no `id`"),
            ("[[user]\n", "line 1"),
            ("[[session]]\nid = \"a\"\n", "not a kind"),
        ] {
            let problem = toml_documents(Path::new("people.toml"), text).expect_err(says);
            assert!(problem.starts_with("people.toml") && problem.contains(says), "{problem}");
        }
    }
}
