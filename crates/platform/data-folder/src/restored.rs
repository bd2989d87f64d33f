//! The record of a restore: the first start after it says from which backup.

use std::path::Path;

use sekisho_ledger::{Ledger, Standing};
use sekisho_model::{Act, Actor, Record, Timestamp};

use crate::Problem;
use crate::manifest::take_restored;

/// Records that the data folder was restored from a backup, if it was. A ledger that is stopped records it at a later start.
///
/// # Errors
/// When it cannot be recorded.
pub async fn record_restored(folder: &Path, ledger: &Ledger, now: Timestamp) -> Result<(), Problem> {
    let Some((detail, taken)) = take_restored(folder) else { return Ok(()) };
    if ledger.standing() == Standing::RolledBack {
        return Ok(());
    }
    let (act, target) = ("restored-from-backup".to_owned(), "platform/ledger".to_owned());
    let act = Act { at: now, actor: Actor::System, act, target, detail };
    ledger.append(Record::Act(act)).await.map_err(Problem::failed)?;
    taken();
    Ok(())
}
