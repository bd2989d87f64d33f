//! `sekisho ledger …`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use sekisho_ledger::{Checkpoint, PublicKey, Report};
use serde_json::Value;

use super::output::cell;
use super::{Connection, Failure, ledger_prove, ledger_read, ledger_verify};

/// The tamper-evident record.
#[derive(Debug, Subcommand)]
pub(super) enum Ledger {
    /// Verify a ledger folder: every entry, every signature, every sealed access event. Needs no running platform.
    #[command(
        after_help = "Example: sekisho ledger verify /var/lib/sekisho/ledger\n         sekisho ledger verify copy/ --key 'sekisho.example.jp+1a2b3c4d+Ae…'"
    )]
    Verify(ledger_verify::Verify),
    /// Prove that a ledger still begins with every entry that a kept head signs. Needs no running platform.
    #[command(
        after_help = "Examples:\n  sekisho ledger prove /var/lib/sekisho/ledger --kept checkpoint-of-last-month\n  sekisho ledger prove copy/ --key ledger.pub --kept old/checkpoint --json > proof.json"
    )]
    Prove(ledger_prove::Prove),
    /// Verify a ledger folder, then print what it records: decisions, ends of streams, acts. Needs no running platform.
    #[command(
        after_help = "Examples:\n  sekisho ledger read /var/lib/sekisho/ledger --subject alice --since 2026-11-26T10:00:00+09:00\n  sekisho ledger read copy/ --key ledger.pub --json > evidence.jsonl"
    )]
    Read(ledger_read::Read),
    /// Go on with a ledger that lacks what the store sealed of it. Only after a restore, or once the alarm was looked into: what is missing
    /// stays missing. Recorded with both sizes.
    #[command(after_help = "Example: sekisho ledger accept-rollback")]
    AcceptRollback {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show the running ledger's size, folder and public key.
    #[command(after_help = "Example: sekisho ledger status")]
    Status {
        #[command(flatten)]
        connection: Connection,
    },
}

impl Ledger {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Verify(verify) => verify.run(),
            Self::Prove(prove) => prove.run(),
            Self::Read(read) => read.run(),
            Self::AcceptRollback { connection } => {
                let mut client = connection.local_client("ledger accept-rollback")?;
                let accepted = client.post("/ledger/accept-rollback", &Value::Null)?;
                connection.output().show(&accepted, |accepted| {
                    format!(
                        "Accepted: {} entries were sealed in the store, and {} are there. The ledger goes on from here.",
                        cell(accepted.pointer("/sealed/size")),
                        cell(accepted.get("found"))
                    )
                })
            }
            Self::Status { connection } => {
                let status = connection.client()?.get("/ledger")?;
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

/// That nothing is wrong with a ledger; or the first thing that is.
pub(super) fn whole(report: &Report) -> Result<(), Failure> {
    match report.first() {
        None => Ok(()),
        Some(first) => Err(Failure::data(format_args!("the ledger is not whole; first: {first}"))),
    }
}

/// A ledger's folder that can be read, and the key to check it with: the one that `--key` names, or that beside the folder.
pub(super) fn opened(folder: &Path, key: Option<String>) -> Result<(PathBuf, PublicKey), Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::usage(format_args!("{}: {why}", folder.display()));
    let named = folder.canonicalize().map_err(|error| wrong(&format_args!("{error}: name a ledger's folder")))?;
    if !["checkpoint", "head", "journal", "tile"].iter().any(|part| named.join(part).exists()) {
        let inside = named.join("ledger");
        return Err(match inside.is_dir() {
            true => wrong(&format_args!("is not a ledger's folder; did you mean {}?", inside.display())),
            false => wrong(&"is not a ledger's folder: name the one in the platform's data folder, or a copy of it"),
        });
    }
    if let Err(error) = std::fs::File::open(named.join("head"))
        && error.kind() == std::io::ErrorKind::PermissionDenied
    {
        return Err(wrong(&format_args!("{error}: run this as the user that the platform runs as, or on a copy")));
    }
    let key = match key {
        Some(key) => given_key(&key)?,
        None => key_in(
            &named.parent().unwrap_or(Path::new(".")).join("ledger.pub"),
            "name the public key with `--key`: the platform keeps it as `ledger.pub` in its data folder",
        )?,
    };
    let head = std::fs::read(named.join("head")).unwrap_or_default();
    let origin = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if !origin.is_empty() && origin != key.name().as_bytes() {
        return Err(wrong(&format_args!(
            "says that it is the ledger of `{}`, and the public key is that of `{}`: give the key of this ledger",
            String::from_utf8_lossy(origin).escape_debug(),
            key.name()
        )));
    }
    Ok((named, key))
}

/// The key that `--key` names: written out, or in a file.
fn given_key(given: &str) -> Result<PublicKey, Failure> {
    given.trim().parse().or_else(|wrong| match Path::new(given).is_file() {
        true => key_in(Path::new(given), "name a file that holds the ledger's public key"),
        false => Err(Failure::usage(format_args!("`--key`: {wrong}; it is no file either"))),
    })
}

fn key_in(file: &Path, fix: &str) -> Result<PublicKey, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::usage(format_args!("{}: {error}; {fix}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    text.trim().parse().map_err(|error| wrong(&error))
}

/// The head in a file that was kept elsewhere.
pub(super) fn kept_head(file: &Path, key: &PublicKey) -> Result<Checkpoint, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::usage(format_args!("`--kept`: {}: {error}", file.display()));
    let note = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    // What `ledger verify` printed holds the note between other lines; a `checkpoint` file is nothing but the note.
    let begin = note.lines().take_while(|line| *line != key.name()).map(|line| line.len() + 1).sum();
    let note = note.get(begin..).unwrap_or_default();
    let end = note.find("\n— ").and_then(|at| note.get(at + 1..)?.find('\n').map(|length| at + 2 + length));
    let note = note.get(..end.unwrap_or(note.len())).unwrap_or_default();
    Checkpoint::open(note, key).map_err(|error| wrong(&error))
}
