//! `sekisho policy …`

use std::path::PathBuf;

use clap::Subcommand;
use sekisho_model::documents::Kind;
use serde_json::Value;

use super::output::cell;
use super::wanted::{Wanted, narrowed_path};
use super::{Connection, Failure, Printing, document, policy_check};

/// Policies: look, check files before they are applied.
#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// List the policies in force.
    #[command(after_help = "Example: sekisho policy list --find payroll")]
    List {
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show the text of a policy file, or of one policy in it.
    #[command(after_help = "Examples:\n  sekisho policy show payroll\n  sekisho policy show payroll.2")]
    Show {
        /// Which policy file, without `.cedar`, or which policy, as decisions and `sekisho policy list` name it.
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
        #[command(flatten)]
        printing: Printing,
    },
}

impl Policy {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { wanted, connection } => {
                let rows = wanted.of(&mut connection.client()?, "/policies", &[])?;
                let columns = [
                    ("POLICY", "/id"),
                    ("EFFECT", "/effect"),
                    ("MODE", "/mode"),
                    ("FILE", "/file"),
                    ("LINE", "/line"),
                    ("REASON", "/reason"),
                ];
                connection.output().table(&rows, &columns, "no policy that fits: what no policy permits is denied")
            }
            Self::Show { id, connection } => show(&connection, &id),
            Self::Check { files, strict, printing } => policy_check::run(&files, strict, &printing.output()),
        }
    }
}

fn show(connection: &Connection, id: &str) -> Result<(), Failure> {
    let mut client = connection.client()?;
    let policies = client.list(&narrowed_path("/policies", [("q", Some(id))]))?;
    let policies = || policies.as_array().into_iter().flatten();
    let is = |policy: &&Value, field: &str| policy.get(field).is_some_and(|value| value == id);
    // A file that has the name of a policy is meant as a file.
    let in_file = policies().find(|policy| is(policy, "id")).filter(|_| !policies().any(|policy| is(&policy, "file")));
    if let Some(policy) = in_file {
        return connection.output().show(policy, |policy| {
            let field = |name: &str| cell(policy.get(name));
            let (file, line) = (field("file"), field("line"));
            let text = policy.get("text").and_then(Value::as_str).unwrap_or_default();
            format!("// {}, {}, in the file {file} at line {line}\n{text}", field("effect"), field("mode"))
        });
    }
    let found = document::with_history(&mut client, Kind::Policy, id)?;
    connection.output().show(&found, |found| {
        found.pointer("/document/body/text").and_then(Value::as_str).unwrap_or("(removed)").to_owned()
    })
}
