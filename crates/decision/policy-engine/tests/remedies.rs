//! Remedies really permit, and no smaller set of changes does: each remedy is carried out, and so is every part of it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod support;

use proptest::prelude::*;
use sekisho_model::documents::Kind;
use sekisho_model::{Method, MethodSet};
use sekisho_policy_engine::{Step, Verdict};
use serde_json::json;
use support::{Ask, NOON, Office, minutes};

/// Conditions that a subject can come to meet, and one that nobody can.
const CONDITIONS: [&str; 9] = [
    "context.session.assurance >= 3",
    "context.session.auth_age < duration(\"15m\")",
    "context.session.device_bound",
    "(context has device.compliant && context.device.compliant)",
    "(context has device && context.device.ownership == \"corporate\")",
    "(context.network has zone && context.network.zone == \"office\")",
    "context.network.threat < 50",
    "context has grant",
    "resource.sensitivity > 3",
];

#[derive(Debug, Clone)]
struct Start {
    passkey: bool,
    recent: bool,
    device: usize,
    hostile: bool,
    permits: Vec<Vec<usize>>,
    forbid: Option<usize>,
}

fn start() -> impl Strategy<Value = Start> {
    let conditions = proptest::collection::vec(0..CONDITIONS.len(), 1..4);
    let permits = proptest::collection::vec(conditions, 1..4);
    let forbid = proptest::option::weighted(0.3, 0..CONDITIONS.len());
    (any::<bool>(), any::<bool>(), 0_usize..4, any::<bool>(), permits, forbid).prop_map(
        |(passkey, recent, device, hostile, permits, forbid)| Start {
            passkey,
            recent,
            device,
            hostile,
            permits,
            forbid,
        },
    )
}

impl Start {
    fn policies(&self) -> String {
        let permits = self.permits.iter().map(|conditions| {
            let conditions: Vec<&str> = conditions.iter().map(|n| CONDITIONS[*n]).collect();
            format!("permit(principal, action, resource) when {{ {} }};", conditions.join(" && "))
        });
        let forbid =
            self.forbid.map(|n| format!("forbid(principal, action, resource) unless {{ {} }};", CONDITIONS[n]));
        permits.chain(forbid).collect::<Vec<_>>().join("\n")
    }

    /// The organisation and the request as they are at first.
    fn begin(&self) -> (Office, Ask) {
        let mut office = Office::new(&self.policies());
        office.put(Kind::Settings, "settings", json!({"zones": [{"name": "office", "networks": ["10.0.0.0/8"]}]}));
        office.put(Kind::ThreatList, "t", json!({"id": "t", "entries": [{"network": "198.51.100.0/24", "score": 90}]}));
        let mut ask = Ask::new("alice", "wiki");
        if !self.passkey {
            ask.methods = MethodSet::EMPTY.with(Method::Password);
        }
        ask.authenticated_at = if self.recent { minutes(-5) } else { minutes(-60) };
        ask.ip = if self.hostile { "198.51.100.1" } else { "192.0.2.1" };
        match self.device {
            0 => ask.device = None,
            1 => office.posture("alice-laptop", NOON, &["a-check"]),
            2 => office.posture("alice-laptop", minutes(-60), &[]),
            _ => {}
        }
        (office, ask)
    }

    /// Whether the request is permitted once these steps have been taken.
    fn permits_after(&self, steps: &[Step]) -> bool {
        let (mut office, mut ask) = self.begin();
        for step in steps {
            match step {
                Step::Authenticate => {
                    ask.methods = ask.methods.with(Method::Passkey);
                    ask.authenticated_at = NOON;
                }
                Step::ProveDevice | Step::OtherDevice => {
                    ask.device = Some("alice-laptop");
                    office.posture("alice-laptop", NOON, &[]);
                }
                Step::ReportDevice | Step::HealDevice => office.posture("alice-laptop", NOON, &[]),
                Step::OtherNetwork => ask.ip = "10.0.0.1",
                Step::Grant => office.put(
                    Kind::Grant,
                    "g",
                    json!({"id": "g", "user": "alice", "resource": "wiki", "until": minutes(30), "reason": "test"}),
                ),
            }
        }
        ask.decide(&office.world(), NOON).is_permit()
    }

    /// The remedies, and whether the outcome is a challenge; `None` when it is a permit.
    fn remedies(&self) -> Option<(Vec<Vec<Step>>, bool)> {
        let (mut office, ask) = self.begin();
        let decision = ask.decide(&office.world(), NOON);
        let challenged = matches!(decision.outcome(), Verdict::Challenge(_));
        let steps = decision.remedies().iter().map(|remedy| remedy.steps.clone()).collect();
        (!decision.is_permit()).then_some((steps, challenged))
    }
}

/// Every set of steps that can be taken from this start, smallest first.
fn every_set(start: &Start) -> Vec<Vec<Step>> {
    let device = match start.device {
        0 => vec![Step::ProveDevice],
        2 => vec![Step::ReportDevice],
        _ => vec![Step::HealDevice],
    };
    let steps: Vec<Step> = [Step::Authenticate, Step::OtherNetwork, Step::Grant].into_iter().chain(device).collect();
    let mut sets: Vec<Vec<Step>> = (0..1_usize << steps.len())
        .map(|bits| steps.iter().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, step)| *step).collect())
        .collect();
    sets.sort_by_key(Vec::len);
    sets
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn remedies_permit_and_nothing_smaller_does(start in start()) {
        let Some((remedies, challenged)) = start.remedies() else { return Ok(()) };
        for remedy in &remedies {
            prop_assert!(start.permits_after(remedy), "{:?} does not permit", remedy);
            for left_out in 0..remedy.len() {
                let mut part = remedy.clone();
                part.remove(left_out);
                prop_assert!(!start.permits_after(&part), "{:?} is enough", part);
            }
        }
        let smallest = every_set(&start).into_iter().find(|set| start.permits_after(set));
        match (&smallest, remedies.first()) {
            (None, None) => {}
            (Some(set), Some(remedy)) => prop_assert_eq!(set.len(), remedy.len(), "{:?} {:?}", set, remedies),
            other => prop_assert!(false, "{:?}", other),
        }
        prop_assert_eq!(challenged, remedies.contains(&vec![Step::Authenticate]));
    }
}
