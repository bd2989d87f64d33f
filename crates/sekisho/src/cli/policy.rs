//! `sekisho policy …`

use std::path::PathBuf;

use clap::Subcommand;
use sekisho_model::documents::Kind;
use sekisho_model::facts::Interner;
use sekisho_policy_language::{Policies, PolicyText};
use serde_json::{Value, json};

use super::{Connection, Failure, Output, document};

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
    /// Check policy files without applying them: syntax, schema, strict validation.
    #[command(after_help = "Example: sekisho policy check policies/*.cedar")]
    Check {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

impl Policy {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let rows = connection.client().get("/v1/policies")?;
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
            Self::Check { files, json } => check(&files, Output::new(json)),
        }
    }
}

fn show(connection: &Connection, id: &str) -> Result<(), Failure> {
    let found = connection.client().get(&format!("/v1/documents/{}/{}", Kind::Policy, document::path_segment(id)))?;
    connection.output().show(&found, |found| {
        let text = found.pointer("/document/body/text").and_then(Value::as_str).unwrap_or("(removed)");
        // Line ends are the text's own; anything else that a terminal would obey is not printed.
        text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
    })
}

fn check(files: &[PathBuf], output: Output) -> Result<(), Failure> {
    let mut texts = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::usage(format_args!("{}: {error}", file.display())))?;
        texts.push(PolicyText { name: file.display().to_string(), text });
    }
    match Policies::load(&texts, &Interner::new()) {
        Ok(policies) => output.show(&json!({ "policies": policies.len(), "files": files.len() }), |_| {
            format!("valid: policies {}, files {}", policies.len(), files.len())
        }),
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(Failure::data(format_args!("{} problems\n{}", lines.len(), lines.join("\n"))))
        }
    }
}
