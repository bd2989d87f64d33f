//! Ends sessions that reached their end or were idle for too long, as the policy administrator says.

use std::sync::Arc;
use std::time::Duration;

use sekisho_identity::Identity;
use sekisho_model::{Actor, SessionId, Timestamp};
use sekisho_policy_administrator::SessionWatch;
use sekisho_policy_information::World;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::clock::now;

const BEAT: Duration = Duration::from_secs(1);

/// When a session last asked for something.
pub type Activity = (SessionId, Timestamp);

/// Watches the sessions until the runtime ends or no sender of activity is left.
pub fn start(
    identity: Identity,
    world: watch::Receiver<Arc<World>>,
    activity: mpsc::Receiver<Vec<Activity>>,
) -> JoinHandle<()> {
    tokio::spawn(keep(identity, world, activity))
}

async fn keep(identity: Identity, mut world: watch::Receiver<Arc<World>>, mut activity: mpsc::Receiver<Vec<Activity>>) {
    let mut sessions = SessionWatch::new();
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // In this order: a session is known before its use counts, and its use counts before it is found idle.
            biased;
            Ok(()) = world.changed() => {
                let world = Arc::clone(&world.borrow_and_update());
                sessions.observe(&world, now());
            }
            batch = activity.recv() => match batch {
                Some(batch) => batch.iter().for_each(|(session, at)| sessions.active(session, *at)),
                None => return,
            },
            _ = beat.tick() => {
                let world = Arc::clone(&world.borrow());
                for ending in sessions.due(&world, now()) {
                    if let Err(error) = identity.end(&ending.session, ending.why, Actor::System, now()).await {
                        tracing::warn!(%error, session = %ending.session.short(), "an expired session could not be ended");
                    }
                }
            }
        }
    }
}
