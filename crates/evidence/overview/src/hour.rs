//! Decisions and cuts of the last hour, minute by minute. Pure: records and times in, counts out.

use std::collections::BTreeMap;

use sekisho_capability::own_resources;
use sekisho_model::{DecisionRecord, Outcome, Record, Timestamp};

use crate::delays::Delays;

/// How many minutes are kept.
pub const MINUTES: usize = 60;
/// The most reasons that one minute names. Denials for further reasons count, and these reasons are not named.
const REASONS: usize = 64;
const MINUTE_MS: i64 = 60_000;

/// The counts of the last hour. At most [`MINUTES`] + 2 minutes with 64 reasons each.
#[derive(Debug, Clone, Default)]
pub struct Hour {
    minutes: BTreeMap<i64, Counted>,
}

#[derive(Debug, Clone, Default)]
struct Counted {
    counts: Counts,
    reasons: BTreeMap<String, u64>,
    delays: Delays,
}

/// How often each of these happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Decisions that permitted. What people read on the console and on other parts of the platform is not among them.
    pub permits: u64,
    /// Decisions that asked for a stronger or fresher sign-in.
    pub challenges: u64,
    /// Decisions that denied.
    pub denials: u64,
    /// Streams that ended because they were no longer permitted.
    pub cuts: u64,
}

/// One minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minute {
    /// When it began.
    pub at: Timestamp,
    /// What happened in it.
    pub counts: Counts,
}

impl Hour {
    /// Counts an entry of the ledger, unless it is older than an hour.
    pub fn add(&mut self, record: &Record, now: Timestamp) {
        let (at, this) = (minute(at(record)), minute(now));
        // A minute ahead is the clock of another process, not the future.
        if at < oldest(this) || at > this + 1 {
            return;
        }
        match record {
            Record::Decision(decision) if !is_own_permit(decision) => {
                self.minutes.entry(at).or_default().decided(decision)
            }
            Record::StreamEnd(end) => {
                if let Some(delay) = end.delay_ms {
                    let counted = self.minutes.entry(at).or_default();
                    counted.counts.cuts += 1;
                    counted.delays.add(delay);
                }
            }
            Record::Decision(_) | Record::Act(_) | Record::Seal { .. } => {}
        }
    }

    /// Drops what is older than an hour.
    pub fn forget(&mut self, now: Timestamp) {
        self.minutes = self.minutes.split_off(&oldest(minute(now)));
    }

    /// Every minute of the last hour, the oldest first, also those in which nothing happened.
    #[must_use]
    pub fn minutes(&self, now: Timestamp) -> Vec<Minute> {
        let this = minute(now);
        let counts = |at: i64| self.minutes.get(&at).map(|counted| counted.counts).unwrap_or_default();
        (oldest(this)..=this)
            .map(|at| Minute { at: Timestamp::from_millis(at * MINUTE_MS), counts: counts(at) })
            .collect()
    }

    /// The reasons of denials, the most frequent first.
    #[must_use]
    pub fn reasons(&self) -> Vec<(String, u64)> {
        let mut sums = BTreeMap::<&str, u64>::new();
        for (reason, count) in self.minutes.values().flat_map(|counted| &counted.reasons) {
            *sums.entry(reason).or_default() += count;
        }
        let mut sums: Vec<_> = sums.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect();
        sums.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        sums
    }

    /// How long it took from facts to cuts.
    #[must_use]
    pub fn delays(&self) -> Delays {
        self.minutes.values().fold(Delays::default(), |mut all, counted| {
            all.add_all(&counted.delays);
            all
        })
    }
}

impl Counted {
    fn decided(&mut self, decision: &DecisionRecord) {
        match decision.outcome {
            Outcome::Permit => self.counts.permits += 1,
            Outcome::Challenge => self.counts.challenges += 1,
            Outcome::Deny => {
                self.counts.denials += 1;
                if let Some(reason) = decision.reasons.first() {
                    self.denied_for(reason);
                }
            }
        }
    }

    fn denied_for(&mut self, reason: &str) {
        if let Some(count) = self.reasons.get_mut(reason) {
            *count += 1;
        } else if self.reasons.len() < REASONS {
            self.reasons.insert(reason.to_owned(), 1);
        }
    }
}

