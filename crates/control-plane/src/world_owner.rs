//! The one owner of the World: folds the store's change feed and publishes snapshots.

use std::sync::Arc;
use std::time::Duration;

use sekisho_model::{CLOCK_LEEWAY, Timestamp};
use sekisho_policy_information::{World, WorldBuilder};
use sekisho_store::{ChangeFeed, Store, StoreError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::clock::now;

/// How often the World is published again although no document changed: signals, grants and postures end with time.
const BEAT: Duration = Duration::from_secs(1);

/// Where the World is published, and the sign of life that goes with it.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The newest World.
    pub world: watch::Receiver<Arc<World>>,
    /// When the newest World was last known to hold everything that is stored.
    pub alive: watch::Receiver<Timestamp>,
}

/// Folds everything that is stored, and then follows the changes until the runtime ends.
///
/// # Errors
/// [`StoreError`] when the store cannot be read at the start; later failures are retried and stop the sign of life.
pub async fn start(store: Store) -> Result<(Publication, JoinHandle<()>), StoreError> {
    let (owner, publication) = WorldOwner::load(store).await?;
    let task = tokio::spawn(owner.follow());
    Ok((publication, task))
}

struct WorldOwner {
    store: Store,
    feed: ChangeFeed,
    builder: WorldBuilder,
    world: watch::Sender<Arc<World>>,
    alive: watch::Sender<Timestamp>,
    /// When it was last told that another clock is ahead.
    told: Timestamp,
}

impl WorldOwner {
    async fn load(store: Store) -> Result<(Self, Publication), StoreError> {
        let (mut builder, feed) = fold_all(&store, WorldBuilder::new()).await?;
        let (world, world_seen) = watch::channel(builder.publish(now()));
        let (alive, alive_seen) = watch::channel(now());
        let owner = Self { store, feed, builder, world, alive, told: Timestamp::from_millis(0) };
        owner.tell_problems();
        Ok((owner, Publication { world: world_seen, alive: alive_seen }))
    }

    async fn follow(mut self) {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                changes = self.feed.next() => match changes {
                    Ok(changes) => {
                        self.fold(&changes);
                        // While more is to be read, what was read so far says nothing of what is in force now.
                        self.publish(self.feed.is_caught_up());
                    }
                    Err(error) => self.start_over(&error).await,
                },
                _ = beat.tick() => match self.store.revision().await {
                    // INVARIANT I-10: a store that answers confirms nothing that was not read from it: what ended while it was
                    // out of reach would be in force again until then.
                    Ok(revision) => self.publish(self.feed.is_caught_up() && revision == self.feed.position()),
                    Err(error) => tracing::warn!(%error, "the store does not answer; decisions rest on the lease"),
                },
            }
        }
    }

    fn fold(&mut self, changes: &[sekisho_model::documents::Change]) {
        for change in changes {
            if let Err(problem) = self.builder.apply(change) {
                tracing::warn!(%problem, kind = %change.kind, id = %change.id, "a document is wrong");
            }
        }
        self.compare_clocks(changes);
    }

    /// Says so when another process on the store writes in this one's future.
    fn compare_clocks(&mut self, changes: &[sekisho_model::documents::Change]) {
        let (now, newest) = (now(), changes.iter().map(|change| change.at).max());
        let ahead = newest.map_or(0, |at| at.since(now).as_seconds());
        if ahead > CLOCK_LEEWAY.as_seconds() && now.since(self.told) > CLOCK_LEEWAY {
            self.told = now;
            tracing::error!(
                ahead,
                "the clock of another process on this store is so many seconds ahead of this one: its sign-ins are refused here until both agree"
            );
        }
    }

    /// Publishes the World as it is now, confirmed or not.
    fn publish(&mut self, is_whole: bool) {
        let now = now();
        let world = self.builder.publish(now);
        self.world.send_replace(world);
        if is_whole {
            self.alive.send_replace(now);
        }
    }

    async fn start_over(&mut self, error: &StoreError) {
        tracing::warn!(%error, "the change feed broke; reading everything again");
        match fold_all(&self.store, self.builder.afresh()).await {
            Ok((builder, feed)) => {
                (self.builder, self.feed) = (builder, feed);
                self.publish(true);
            }
            Err(error) => {
                tracing::warn!(%error, "the store does not answer; decisions rest on the lease");
                tokio::time::sleep(BEAT).await;
            }
        }
    }

    fn tell_problems(&self) {
        for problem in self.world.borrow().problems() {
            tracing::warn!(%problem, "a document is wrong");
        }
    }
}

/// Folds what is stored now; the feed goes on where the fold ended.
async fn fold_all(store: &Store, mut builder: WorldBuilder) -> Result<(WorldBuilder, ChangeFeed), StoreError> {
    let mut feed = store.watch(0);
    while let Some(changes) = feed.present().await? {
        for change in changes {
            // What is wrong is kept in the builder and told when the World is published.
            let _ = builder.apply(&change);
        }
    }
    Ok((builder, feed))
}
