//! What is counted: plain numbers of one worker, handed out once a second, so that counting takes no lock.
//!
//! Labels are bounded: resources and reason codes come from documents, refusals are an enumeration. No path, no name of a
//! person, nothing that a client chooses.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use foldhash::HashMap;
use sekisho_model::ResourceId;

/// The upper bounds of all histograms, in seconds.
pub(crate) const BOUNDS: [f64; 14] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// The most reason codes of one resource and outcome that are counted by themselves.
const REASONS: usize = 256;
/// The most resources that are counted by themselves.
const RESOURCES: usize = 10_000;

/// How long something took, how often.
#[derive(Debug, Clone, Copy, Default)]
pub struct Histogram {
    /// How often it took no longer than each of the upper bounds, and longer than the one before; the last is what took longer.
    pub buckets: [u64; BOUNDS.len() + 1],
    /// All together, in seconds.
    pub sum: f64,
}

/// What one worker counted, or several together.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Decisions by resource and outcome, and then by the first reason's code.
    pub decisions: HashMap<(ResourceId, &'static str), HashMap<String, u64>>,
    /// Refusals by kind.
    pub refusals: HashMap<&'static str, u64>,
    /// Upstreams that gave no answer, by resource and kind.
    pub upstream_failures: HashMap<(ResourceId, &'static str), u64>,
    /// Streams that were cut, by the reason's code.
    pub cuts: HashMap<String, u64>,
    /// From the publication of the fact to the cut.
    pub cut_delay: Histogram,
    /// How long deciding took.
    pub decide: Histogram,
    /// How long a decision took to be on the disk.
    pub record: Histogram,
    /// From a whole head to the head of the reply.
    pub request: Histogram,
    /// Connections that were accepted.
    pub connections: u64,
    /// Connections that got no slot.
    pub connections_refused: u64,
    /// Connections that are open.
    pub open_connections: u64,
    /// Exchanges and streams that are open.
    pub open_streams: u64,
}

/// What one worker counts, shared by its parts.
pub(crate) type Meter = Rc<RefCell<Reading>>;

/// The readings of all workers.
#[derive(Debug, Default)]
pub struct Metrics {
    by_worker: Mutex<Vec<Reading>>,
}

impl Metrics {
    /// A place for one more worker.
    pub(crate) fn join(&self) -> usize {
        let mut all = self.by_worker.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Reading::default());
        all.len() - 1
    }

    pub(crate) fn publish(&self, worker: usize, reading: Reading) {
        let mut all = self.by_worker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = all.get_mut(worker) {
            *place = reading;
        }
    }

    /// All together, as of the last second.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let all = self.by_worker.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sum = Reading::default();
        all.iter().for_each(|one| sum.add(one));
        sum
    }
}

impl Histogram {
    pub(crate) fn note(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        let place = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        if let Some(bucket) = self.buckets.get_mut(place) {
            *bucket += 1;
        }
        self.sum += seconds;
    }

    /// How often in all.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    fn add(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(other.buckets).for_each(|(bucket, more)| *bucket += more);
        self.sum += other.sum;
    }
}

impl Reading {
    /// Counts a decision.
    pub(crate) fn decision(&mut self, resource: &ResourceId, outcome: &'static str, reason: &str) {
        if self.decisions.len() >= RESOURCES {
            return;
        }
        let reasons = self.decisions.entry((resource.clone(), outcome)).or_default();
        match reasons.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                let reason = if reasons.len() < REASONS { reason } else { "other" };
                *reasons.entry(reason.to_owned()).or_default() += 1;
            }
        }
    }

    /// Counts a cut.
    pub(crate) fn cut(&mut self, reason: &str, delay_ms: Option<u64>) {
        match self.cuts.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                let reason = if self.cuts.len() < REASONS { reason } else { "other" };
                *self.cuts.entry(reason.to_owned()).or_default() += 1;
            }
        }
        if let Some(delay) = delay_ms {
            self.cut_delay.note(Duration::from_millis(delay));
        }
    }

    fn add(&mut self, other: &Self) {
        for (key, reasons) in &other.decisions {
            let mine = self.decisions.entry(key.clone()).or_default();
            for (reason, count) in reasons {
                *mine.entry(reason.clone()).or_default() += count;
            }
        }
        other.refusals.iter().for_each(|(kind, count)| *self.refusals.entry(kind).or_default() += count);
        for (key, count) in &other.upstream_failures {
            *self.upstream_failures.entry(key.clone()).or_default() += count;
        }
        other.cuts.iter().for_each(|(reason, count)| *self.cuts.entry(reason.clone()).or_default() += count);
        self.cut_delay.add(&other.cut_delay);
        self.decide.add(&other.decide);
        self.record.add(&other.record);
        self.request.add(&other.request);
        self.connections += other.connections;
        self.connections_refused += other.connections_refused;
        self.open_connections += other.open_connections;
        self.open_streams += other.open_streams;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(id: &str) -> ResourceId {
        id.parse().expect("an identifier")
    }

    #[test]
    fn readings_of_workers_add_up() {
        let metrics = Metrics::default();
        for worker in [metrics.join(), metrics.join()] {
            let mut reading = Reading::default();
            reading.decision(&resource("wiki"), "permit", "staff");
            reading.decide.note(Duration::from_micros(200));
            reading.cut("device-not-compliant", Some(30));
            metrics.publish(worker, reading);
        }
        let sum = metrics.reading();
        assert_eq!(sum.decisions[&(resource("wiki"), "permit")]["staff"], 2);
        assert_eq!((sum.decide.buckets[1], sum.decide.count(), sum.cut_delay.count()), (2, 2, 2));
        assert_eq!(sum.cuts["device-not-compliant"], 2);
    }

    #[test]
    fn reasons_without_end_are_one_reason() {
        let mut reading = Reading::default();
        (0..10_000).for_each(|n| reading.decision(&resource("wiki"), "deny", &format!("reason-{n}")));
        let reasons = &reading.decisions[&(resource("wiki"), "deny")];
        assert_eq!(reasons.len(), REASONS + 1);
        assert_eq!(reasons.values().sum::<u64>(), 10_000);
    }
}
