//! `sekisho api-document …`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::path_segment;
use super::output::cell;
use super::wanted::Wanted;
use super::{Connection, Failure};

/// The largest document in bytes.
const LARGEST: usize = 512 * 1024;

/// The APIs behind resources, and what can be done with each.
#[derive(Debug, Subcommand)]
pub(super) enum ApiDocument {
    /// List the APIs behind resources that have an API document.
    #[command(after_help = "Example: sekisho api-document list -o json")]
    List {
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        connection: Connection,
    },
    /// List the operations of the API behind a resource, as policies name them.
    #[command(after_help = "Example: sekisho api-document operations orders")]
    Operations {
        /// The resource.
        resource: String,
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        connection: Connection,
    },
    /// Check an OpenAPI document without storing it: what of it can be enforced, or where it cannot.
    #[command(
        after_help = "Example: sekisho api-document check orders.yaml\n\nReads OpenAPI 3.0 or 3.1 in YAML or JSON, at most 512 KiB.\nExit status: 0 when it can be enforced, 1 when it cannot."
    )]
    Check {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        connection: Connection,
    },
    /// Give a resource an API document: from then on, only what it describes reaches the resource.
    #[command(after_help = "Example: sekisho api-document set orders orders.yaml --body-limit 65536")]
    Set {
        /// The resource.
        resource: String,
        /// The file: OpenAPI 3.0 or 3.1 in YAML or JSON, at most 512 KiB.
        file: PathBuf,
        /// The largest body of a request, in bytes; 1 MiB by default.
        #[arg(long)]
        body_limit: Option<u64>,
        #[command(flatten)]
        connection: Connection,
    },
}

const OPERATIONS: [(&str, &str); 4] =
    [("OPERATION", "/operation"), ("METHOD", "/method"), ("PATH", "/path"), ("SUMMARY", "/summary")];

impl ApiDocument {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { wanted, connection } => {
                let mut client = connection.client()?;
                let rows = wanted.of(&mut client, "/api-documents", &[])?;
                let columns = [
                    ("RESOURCE", "/resource"),
                    ("API", "/title"),
                    ("VERSION", "/version"),
                    ("OPERATIONS", "/operations"),
                    ("BODY LIMIT", "/body_limit"),
                    ("PROBLEM", "/problem"),
                ];
                let none = "no resource has an API document: `sekisho api-document set RESOURCE FILE`";
                client.output().table(&rows, &columns, none)
            }
            Self::Operations { resource, wanted, connection } => {
                let mut client = connection.client()?;
                let path = format!("/api-documents/{}/operations", path_segment(&resource));
                let rows = wanted.of(&mut client, &path, &[])?;
                client.output().table(&rows, &OPERATIONS, "the API has no operations")
            }
            Self::Check { file, connection } => {
                let body = json!({ "document": text(&file)? });
                let checked = connection.client()?.post("/api-documents/check", &body)?;
                connection.output().show(&checked, told)
            }
            Self::Set { resource, file, body_limit, connection } => {
                let mut body = json!({ "id": resource, "document": text(&file)? });
                if let (Some(fields), Some(limit)) = (body.as_object_mut(), body_limit) {
                    fields.insert("body_limit".to_owned(), limit.into());
                }
                let document = json!({ "kind": "api-document", "id": resource, "body": body, "origin": file.display().to_string() });
                let wanted = json!({ "documents": [document], "prune": false, "plan_only": false });
                connection.client()?.post("/apply", &wanted)?;
                let said = json!({ "resource": resource, "document": file.display().to_string() });
                connection.output().show(&said, |said| {
                    format!("only what {} describes reaches {}", cell(said.get("document")), cell(said.get("resource")))
                })
            }
        }
    }
}

fn text(file: &Path) -> Result<String, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::usage(format_args!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    if text.len() > LARGEST { Err(wrong(&"it is larger than 512 KiB")) } else { Ok(text) }
}

fn told(checked: &Value) -> String {
    let operations = checked.get("operations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut text = format!("{} {}: it can be enforced", cell(checked.get("title")), cell(checked.get("version")));
    for operation in operations {
        let part = |name: &str| cell(operation.get(name));
        text.push_str(&format!("\n  {:<24} {} {}", part("operation"), part("method"), part("path")));
    }
    text
}
