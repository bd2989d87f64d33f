//! `sekisho classification …`

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use sekisho_model::documents::Kind;
use serde_json::{Value, json};

use super::document::list;
use super::output::cell;
use super::wanted::Wanted;
use super::{Connection, Failure};

/// The largest file in bytes that is sent: as much as one request of the API carries in Base64.
const LARGEST: usize = 760 * 1024;

/// Labels of data, and what scans found.
#[derive(Debug, Subcommand)]
pub(super) enum Classification {
    /// List the labels.
    #[command(after_help = "Example: sekisho classification labels")]
    Labels {
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        connection: Connection,
    },
    /// List what was found where.
    #[command(after_help = "Example: sekisho classification list")]
    List {
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        connection: Connection,
    },
    /// Scan a file of a resource. The resource becomes as sensitive as the labels that the file is given.
    #[command(
        after_help = "Example: sekisho classification scan payroll.csv --resource payroll\n\nReads text, CSV and JSON in UTF-8 or Shift_JIS, compressed with gzip or not, of at most 760 KiB.\nOf what is found, only a keyed hash and the last digits are kept."
    )]
    Scan {
        /// The file.
        file: PathBuf,
        /// The resource that holds it.
        #[arg(long)]
        resource: String,
        /// Where in the resource it is; the name of the file by default.
        #[arg(long)]
        source: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Classification {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Labels { wanted, connection } => {
                let columns = [
                    ("LABEL", "/id"),
                    ("NAME", "/body/name/en"),
                    ("SENSITIVITY", "/body/sensitivity"),
                    ("BELONGS TO", "/body/parent"),
                    ("FINDS", "/body/finds"),
                    ("OWNER", "/body/owner"),
                ];
                list(&connection, Kind::Label, &wanted, &columns)
            }
            Self::List { wanted, connection } => {
                let mut client = connection.client()?;
                let rows = wanted.of(&mut client, "/scans", &[])?;
                let columns = [
                    ("RESOURCE", "/resource"),
                    ("SOURCE", "/source"),
                    ("LABELS", "/labels"),
                    ("SENSITIVITY", "/sensitivity"),
                    ("SCANNED", "/at@"),
                ];
                client.output().table(
                    &rows,
                    &columns,
                    "nothing was scanned: `sekisho classification scan FILE --resource ID`",
                )
            }
            Self::Scan { file, resource, source, connection } => {
                let content = std::fs::read(&file)
                    .map_err(|error| Failure::usage(format_args!("{}: {error}", file.display())))?;
                if content.len() > LARGEST {
                    return Err(Failure::usage(format_args!(
                        "{} is larger than 760 KiB: compress it with gzip, or scan it in parts",
                        file.display()
                    )));
                }
                let name = || file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let source = source.unwrap_or_else(name);
                let body = json!({ "resource": resource, "source": source, "content": STANDARD.encode(content) });
                let scanned = connection.client()?.post("/scans", &body)?;
                connection.output().show(&scanned, told)
            }
        }
    }
}

fn told(scanned: &Value) -> String {
    let mut text = format!("{} · {}\n", cell(scanned.get("resource")), cell(scanned.get("source")));
    for found in scanned.get("found").and_then(Value::as_array).into_iter().flatten() {
        text.push_str(&format!("  {:<18} {}\n", cell(found.get("kind")), cell(found.get("count"))));
    }
    let (labels, sensitivity) = (cell(scanned.get("labels")), cell(scanned.get("sensitivity")));
    text.push_str(&format!("  {:<18} {labels}\n  {:<18} {sensitivity}", "labels", "sensitivity"));
    text
}
