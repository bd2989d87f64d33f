//! The record: the decisions of a month, mixed so that what is near in the ledger is not alike.

use sekisho::embedded::{Embedded, Failure};
use sekisho_control_plane::now;
use sekisho_model::{Action, DecisionRecord, Outcome, Record, RequestId, SessionId, Timestamp};

use crate::organisation::applications;

/// How many decisions there are for each person.
pub(crate) const PER_PERSON: u64 = 10;
/// How many entries are appended at once.
const AT_ONCE: u64 = 2_000;
/// Thirty days in milliseconds.
const MONTH: u64 = 2_592_000_000;

/// Writes all of it, the oldest first.
pub(crate) async fn write(platform: &Embedded, each: u64) -> Result<(), Failure> {
    let (ledger, count, end) = (&platform.control_plane().ledger, each * PER_PERSON, now());
    for first in (0..count).step_by(usize::try_from(AT_ONCE).unwrap_or(1)) {
        let last = count.min(first + AT_ONCE);
        let records = (first..last).map(|n| decision(n, at(n, count, end), each)).collect();
        ledger.append_all(records).await.map_err(Failure::failed)?;
    }
    ledger.checkpoint().await.map_err(Failure::failed)?;
    Ok(())
}

/// The number of a request.
pub(crate) fn request(n: u64) -> String {
    format!("01M8A38NF6{n:016}")
}

/// Evenly over the month that has just ended.
fn at(n: u64, count: u64, end: Timestamp) -> Timestamp {
    let before = (count - n) * (MONTH / count.max(1));
    Timestamp::from_millis(end.as_millis() - i64::try_from(before).unwrap_or_default())
}

fn decision(n: u64, at: Timestamp, each: u64) -> Record {
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let (person, application) = (mixed % each, mixed / 7 % applications(each));
    let (outcome, reasons) = match mixed % 20 {
        0 => (Outcome::Deny, vec!["no-policy-permits".to_owned()]),
        1 => (Outcome::Challenge, vec!["authentication-insufficient".to_owned()]),
        2 => (Outcome::Deny, vec!["device-not-compliant".to_owned()]),
        _ => (Outcome::Permit, Vec::new()),
    };
    Record::Decision(Box::new(DecisionRecord {
        at,
        request: RequestId::new(request(n)),
        outcome,
        subject: Some(format!("person-{person}")),
        session: Some(SessionId::from_bytes(u128::from(mixed).to_be_bytes())),
        device: Some(format!("device-{person}")),
        failing_checks: Vec::new(),
        resource: Some(format!("application-{application}")),
        action: Some(Action::Read),
        method: Some("GET".to_owned()),
        host: Some(format!("application-{application}.localhost")),
        path: Some(format!("/projects/{}/issues/{}", mixed % 300, mixed % 9_000)),
        address: format!("10.{}.{}.{}", person / 65_536, person / 256 % 256, person % 256),
        policies: format!("application-{application}").parse().into_iter().collect(),
        errors: Vec::new(),
        report_only: Vec::new(),
        reasons,
        remedies: Vec::new(),
        risk: 12,
        risk_parts: vec![("new-device".to_owned(), 12)],
        world: 1_000,
    }))
}
