//! Commands over plain documents: groups and resources, and what other nouns share with them.

use clap::Subcommand;
use sekisho_model::documents::Kind;
use serde_json::{Value, json};

pub(super) use super::client::path_segment;
use super::output::{cell, one_line, time};
use super::{Connection, Failure};

/// Groups of people.
#[derive(Debug, Subcommand)]
pub(super) enum Groups {
    /// List them.
    #[command(after_help = "Example: sekisho group list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one, with its history.
    #[command(after_help = "Example: sekisho group show finance")]
    Show {
        /// Which group.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Groups {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                list(&connection, Kind::Group, &[("GROUP", "/id"), ("NAME", "/body/name"), ("IN", "/body/groups")])
            }
            Self::Show { id, connection } => show(&connection, Kind::Group, &id),
        }
    }
}

/// Resources.
#[derive(Debug, Subcommand)]
pub(super) enum Resources {
    /// List them.
    #[command(after_help = "Example: sekisho resource list --json")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one, with its history.
    #[command(after_help = "Example: sekisho resource show payroll")]
    Show {
        /// Which resource.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Resources {
    pub(super) fn run(self) -> Result<(), Failure> {
        let columns = [
            ("RESOURCE", "/id"),
            ("NAME", "/body/name/en"),
            ("HOST", "/body/host"),
            ("SENSITIVITY", "/body/sensitivity"),
            ("UPSTREAM", "/body/upstream"),
            ("CATEGORIES", "/body/categories"),
        ];
        match self {
            Self::List { connection } => list(&connection, Kind::Resource, &columns),
            Self::Show { id, connection } => show(&connection, Kind::Resource, &id),
        }
    }
}

/// Lists the documents of a kind as a table.
pub(super) fn list(connection: &Connection, kind: Kind, columns: &[(&str, &str)]) -> Result<(), Failure> {
    let rows = connection.client()?.list(&format!("/documents/{kind}"))?;
    connection.output().table(&rows, columns, &format!("no {kind} yet: write one and `sekisho apply` it"))
}

/// Shows one document with its history.
pub(super) fn show(connection: &Connection, kind: Kind, id: &str) -> Result<(), Failure> {
    let document = with_history(connection, kind, id)?;
    connection.output().show(&document, |document| {
        let mut text = format!("{kind} {id}\n");
        for (field, value) in document.pointer("/document/body").and_then(Value::as_object).into_iter().flatten() {
            let value = value.get("en").unwrap_or(value);
            text.push_str(&format!("  {}: {}\n", one_line(field), cell(Some(value))));
        }
        text.push_str("history\n");
        for entry in document.get("history").and_then(Value::as_array).into_iter().flatten() {
            let (revision, at) = (cell(entry.get("revision")), time(entry.get("at")));
            let what = if entry.get("body").is_some_and(Value::is_null) { "removed by" } else { "written by" };
            text.push_str(&format!("  {revision}  {at}  {what} {}\n", cell(entry.get("actor"))));
        }
        text
    })
}

/// One document with its history. Of one that was removed, the history is there, and the document is null.
pub(super) fn with_history(connection: &Connection, kind: Kind, id: &str) -> Result<Value, Failure> {
    let path = format!("/documents/{kind}/{}", path_segment(id));
    let mut client = connection.client()?;
    let history = client.list(&format!("{path}/history"))?;
    let revision = |entry: &&Value| entry.get("revision").and_then(Value::as_u64);
    let newest = history.as_array().into_iter().flatten().max_by_key(revision);
    let removed = newest.and_then(|entry| entry.get("body")).is_some_and(Value::is_null);
    let document = if removed { Value::Null } else { client.get(&path)? };
    Ok(json!({ "document": document, "history": history }))
}
