//! `sekisho policy …`

use std::path::PathBuf;

use clap::Subcommand;
use sekisho_model::documents::Kind;
use serde_json::Value;

use super::{Connection, Failure, Output, document, policy_check};

/// Policies: look, check files before they are applied.
#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// List the policies in force.
    #[command(after_help = "Example: sekisho policy list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show the text of one policy file.
    #[command(after_help = "Example: sekisho policy show payroll")]
    Show {
        /// Which policy file, without `.cedar`.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Check policy files without applying them: syntax, schema, strict validation, and names that nobody has.
    ///
    /// Names of people, groups, resources and checks are looked up in the documents (`*.toml`) beside the files.
    #[command(
        after_help = "Examples:\n  sekisho policy check policies/*.cedar\n  sekisho policy check ./organisation --strict"
    )]
    Check {
        /// The files, or folders of them.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Refuse what is otherwise warned of: names that nobody has, conditions that never hold, texts that can be taken for others.
        #[arg(long)]
        strict: bool,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

impl Policy {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let rows = connection.client()?.list("/policies")?;
                let columns = [
                    ("POLICY", "/id"),
                    ("EFFECT", "/effect"),
                    ("MODE", "/mode"),
                    ("FILE", "/file"),
                    ("LINE", "/line"),
                    ("REASON", "/reason"),
                ];
                connection.output().table(&rows, &columns, "no policy yet: everything is denied")
            }
            Self::Show { id, connection } => show(&connection, &id),
            Self::Check { files, strict, json } => policy_check::run(&files, strict, Output::new(json)),
        }
    }
}

fn show(connection: &Connection, id: &str) -> Result<(), Failure> {
    let found = document::with_history(connection, Kind::Policy, id)?;
    connection.output().show(&found, |found| {
        found.pointer("/document/body/text").and_then(Value::as_str).unwrap_or("(removed)").to_owned()
    })
}
