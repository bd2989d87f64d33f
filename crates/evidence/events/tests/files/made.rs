//! Entries as the ledger has them, and their events.

use sekisho_events::{Event, Position, event_of, event_of_access};
use sekisho_model::{AccessEvent, DecisionRecord, Outcome, Record};
use serde_json::{Value, json};

/// When the first day begins.
pub(crate) const START: i64 = 1_790_000_000_000;
/// The milliseconds of a day.
pub(crate) const DAY: i64 = 86_400_000;

fn record(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

fn time(millis: i64) -> Value {
    json!(sekisho_model::Timestamp::from_millis(millis))
}

/// A decision: Alice is refused the wiki from 192.0.2.7, everybody else reads payroll.
fn decision(entry: u64, at: i64, person: &str) -> Record {
    let is_alice = person == "alice";
    record(json!({"entry": "decision", "at": time(at), "request": format!("R{entry}"), "method": "GET",
        "outcome": if is_alice { "deny" } else { "permit" }, "subject": person, "session": "0f".repeat(16),
        "resource": if is_alice { "wiki" } else { "payroll" }, "host": "h.example.jp", "path": "/a", "device": "laptop",
        "address": if is_alice { "192.0.2.7" } else { "192.0.2.8" }, "policies": ["p1"],
        "reasons": [if is_alice { "no-policy-permits" } else { "p1" }], "risk": 5, "world": 1}))
}

/// The events of a day: one in a hundred is Alice's.
pub(crate) fn day(number: i64, count: u64) -> Vec<Event> {
    let first = u64::try_from(number).unwrap() * 1_000_000;
    let step = DAY / i64::try_from(count).unwrap();
    let one = |nth: u64| {
        let person = if nth % 100 == 50 { "alice".to_owned() } else { format!("person-{}", nth % 97) };
        let at = START + number * DAY + i64::try_from(nth).unwrap() * step;
        event_of(first + nth, &decision(first + nth, at, &person)).unwrap()
    };
    (0..count).map(one).collect()
}

/// An event of every class, and of every kind of entry that differs within one.
pub(crate) fn of_every_class() -> Vec<Event> {
    let act = |code: &str, actor: Value, target: &str, detail: Value| {
        record(
            json!({"entry": "act", "at": time(START), "actor": actor, "act": code, "target": target, "detail": detail}),
        )
    };
    let alice = || json!({"user": "alice"});
    let mut challenge = decision(2, START, "alice");
    let [mut tunnel, mut question] = [3, 4].map(|entry| decision(entry, START, "alice"));
    if let (Record::Decision(challenge), Record::Decision(tunnel), Record::Decision(question)) =
        (&mut challenge, &mut tunnel, &mut question)
    {
        challenge.method = Some("PROPFIND".to_owned());
        (tunnel.method, tunnel.path, tunnel.subject, tunnel.session) = (None, None, None, None);
        tunnel.host = None;
        (question.method, question.path) = (None, None);
    }
    let records = [
        decision(0, START, "bob"),
        challenge,
        tunnel,
        question,
        record(
            json!({"entry": "stream-end", "at": time(START), "request": "R1", "subject": "alice", "session": "0f".repeat(16),
            "resource": "wiki", "reason": "device-not-compliant", "world": 2, "delay_ms": 12,
            "carried": {"bytes_in": 1, "bytes_out": 2, "duration_ms": 3}}),
        ),
        act("sign-in", alice(), "session/0f", json!({"address": "2001:db8::7", "methods": ["passkey"]})),
        act("sign-in-failed", json!("system"), "user/佐藤", json!({"address": "192.0.2.9"})),
        act("session-ended", alice(), "session/0f", json!({"user": "alice", "why": "signed-out"})),
        act("grant-approved", json!({"token": {"owner": "bob", "token": "ci"}}), "grant/g1", json!({"user": "alice"})),
        act("document-put", json!({"operator": "root"}), "policy/p1", json!({"after": {"a": [1]}})),
        act("device-enrolled", json!({"device": "laptop"}), "device/laptop", Value::Null),
        act("device-compliance-changed", json!("system"), "device/laptop", json!({"compliant": false})),
        act("device-compliance-changed", json!("system"), "device/laptop", Value::Null),
        act(
            "signal-raised",
            json!("system"),
            "user/alice",
            json!({"name": "failed-sign-ins", "weight": 40, "address": "192.0.2.9"}),
        ),
        act(
            "vulnerability-found",
            json!("system"),
            "device/laptop",
            json!({"cve": "CVE-2026-0001", "level": "critical"}),
        ),
        act("number-found", json!("system"), "resource/wiki", json!({"label": "my-number"})),
        act("requests-refused", json!("system"), "address/192.0.2.1", json!({"kind": "malformed", "count": 3})),
        act("requests-refused", json!("system"), "somewhere", Value::Null),
        act("upgrade-begun", json!({"operator": "root"}), "process", Value::Null),
        act("of-tomorrow", json!({"enforcement-point": "nginx"}), "thing/one", json!({"address": "not an address"})),
    ];
    let mut events: Vec<Event> = (0..).zip(&records).filter_map(|(entry, record)| event_of(entry, record)).collect();
    let Record::Decision(decided) = decision(40, START, "bob") else { panic!("it makes decisions only") };
    let access: AccessEvent = serde_json::from_value(json!({"at": time(START), "request": "R41", "decision": "R40",
        "method": "PUT", "path": "/文書", "status": 502, "reason": "no-answer"}))
    .unwrap();
    events.push(event_of_access(Position { entry: 40, number: 7 }, &access, &decided));
    let refused = DecisionRecord { outcome: Outcome::Deny, ..*decided };
    events.push(event_of_access(Position { entry: 40, number: 8 }, &access, &refused));
    events
}
