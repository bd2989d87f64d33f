//! Commands over plain documents: groups and resources, and what other nouns share with them.

use clap::Subcommand;
use sekisho_model::documents::Kind;
use serde_json::{Value, json};

use super::client::Conversation;
pub(super) use super::client::path_segment;
use super::output::{Times, cell, one_line};
use super::wanted::Wanted;
use super::{Connection, Failure};

/// Groups of people.
#[derive(Debug, Subcommand)]
pub(super) enum Groups {
    /// List them.
    #[command(after_help = "Example: sekisho group list --find fin")]
    List {
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one, with its members and its history.
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
            Self::List { wanted, connection } => {
                let columns = [("GROUP", "/id"), ("NAME", "/body/name"), ("IN", "/body/groups")];
                list(&connection, Kind::Group, &wanted, &columns)
            }
            Self::Show { id, connection } => group(&connection, &id),
        }
    }
}

/// Resources.
#[derive(Debug, Subcommand)]
pub(super) enum Resources {
    /// List them.
    #[command(after_help = "Example: sekisho resource list --find pay --output json")]
    List {
        #[command(flatten)]
        wanted: Wanted,
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
            Self::List { wanted, connection } => list(&connection, Kind::Resource, &wanted, &columns),
            Self::Show { id, connection } => show(&connection, Kind::Resource, &id),
        }
    }
}

/// Lists the documents of a kind as a table.
pub(super) fn list(
    connection: &Connection,
    kind: Kind,
    wanted: &Wanted,
    columns: &[(&str, &str)],
) -> Result<(), Failure> {
    let rows = wanted.of(&mut connection.client()?, &format!("/documents/{kind}"), &[])?;
    connection.output().table(&rows, columns, &format!("no {kind} that fits: write one and `sekisho apply` it"))
}

/// Shows one document with its history.
pub(super) fn show(connection: &Connection, kind: Kind, id: &str) -> Result<(), Failure> {
    let mut client = connection.client()?;
    let document = with_history(&mut client, kind, id)?;
    let output = client.output();
    output.show(&document, |document| told(document, kind, id, output.times()))
}

/// Shows one group with its members and its history.
fn group(connection: &Connection, id: &str) -> Result<(), Failure> {
    let mut client = connection.client()?;
    let mut group = with_history(&mut client, Kind::Group, id)?;
    // Who is in a group that was removed is in none.
    let is_there = group.get("document").is_some_and(|document| !document.is_null());
    let members = if is_there { client.list(&format!("/users?group={}", path_segment(id)))? } else { json!([]) };
    if let Some(fields) = group.as_object_mut() {
        fields.insert("members".to_owned(), members);
    }
    let output = client.output();
    output.show(&group, |group| {
        let members = group.get("members").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut text = format!("members ({})\n", members.len());
        for member in members {
            // Whose own groups do not name it is in it through another one.
            let is_direct =
                member.get("groups").and_then(Value::as_array).is_some_and(|of| of.iter().any(|it| it == id));
            let through = if is_direct { "" } else { ", through another group" };
            let status = match member.get("status") {
                Some(status) if status != "active" => format!(", {}", cell(Some(status))),
                _ => String::new(),
            };
            text.push_str(&format!("  {}  {}{status}{through}\n", cell(member.get("id")), cell(member.get("name"))));
        }
        told(group, Kind::Group, id, output.times()).replacen("history\n", &format!("{text}history\n"), 1)
    })
}

/// The fields of a document and its history.
fn told(document: &Value, kind: Kind, id: &str, times: &Times) -> String {
    let mut text = format!("{kind} {id}\n");
    for (field, value) in document.pointer("/document/body").and_then(Value::as_object).into_iter().flatten() {
        let value = value.get("en").unwrap_or(value);
        text.push_str(&format!("  {}: {}\n", one_line(field), cell(Some(value))));
    }
    text.push_str("history\n");
    for entry in document.get("history").and_then(Value::as_array).into_iter().flatten() {
        let (revision, at) = (cell(entry.get("revision")), times.of(entry.get("at")));
        let what = if entry.get("body").is_some_and(Value::is_null) { "removed by" } else { "written by" };
        text.push_str(&format!("  {revision}  {at}  {what} {}\n", cell(entry.get("actor"))));
    }
    text
}

/// One document with its history. Of one that was removed, the history is there, and the document is null.
pub(super) fn with_history(client: &mut Conversation, kind: Kind, id: &str) -> Result<Value, Failure> {
    let path = format!("/documents/{kind}/{}", path_segment(id));
    let history = client.list(&format!("{path}/history")).map_err(|failure| {
        failure.or_else_try(format_args!("`sekisho {kind} list --find TEXT` shows those whose name begins so"))
    })?;
    let revision = |entry: &&Value| entry.get("revision").and_then(Value::as_u64);
    let newest = history.as_array().into_iter().flatten().max_by_key(revision);
    let removed = newest.and_then(|entry| entry.get("body")).is_some_and(Value::is_null);
    let document = if removed { Value::Null } else { client.get(&path)? };
    Ok(json!({ "document": document, "history": history }))
}
