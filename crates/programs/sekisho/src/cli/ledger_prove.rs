//! `sekisho ledger prove`

use std::path::PathBuf;

use clap::Args;
use sekisho_ledger::{Checkpoint, ConsistencyProof, Hash, LedgerError, prove_consistency};
use serde_json::{Value, json};

use super::connection::LocalFiles;
use super::ledger::{kept_head, opened};
use super::progress::Progress;
use super::{Failure, Printing};

/// Prove that a ledger still begins with what a kept head signs.
#[derive(Debug, Args)]
pub(super) struct Prove {
    /// The folder of the ledger, or of a copy.
    folder: PathBuf,
    /// A head that was kept elsewhere: a copy of an earlier `checkpoint` file, or the output of `sekisho ledger verify`.
    #[arg(long)]
    kept: PathBuf,
    /// The ledger's public key, or a file that holds it. By default `ledger.pub` beside the folder.
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    local: LocalFiles,
    #[command(flatten)]
    printing: Printing,
}

impl Prove {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.local.check("ledger prove")?;
        let (folder, key) = opened(&self.folder, self.key)?;
        let older = kept_head(&self.kept, &key)?;
        let progress = Progress::of("proving".to_owned());
        let proof = prove_consistency(&folder, &key, older.size).map_err(|error| not_proven(error, &older))?;
        drop(progress);
        let newer = Checkpoint::open(&proof.checkpoint, &key).map_err(Failure::data)?;
        if !proof.verify(&older, &newer) {
            return Err(Failure::data(format_args!(
                "the ledger does not begin with the {} entries that the kept head signs: they were altered, or the head is of another history",
                older.size
            )));
        }
        self.printing.output().show(&as_json(&proof), |_| {
            format!(
                "The ledger of {} entries begins with the {} entries that the kept head signs.",
                newer.size, older.size
            )
        })
    }
}

fn not_proven(error: LedgerError, older: &Checkpoint) -> Failure {
    match error {
        LedgerError::NoSuchEntry { size, .. } => Failure::data(format_args!(
            "the ledger has {size} entries and the kept head signs {}: entries were removed, or the folder is an older copy",
            older.size
        )),
        other => Failure::data(other),
    }
}

fn as_json(proof: &ConsistencyProof) -> Value {
    let hex = |hash: &Hash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let path: Vec<String> = proof.path.iter().map(hex).collect();
    json!({ "from": proof.from, "to": proof.to, "checkpoint": proof.checkpoint, "path": path })
}

#[cfg(test)]
mod tests {
    use sekisho_ledger::{Ledger, SigningKey};
    use sekisho_model::{Act, Actor, Record, Timestamp};

    use super::*;

    const ORIGIN: &str = "example.jp";

    fn act(number: i64) -> Record {
        let at = Timestamp::from_millis(number);
        Record::Act(Act {
            at,
            actor: Actor::System,
            act: "test".to_owned(),
            target: "a/b".to_owned(),
            detail: Value::Null,
        })
    }

    /// A folder with a ledger of as many entries, its head then, and its public key.
    async fn ledger(folder: &std::path::Path, entries: i64) -> (String, String) {
        let ledger = Ledger::open(folder, ORIGIN, SigningKey::from_seed(&[7; 32]).unwrap()).unwrap();
        for number in i64::try_from(ledger.size()).unwrap()..entries {
            ledger.append(act(number)).await.unwrap();
        }
        let note = ledger.checkpoint().await.unwrap();
        let key = ledger.public_key().to_string();
        ledger.close().await;
        (note, key)
    }

    fn prove(folder: &std::path::Path, kept: &str, key: String) -> Result<(), Failure> {
        let file = folder.with_extension("kept");
        std::fs::write(&file, kept).unwrap();
        Prove {
            folder: folder.to_owned(),
            kept: file,
            key: Some(key),
            local: LocalFiles::default(),
            printing: Printing::json(),
        }
        .run()
    }

    #[tokio::test]
    async fn a_ledger_that_grew_is_proven_and_another_history_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let (grown, other) = (place.path().join("grown"), place.path().join("other"));
        let (kept, key) = ledger(&grown, 3).await;
        ledger(&grown, 9).await;
        prove(&grown, &kept, key.clone()).unwrap();
        // Signed with the same key, and of a ledger that begins otherwise.
        let (wrong, _) = {
            let begun = Ledger::open(&other, ORIGIN, SigningKey::from_seed(&[7; 32]).unwrap()).unwrap();
            begun.append(act(99)).await.unwrap();
            begun.close().await;
            ledger(&other, 3).await
        };
        let refused = prove(&grown, &wrong, key.clone()).unwrap_err().to_string();
        assert!(refused.contains("does not begin with the 3 entries"), "{refused}");
        let (longer, _) = ledger(&other, 20).await;
        let refused = prove(&grown, &longer, key.clone()).unwrap_err().to_string();
        assert!(refused.contains("has 9 entries and the kept head signs 20"), "{refused}");
        let forged = kept.replacen("\n3\n", "\n4\n", 1);
        assert!(prove(&grown, &forged, key).unwrap_err().to_string().contains("signature"), "a forged head");
    }
}