/// Whether somebody was permitted to look at the platform itself: a live page would otherwise count itself.
fn is_own_permit(decision: &DecisionRecord) -> bool {
    let is_own = |id: &str| own_resources().any(|own| own == id);
    decision.outcome == Outcome::Permit && decision.resource.as_deref().is_some_and(is_own)
}

const fn at(record: &Record) -> Timestamp {
    match record {
        Record::Decision(decision) => decision.at,
        Record::StreamEnd(end) => end.at,
        Record::Act(act) => act.at,
        Record::Seal { at, .. } => *at,
    }
}

const fn minute(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(MINUTE_MS)
}

/// The oldest minute that is kept.
const fn oldest(this: i64) -> i64 {
    this - (MINUTES as i64 - 1)
}

#[cfg(test)]
mod tests {
    use sekisho_capability::{CONSOLE, Part};
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn ago(minutes: i64) -> i64 {
        NOW.as_millis() - minutes * MINUTE_MS
    }

    fn decision(minutes: i64, outcome: &str, resource: &str, reason: &str) -> Record {
        serde_json::from_value(json!({"entry": "decision", "at": Timestamp::from_millis(ago(minutes)), "request": "R1",
            "outcome": outcome, "resource": resource, "address": "192.0.2.1", "policies": [], "reasons": [reason],
            "risk": 0, "world": 1}))
        .unwrap()
    }

    fn end(minutes: i64, delay_ms: Option<u64>) -> Record {
        serde_json::from_value(
            json!({"entry": "stream-end", "at": Timestamp::from_millis(ago(minutes)), "request": "R1",
            "subject": "alice", "session": "00".repeat(16), "resource": "wiki", "reason": "closed", "world": 1,
            "delay_ms": delay_ms}),
        )
        .unwrap()
    }

    #[test]
    fn entries_are_counted_in_their_minute_and_old_ones_are_not() {
        let mut hour = Hour::default();
        for record in [
            decision(0, "permit", "wiki", "p"),
            decision(0, "deny", "wiki", "no-policy-permits"),
            decision(5, "challenge", "wiki", "c"),
            decision(59, "deny", "wiki", "no-policy-permits"),
            decision(60, "deny", "wiki", "too-old"),
            decision(-5, "deny", "wiki", "of-the-future"),
            end(5, Some(30)),
            end(5, None),
        ] {
            hour.add(&record, NOW);
        }
        let minutes = hour.minutes(NOW);
        assert_eq!(minutes.len(), MINUTES);
        assert_eq!(minutes[59].counts, Counts { permits: 1, denials: 1, ..Counts::default() });
        assert_eq!(minutes[54].counts, Counts { challenges: 1, cuts: 1, ..Counts::default() });
        assert_eq!(minutes[0].counts, Counts { denials: 1, ..Counts::default() });
        assert_eq!(hour.reasons(), [("no-policy-permits".to_owned(), 2)]);
        assert_eq!(hour.delays().count(), 1, "what ended by itself is no cut");
    }

    #[test]
    fn what_people_read_of_the_platform_is_no_permit_and_what_they_were_denied_counts() {
        let mut hour = Hour::default();
        for resource in [CONSOLE, Part::Decisions.resource()] {
            hour.add(&decision(0, "permit", resource, "p"), NOW);
            hour.add(&decision(0, "deny", resource, "r"), NOW);
        }
        assert_eq!(hour.minutes(NOW)[59].counts, Counts { denials: 2, ..Counts::default() });
    }

    #[test]
    fn memory_is_bounded_by_reasons_and_by_minutes() {
        let mut hour = Hour::default();
        for number in 0..1_000 {
            hour.add(&decision(0, "deny", "wiki", &format!("reason-{number}")), NOW);
        }
        assert_eq!(hour.reasons().len(), REASONS);
        assert_eq!(hour.minutes(NOW)[59].counts.denials, 1_000, "each denial counts all the same");
        let later = Timestamp::from_millis(NOW.as_millis() + 60 * MINUTE_MS);
        hour.forget(later);
        assert!(hour.minutes.is_empty());
    }
}
