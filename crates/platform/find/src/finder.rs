//! Keeps an index beside the newest World.

use std::sync::Arc;

use sekisho_policy_information::World;
use tokio::sync::{Mutex, watch};

use crate::index::Index;

/// Finds what the newest World names. Clones share the index, which belongs to one of them at a time: who asks while the World has
/// moved on catches up first, and everybody reads the snapshot that results.
#[derive(Clone, Debug)]
pub struct Finder {
    world: watch::Receiver<Arc<World>>,
    kept: Arc<Mutex<Option<Index>>>,
}

impl Finder {
    /// A finder that has not looked yet.
    #[must_use]
    pub fn new(world: watch::Receiver<Arc<World>>) -> Self {
        Self { world, kept: Arc::default() }
    }

    /// The index of the newest World. The first one sorts everything that has a name; later ones what was renamed.
    pub async fn index(&self) -> Index {
        let mut kept = self.kept.lock().await;
        let world = self.world.borrow().clone();
        let index = match kept.take() {
            Some(index) if index.world().publication() == world.publication() => index,
            before => {
                let newest = Arc::clone(&world);
                let work = move || match before {
                    Some(index) => index.caught_up(newest),
                    None => Index::of(newest),
                };
                // A thread of its own: the first index of a large World takes a part of a second.
                tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Index::of(world))
            }
        };
        *kept = Some(index.clone());
        index
    }
}
