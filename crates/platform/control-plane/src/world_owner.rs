//! The one owner of the World: folds the store's change feed and publishes snapshots.

use std::sync::Arc;
use std::time::Duration;

use sekisho_model::documents::Change;
use sekisho_model::{CLOCK_LEEWAY, Span, Timestamp};

use crate::time_zone;
use sekisho_policy_information::{World, WorldBuilder};
use sekisho_store::{ChangeFeed, Source, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use crate::Followers;
use crate::rehearsal::{CopyRequest, Rehearsals, WAITING};

/// How often the World is published again although no document changed: signals, grants and postures end with time.
const BEAT: Duration = Duration::from_secs(1);

/// Where the World is published, and the sign of life that goes with it.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The newest World.
    pub world: watch::Receiver<Arc<World>>,
    /// When the newest World was last known to hold everything that is stored.
    pub alive: watch::Receiver<Timestamp>,
    /// The store's revision up to which everything is in the newest World.
    pub position: watch::Receiver<u64>,
    /// Where plans are tried out.
    pub rehearsals: Rehearsals,
    /// Who follows the World.
    pub followers: Followers,
}

/// Folds everything that is stored, and then follows the changes until the runtime ends. The clock is the caller's.
///
/// # Errors
/// [`StoreError`] when the store cannot be read at the start; later failures are retried and stop the sign of life.
pub async fn start<S: Source>(
    source: S,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> Result<(Publication, JoinHandle<()>), StoreError> {
    let (owner, feed, publication) = WorldOwner::load(&source, clock).await?;
    let task = tokio::spawn(owner.follow(source, feed));
    Ok((publication, task))
}

struct WorldOwner<C> {
    builder: WorldBuilder,
    /// What is read again from the start. Until it is whole, what was read before is published.
    afresh: Option<WorldBuilder>,
    world: watch::Sender<Arc<World>>,
    alive: watch::Sender<Timestamp>,
    position: watch::Sender<u64>,
    copies: mpsc::Receiver<CopyRequest>,
    clock: C,
    /// When it was last told that another clock is ahead.
    told: Timestamp,
}

/// What the reader of the feed tells the owner.
enum News {
    Changes(Told),
    /// The feed broke. What comes next is everything that is stored.
    Afresh,
}

struct Told {
    changes: Vec<Change>,
    /// The stored kinds that this program does not know, with whether they are critical.
    unknown: Vec<(String, bool)>,
    position: u64,
    is_caught_up: bool,
    as_of: Option<Instant>,
}

impl<C: Fn() -> Timestamp> WorldOwner<C> {
    async fn load<S: Source>(source: &S, clock: C) -> Result<(Self, ChangeFeed<S>, Publication), StoreError> {
        let (mut builder, mut feed) =
            (WorldBuilder::new().with_time_zones(time_zone), ChangeFeed::new(source.clone(), 0));
        while let Some(changes) = feed.present().await? {
            for change in changes {
                // What is wrong is kept in the builder and told when the World is published.
                let _ = builder.apply(&change);
            }
        }
        builder.set_unknown_kinds(feed.unknown_kinds());
        let (world, world_seen) = watch::channel(builder.publish(clock()));
        let (alive, alive_seen) = watch::channel(Timestamp::from_millis(0));
        let (position, position_seen) = watch::channel(feed.position());
        let (ask, copies) = mpsc::channel(WAITING);
        let told = Timestamp::from_millis(0);
        let owner = Self { builder, afresh: None, world, alive, position, copies, clock, told };
        owner.confirm(feed.as_of());
        owner.tell_problems();
        let publication = Publication {
            world: world_seen,
            alive: alive_seen,
            position: position_seen,
            rehearsals: Rehearsals(ask),
            followers: Followers::default(),
        };
        Ok((owner, feed, publication))
    }

    async fn follow<S: Source>(mut self, source: S, feed: ChangeFeed<S>) {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // A task of its own: whatever an answer of the store takes, the World is published meanwhile, and no beat interrupts it.
        let (tell, mut news) = mpsc::channel(1);
        tokio::spawn(read(source, feed, tell));
        loop {
            tokio::select! {
                biased;
                news = news.recv() => match news {
                    Some(news) => self.hear(news),
                    None => return,
                },
                // Nobody waits for a copy any more when it cannot be sent.
                Some(copy) = self.copies.recv() => drop(copy.send(self.builder.clone())),
                _ = beat.tick() => self.publish(),
            }
        }
    }

    fn hear(&mut self, news: News) {
        let Told { changes, unknown, position, is_caught_up, as_of } = match news {
            News::Changes(told) => told,
            News::Afresh => {
                self.afresh = Some(self.builder.afresh());
                return;
            }
        };
        let is_known_otherwise = self.fold(&changes, &unknown);
        if self.afresh.is_some() && !is_caught_up {
            return;
        }
        let replaced = self.afresh.take().map(|afresh| self.builder.replace(afresh)).is_some();
        if replaced || is_known_otherwise || !changes.is_empty() {
            self.publish();
        }
        self.position.send_replace(position);
        // INVARIANT I-10: a store that answers confirms nothing that was not read from it: what ended while it was out of reach
        // would be in force again until then. While more is to be read, what was read so far says nothing of what is in force.
        if is_caught_up {
            self.confirm(as_of);
        }
    }

    /// Folds what the feed told. Returns whether other kinds are unknown than before.
    fn fold(&mut self, changes: &[Change], unknown: &[(String, bool)]) -> bool {
        let builder = self.afresh.as_mut().unwrap_or(&mut self.builder);
        for change in changes {
            if let Err(problem) = builder.apply(change) {
                tracing::warn!(%problem, kind = %change.kind, id = %change.id, "a document is wrong");
            }
        }
        let is_known_otherwise = builder.set_unknown_kinds(unknown.iter().map(|(kind, critical)| (&**kind, *critical)));
        for (kind, is_critical) in unknown.iter().filter(|_| is_known_otherwise) {
            tracing::error!(%kind, is_critical, "documents of a kind that this version does not know are skipped");
        }
        self.compare_clocks(changes);
        is_known_otherwise
    }

    /// Says so when another process on the store writes in this one's future.
    fn compare_clocks(&mut self, changes: &[Change]) {
        let (now, newest) = ((self.clock)(), changes.iter().map(|change| change.at).max());
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
    fn publish(&mut self) {
        let world = self.builder.publish((self.clock)());
        self.world.send_replace(world);
    }

    /// The World that was published last held all there was at that moment.
    fn confirm(&self, as_of: Option<Instant>) {
        let Some(as_of) = as_of else { return };
        let ago = i64::try_from(as_of.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.alive.send_replace((self.clock)().plus(Span::from_millis(-ago)));
    }

    fn tell_problems(&self) {
        for problem in self.world.borrow().problems() {
            tracing::warn!(%problem, "a document is wrong");
        }
    }
}

/// Follows the feed, and begins again from the start where it breaks, until nobody listens any more.
async fn read<S: Source>(source: S, mut feed: ChangeFeed<S>, tell: mpsc::Sender<News>) {
    loop {
        let news = match feed.next().await {
            Ok(changes) => News::Changes(Told {
                changes,
                unknown: feed.unknown_kinds().map(|(kind, is_critical)| (kind.to_owned(), is_critical)).collect(),
                position: feed.position(),
                is_caught_up: feed.is_caught_up(),
                as_of: feed.as_of(),
            }),
            Err(error) => {
                tracing::warn!(%error, "the change feed broke; everything is read again, and decisions rest on the lease");
                tokio::time::sleep(BEAT).await;
                feed = ChangeFeed::new(source.clone(), 0);
                News::Afresh
            }
        };
        if tell.send(news).await.is_err() {
            return;
        }
    }
}
