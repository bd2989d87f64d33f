//! Records, keys and ledgers that the tests share.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use sekisho_ledger::{AccessBatch, Ledger, PublicKey, Report, SigningKey};
use sekisho_model::{Act, Actor, DecisionRecord, Outcome, Record, RequestId, Timestamp};

pub const ORIGIN: &str = "sekisho.test/ledger";

pub fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

pub fn public() -> PublicKey {
    key().public(ORIGIN)
}

pub fn open(folder: &Path) -> Ledger {
    Ledger::open(folder, ORIGIN, key()).unwrap()
}

pub fn check(folder: &Path) -> Report {
    sekisho_ledger::verify(folder, &public(), &[])
}

pub fn act(number: u64) -> Record {
    Record::Act(Act {
        at: Timestamp::from_millis(1_000),
        actor: Actor::System,
        act: "test".to_owned(),
        target: format!("thing/{number}"),
        detail: serde_json::Value::Null,
    })
}

pub fn decision(request: &str, subject: &str, outcome: Outcome) -> Record {
    Record::Decision(Box::new(DecisionRecord {
        at: Timestamp::from_millis(1_000),
        request: RequestId::new(request),
        outcome,
        subject: Some(subject.to_owned()),
        session: None,
        device: None,
        failing_checks: Vec::new(),
        resource: Some("wiki".to_owned()),
        action: None,
        method: None,
        host: None,
        path: None,
        address: "127.0.0.1".to_owned(),
        policies: Vec::new(),
        errors: Vec::new(),
        report_only: Vec::new(),
        reasons: Vec::new(),
        remedies: Vec::new(),
        risk: 0,
        risk_parts: Vec::new(),
        world: 1,
    }))
}

pub fn events(count: u64) -> AccessBatch {
    let mut batch = AccessBatch::default();
    for number in 0..count {
        batch.push(Timestamp::from_millis(2_000), &format!("r{number}"), "r0", ("GET", "/"), (200, None));
    }
    batch
}
