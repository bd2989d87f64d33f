//! `sekisho ledger …`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use sekisho_ledger::{Checkpoint, PublicKey};
use serde_json::json;

use super::output::cell;
use super::{Connection, Failure, Output};

/// The tamper-evident record.
#[derive(Debug, Subcommand)]
pub(super) enum Ledger {
    /// Verify a ledger folder: every entry, every signature, every sealed access event. Needs no running platform.
    #[command(
        after_help = "Example: sekisho ledger verify /var/lib/sekisho/ledger\n         sekisho ledger verify copy/ --key 'sekisho.example.jp+1a2b3c4d+Ae…'"
    )]
    Verify {
        /// The folder.
        folder: PathBuf,
        /// The ledger's public key, as `sekisho ledger status` prints it. By default the one that lies in the folder,
        /// which somebody who can rewrite the folder can rewrite too.
        #[arg(long)]
        key: Option<String>,
        /// A head that was kept elsewhere, as an earlier `sekisho ledger verify` printed it: shows that the whole folder was
        /// not put back to an older copy.
        #[arg(long)]
        kept: Option<PathBuf>,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Show the running ledger's size, newest checkpoint and public key.
    #[command(after_help = "Example: sekisho ledger status")]
    Status {
        #[command(flatten)]
        connection: Connection,
    },
}

impl Ledger {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Verify { folder, key, kept, json } => verify(&folder, key, kept.as_deref(), Output::new(json)),
            Self::Status { connection } => {
                let status = connection.client().get("/v1/ledger")?;
                connection.output().show(&status, |status| {
                    format!(
                        "{} entries\npublic key {}\nfolder     {}",
                        cell(status.get("size")),
                        cell(status.get("public_key")),
                        cell(status.get("folder"))
                    )
                })
            }
        }
    }
}

fn verify(folder: &Path, key: Option<String>, kept: Option<&Path>, output: Output) -> Result<(), Failure> {
    let key = match key {
        Some(key) => key,
        None => {
            let file = folder.parent().unwrap_or(Path::new(".")).join("ledger.pub");
            std::fs::read_to_string(&file).map_err(|error| {
                Failure::usage(format_args!("{}: {error}; name the public key with `--key`", file.display()))
            })?
        }
    };
    let key: PublicKey = key.trim().parse().map_err(Failure::usage)?;
    let kept = kept.map(|file| kept_head(file, &key)).transpose()?;
    let report = sekisho_ledger::verify(folder, &key, kept.as_ref());
    output.show(&json!(report), |_| {
        let mut text = format!(
            "{} entries, {} segments with {} sealed access events\nnewest head, to keep elsewhere:\n{}\n",
            report.entries, report.segments, report.sealed_events, report.head
        );
        for finding in &report.findings {
            text.push_str(&format!("WRONG {finding}\n"));
        }
        text
    })?;
    match report.first() {
        None => Ok(()),
        Some(first) => Err(Failure::data(format_args!("the ledger is not whole; first: {first}"))),
    }
}

fn kept_head(file: &Path, key: &PublicKey) -> Result<Checkpoint, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::usage(format_args!("`--kept`: {}: {error}", file.display()));
    let note = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    Checkpoint::open(&note, key).map_err(|error| wrong(&error))
}
