//! Every change of the World, and every second, decides the worker's open exchanges again.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sekisho_policy_administrator::lease_ended;
use sekisho_policy_information::World;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::worker::Worker;

/// Follows the World until the worker ends, and says to `seen` which revision the worker decides on.
pub(crate) async fn follow(worker: Rc<Worker>, mut worlds: watch::Receiver<Arc<World>>, seen: watch::Sender<u64>) {
    seen.send_replace(worker.current.world().revision());
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Ok(()) = worlds.changed() => {
                let world = worlds.borrow_and_update().clone();
                worker.current.set_world(world.clone());
                // INVARIANT I-10: what the change no longer permits ends now, in the same turn in which the worker learns of it.
                worker.streams.reassess(&world);
                seen.send_replace(world.revision());
            }
            _ = seconds.tick() => each_second(&worker),
        }
    }
}

fn each_second(worker: &Worker) {
    let now = worker.current.now();
    if worker.current.lease_holds(now) {
        worker.streams.tick(&worker.current.world(), now);
    } else {
        worker.streams.end_all(&lease_ended());
    }
    worker.upstreams.origins.prune();
    worker.recorder.retry_access();
    worker.publish_meter();
    worker.activity.report();
    worker.recorder.record_refused();
    worker.decider.forget_denials(now);
}
