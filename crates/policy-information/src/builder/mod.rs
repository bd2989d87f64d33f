//! The fold: documents in, snapshots out. One owner, no clock: the times are in the changes and in the call.

use std::sync::Arc;

use sekisho_model::Timestamp;
use sekisho_model::documents::Change;
use sekisho_model::facts::Interner;

use crate::view::View;
use crate::{FoldProblem, World};

/// Folds changes into Worlds. A clone is a rehearsal: it takes constant time, and what it is given does not reach the
/// original.
#[derive(Debug, Clone)]
pub struct WorldBuilder {
    view: View,
}

impl Default for WorldBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl WorldBuilder {
    /// A builder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { view: View::new(Arc::new(Interner::new())) }
    }

    /// Folds one change. Publish after the last change of a transaction, so that a World never shows half of one.
    ///
    /// # Errors
    /// [`FoldProblem`] when the document does not count, or only in part. It has been folded as far as it counts, and the
    /// problem stands in [`World::problems`] until a change mends it. Policies are loaded at the next publication, when
    /// all files of a transaction are there.
    pub fn apply(&mut self, change: &Change) -> Result<(), FoldProblem> {
        let _ = change;
        Ok(())
    }

    /// The snapshot of everything folded so far.
    pub fn publish(&mut self, now: Timestamp) -> Arc<World> {
        Arc::new(World {
            revision: 0,
            publication: 0,
            published_at: now,
            recent: imbl::Vector::new(),
            view: self.view.clone(),
        })
    }

    /// When to publish again although nothing changed: a signal ends then, and with it a risk falls.
    #[must_use]
    pub fn next_boundary(&self) -> Option<Timestamp> {
        None
    }
}

/// The first 128 bits of a key's hexadecimal SHA-256, if it is one.
pub(crate) fn key_prefix(key_sha256: &str) -> Option<[u8; 16]> {
    let mut whole = [0; 32];
    hex::decode_to_slice(key_sha256, &mut whole).ok()?;
    whole.first_chunk().copied()
}
