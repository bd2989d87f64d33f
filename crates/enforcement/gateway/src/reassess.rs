//! Watching: every change of the World, and every second, decides the worker's open exchanges again.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sekisho_model::Record;
use sekisho_policy_administrator::Cut;
use sekisho_policy_engine::Reason;
use sekisho_policy_information::World;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::registration::Cutter;
use crate::worker::Worker;

/// Follows the World until the worker ends.
pub(crate) async fn watch(worker: Rc<Worker>, mut worlds: watch::Receiver<Arc<World>>) {
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Ok(()) = worlds.changed() => {
                let world = worlds.borrow_and_update().clone();
                worker.set_world(world.clone());
                // INVARIANT I-10: what the change no longer permits ends now, in the same turn in which the worker learns of it.
                let cuts = worker.streams.borrow_mut().reassess(&world, worker.now());
                carry_out(&worker, cuts);
            }
            _ = seconds.tick() => each_second(&worker),
        }
    }
}

fn each_second(worker: &Worker) {
    let (world, now) = (worker.world(), worker.now());
    if worker.lease_holds(now) {
        let cuts = worker.streams.borrow_mut().tick(&world, now);
        carry_out(worker, cuts);
    } else {
        end_all(worker, &world, &crate::end_reasons::lease_ended());
    }
    worker.origins.prune();
    worker.retry_access();
    worker.publish_meter();
    worker.report_activity();
    worker.record_refused();
    worker.denials.borrow_mut().forget_the_calm(now);
}

/// Ends everything that is open, for that reason.
pub(crate) fn end_all(worker: &Worker, world: &World, reason: &Reason) {
    let mut streams = worker.streams.borrow_mut();
    let keys: Vec<_> = streams.iter().map(|(key, ..)| key).collect();
    let mut records = Vec::new();
    for (key, closed) in keys.into_iter().filter_map(|key| Some((key, streams.close(key)?))) {
        let mut record = closed.record(world, worker.now(), &reason.code);
        record.carried = worker.carrying.take(key);
        worker.meter.borrow_mut().cut(&record.reason, None);
        records.push(Record::StreamEnd(record));
        let _ = closed.tag.send(reason.clone());
    }
    if !records.is_empty() {
        worker.record_later(records);
    }
}

/// Ends what is no longer permitted, then records that it ended.
pub(crate) fn carry_out(worker: &Worker, cuts: Vec<Cut<Cutter>>) {
    let mut records = Vec::new();
    for cut in cuts {
        let Cut { key, tag, reason, mut record, decision } = cut;
        record.carried = worker.carrying.take(key);
        worker.meter.borrow_mut().cut(&record.reason, record.delay_ms);
        // When nobody waits for it the exchange ended in this very turn.
        let _ = tag.send(reason);
        records.extend(decision.map(Record::Decision));
        records.push(Record::StreamEnd(record));
    }
    if !records.is_empty() {
        worker.record_later(records);
    }
}
