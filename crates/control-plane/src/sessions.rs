//! Ends sessions that reached their end or were idle for too long.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sekisho_identity::Identity;
use sekisho_model::documents::SessionEnd;
use sekisho_model::{Actor, SessionId, Timestamp};
use sekisho_policy_information::World;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::clock::now;

const BEAT: Duration = Duration::from_secs(1);

/// When a session last asked for something.
pub type Activity = (SessionId, Timestamp);

/// Watches the sessions until the runtime ends.
pub fn start(
    identity: Identity,
    world: watch::Receiver<Arc<World>>,
    activity: mpsc::Receiver<Vec<Activity>>,
) -> JoinHandle<()> {
    tokio::spawn(Keeper { identity, world, activity, last: HashMap::new() }.keep())
}

struct Keeper {
    identity: Identity,
    world: watch::Receiver<Arc<World>>,
    activity: mpsc::Receiver<Vec<Activity>>,
    last: HashMap<SessionId, Timestamp>,
}

impl Keeper {
    async fn keep(mut self) {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                batch = self.activity.recv() => match batch {
                    Some(batch) => self.note(batch),
                    None => return,
                },
                _ = beat.tick() => self.end_due().await,
            }
        }
    }

    fn note(&mut self, batch: Vec<Activity>) {
        for (session, at) in batch {
            let last = self.last.entry(session).or_insert(at);
            *last = at.max(*last);
        }
    }

    async fn end_due(&mut self) {
        let world = Arc::clone(&self.world.borrow());
        let now = now();
        let idle = world.settings().session_idle;
        // After a restart nothing is known of past activity: idleness counts from the first look.
        for session in world.sessions() {
            self.last.entry(session.id).or_insert(now);
        }
        self.last.retain(|session, _| world.session(session).is_some());
        let due = world.sessions().filter(|session| {
            let last = self.last.get(&session.id).copied().unwrap_or(now);
            now >= session.expires_at || now.since(last) >= idle
        });
        for session in due {
            if let Err(error) = self.identity.end(&session.id, SessionEnd::Expired, Actor::System, now).await {
                tracing::warn!(%error, session = %session.id.short(), "an expired session could not be ended");
            }
        }
    }
}
