//! What a backup says of itself, and the note that a restore leaves for the next start.

use std::path::Path;

use sekisho_model::Timestamp;
use serde::{Deserialize, Serialize};

/// The form of backups that this program writes and reads.
pub(super) const FORM: u32 = 1;
/// The note in the data folder that it was restored: recorded at the next start, and removed.
const RESTORED: &str = "restored.json";

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its form.
    pub form: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// The domain of the platform.
    pub domain: String,
    /// Whether the store is in it; one on a PostgreSQL server is not.
    pub has_store: bool,
    /// How many entries its ledger has.
    pub entries: u64,
    /// The newest signed head of its ledger.
    pub head: String,
}

/// Leaves the note.
pub(super) fn note_restored(data: &Path, manifest: &Manifest) -> std::io::Result<()> {
    let text = serde_json::to_string_pretty(manifest).map_err(std::io::Error::other)?;
    std::fs::write(data.join(RESTORED), text)
}

/// The note of a restore, if there was one, and how it is taken away once it is recorded.
pub(crate) fn take_restored(data: &Path) -> Option<(serde_json::Value, impl FnOnce())> {
    let file = data.join(RESTORED);
    let text = std::fs::read_to_string(&file).ok()?;
    let detail = serde_json::from_str(&text).unwrap_or(serde_json::Value::Null);
    let taken = move || {
        if let Err(error) = std::fs::remove_file(&file) {
            tracing::warn!(%error, "the note of the restore was not removed, and is recorded again at the next start");
        }
    };
    Some((detail, taken))
}
