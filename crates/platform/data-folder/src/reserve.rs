//! The room on the disk that is kept for administration when the disk is full.

use std::path::{Path, PathBuf};

use sekisho_ledger::{Ledger, free_bytes};

use crate::Problem;

/// The size of the reserve.
const RESERVE: u64 = 16 << 20;
/// With less room than this the reserve is released before anything is opened.
const ROOM_TO_OPEN: u64 = 4 << 20;

/// Has the ledger keep the reserve, and release it when a write finds the disk full.
///
/// # Errors
/// When the ledger is closed.
pub fn keep_reserve(folder: &Path, ledger: &Ledger) -> Result<(), Problem> {
    ledger.keep_reserve(file(folder), RESERVE).map_err(Problem::failed)
}

/// Releases the reserve when the disk is full, so that the platform can start and be administered.
pub fn make_room(folder: &Path) {
    if free_bytes(folder).is_ok_and(|free| free < ROOM_TO_OPEN) {
        // It may not be there: then there is no room to be had.
        let _ = std::fs::remove_file(file(folder));
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("reserve")
}
