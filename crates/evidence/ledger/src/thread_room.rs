//! What the ledger's thread does about a full disk: it releases the reserve for administrative acts, and resumes once there is room.

use std::sync::atomic::Ordering;

use sekisho_model::Record;

use crate::error::LedgerError;
use crate::reserve::{self, Reserve};
use crate::thread::Thread;
use crate::writer::Incoming;

impl Thread {
    /// Why these records are not taken now.
    pub(crate) fn refusal(&self, records: &[Incoming]) -> Option<LedgerError> {
        // INVARIANT I-11: a ledger that lacks what was sealed of it does not grow on, so that nobody takes it for the whole one.
        if self.gauges.rolled_back.load(Ordering::Acquire) {
            return Some(LedgerError::RolledBack);
        }
        let are_acts = records.iter().all(|incoming| matches!(*incoming.record, Record::Act(_)));
        (self.reserved && !are_acts).then_some(LedgerError::Full)
    }

    /// Keeps that reserve from here on. Where there is no room for it, the disk counts as full.
    pub(crate) fn keep_reserve(&mut self, reserve: Reserve) {
        if let Err(error) = reserve.keep() {
            tracing::error!(%error, "the disk has no room for the reserve; administrative acts alone are recorded until there is room");
            self.reserved = true;
            self.gauges.full.store(true, Ordering::Release);
            self.gauges.failed.store(true, Ordering::Release);
        }
        self.reserve = Some(reserve);
    }

    /// Releases the reserve after a write found the disk full, and opens the folder again in the room that it leaves.
    pub(crate) fn use_reserve(&mut self) {
        if self.reserved {
            return;
        }
        self.reserved = true;
        self.reserve.iter().for_each(Reserve::release);
        self.reopen();
    }

    /// Resumes when there is room for the reserve again.
    pub(crate) fn look_for_room(&mut self) {
        if self.failure.as_ref().is_some_and(LedgerError::is_full) {
            self.reopen();
        }
        if !self.reserved {
            return;
        }
        self.lacks = true;
        if self.failure.is_some() || self.reserve.as_ref().is_some_and(|reserve| reserve.keep().is_err()) {
            return;
        }
        tracing::info!("the disk has room again; recording resumes");
        self.begin_anew(true);
    }

    fn reopen(&mut self) {
        let Some(folder) = self.ownership.folder() else { return };
        if !reserve::is_worth_opening(folder) {
            return;
        }
        match self.ownership.reopen() {
            Ok(()) => self.failure = None,
            Err(error) => tracing::warn!(%error, "the ledger cannot be opened again yet"),
        }
    }
}
