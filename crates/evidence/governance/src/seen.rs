//! What controls measure, read once for all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use sekisho_capability::Services;
use sekisho_ledger::{EntryKind, Filter, Standing};
use sekisho_model::documents::Kind;
use sekisho_model::{Record, Timestamp};
use sekisho_policy_information::World;

/// How many of the latest cuts are looked at.
const CUTS: usize = 100;

/// The evidence of one moment.
pub(crate) struct Seen {
    pub(crate) world: Arc<World>,
    pub(crate) now: Timestamp,
    /// How the record stands.
    pub(crate) standing: Standing,
    /// How many entries the ledger has: the evidence is of this index.
    pub(crate) index: u64,
    /// The latest cuts: where in the ledger, and the milliseconds from the fact to the cut.
    pub(crate) cuts: Vec<(u64, u64)>,
    /// Of which kinds there is a document.
    kinds: BTreeMap<Kind, bool>,
}

impl Seen {
    /// Reads it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn read(services: &Services, kinds: impl Iterator<Item = Kind>) -> Result<Self, String> {
        let filter = Filter { kind: Some(EntryKind::StreamEnd), cuts: true, ..Filter::default() };
        let cuts = services.ledger.recent(CUTS, filter).await;
        let cuts = cuts.into_iter().filter_map(|(index, record)| match record {
            Record::StreamEnd(end) => end.delay_ms.map(|delay| (index, delay)),
            _ => None,
        });
        let mut there = BTreeMap::new();
        for kind in kinds {
            let first = services.store.list(kind, None, 1).await.map_err(|error| error.to_string())?;
            there.insert(kind, !first.is_empty());
        }
        Ok(Self {
            world: services.world.borrow().clone(),
            now: services.clock.now(),
            standing: services.ledger.standing(),
            index: services.ledger.size(),
            cuts: cuts.collect(),
            kinds: there,
        })
    }

    /// Whether there is a document of one of these kinds.
    pub(crate) fn has_one_of(&self, kinds: &[Kind]) -> bool {
        kinds.iter().any(|kind| self.kinds.get(kind).copied().unwrap_or_default())
    }
}
