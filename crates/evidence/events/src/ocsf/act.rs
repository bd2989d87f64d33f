//! Acts of administration and of sign-in, and findings: each in the class of its code.

use sekisho_model::{Act, Actor};
use serde_json::{Value, json};

use super::act_class::{ActClass, classify};
use super::document::{Document, Head, actor, device, endpoint, user};
use crate::{Class, Event, Position};

/// Whom the record of a failed sign-in names where no account has the name that was typed.
const NOBODY: &str = "unknown";

/// The event of an act.
pub(crate) fn act(entry: u64, act: &Act) -> Event {
    let ActClass { class, activity, severity, is_failure } = classify(act);
    let position = Position { entry, number: 0 };
    let detail = |name: &str| act.detail.get(name).and_then(Value::as_str);
    let targeted = |kind: &str| act.target.split_once('/').filter(|(found, _)| *found == kind).map(|(_, id)| id);
    let by = act.actor.user();
    // A workload is its own subject, as decisions name it.
    let workload = matches!(act.actor, Actor::Workload(_)).then(|| act.actor.to_string());
    let person = by
        .or_else(|| targeted("user").filter(|user| *user != NOBODY))
        .or_else(|| detail("user"))
        .or(workload.as_deref());
    let address = detail("address").or_else(|| targeted("address")).or_else(|| detail("from"));
    let of_actor = match &act.actor {
        Actor::Device(id) => Some(id.as_str()),
        _ => None,
    };
    let known_device = targeted("device").or(of_actor).or_else(|| detail("device"));
    let reason = detail("why").or_else(|| detail("reason")).or_else(|| detail("name"));
    let head = Head { position, at: act.at, class, activity, severity, code: &act.act };
    let document = Document::new(&head).status(!is_failure, reason).maybe("device", known_device.map(device)).with(
        "unmapped",
        json!({ "by": act.actor.to_string(), "target": act.target, "detail": act.detail.to_string() }),
    );
    let from = address.filter(|text| is_address(text)).map(endpoint);
    let document = of_class(from_where(document, class, from), class, act, (person, activity, is_failure));
    Event {
        position,
        at: act.at,
        class,
        activity,
        severity,
        code: act.act.clone(),
        outcome: Some(if is_failure { "failure" } else { "success" }.to_owned()),
        person: person.map(str::to_owned),
        target: Some(act.target.clone()),
        device: known_device.map(str::to_owned),
        resource: targeted("resource").or_else(|| detail("resource")).map(str::to_owned),
        reason: reason.map(str::to_owned),
        address: address.map(str::to_owned),
        request: detail("request").map(str::to_owned),
        ocsf: document.text(),
    }
}

/// Where it came from. Findings have it in their evidence; a finding about a vulnerability has none.
fn from_where(document: Document, class: Class, from: Option<Value>) -> Document {
    match class {
        Class::VulnerabilityFinding => document,
        Class::ComplianceFinding | Class::DetectionFinding => {
            document.maybe("evidences", from.map(|from| json!([{ "src_endpoint": from }])))
        }
        _ => document.maybe("src_endpoint", from),
    }
}

/// What a class requires.
fn of_class(
    document: Document,
    class: Class,
    act: &Act,
    (person, activity, is_failure): (Option<&str>, u32, bool),
) -> Document {
    // Allowed, or denied and blocked.
    let (action, disposition) = if is_failure { (2, 2) } else { (1, 1) };
    let by = act.actor.user();
    let nobody = || json!({ "name": "unknown", "type_id": 0 });
    match class {
        Class::Authentication => {
            let session = act.target.strip_prefix("session/").map(|id| json!({ "uid": id }));
            let logon = document.with("user", person.map_or_else(nobody, user)).maybe("session", session);
            logon.with("service", json!({ "name": "Sekisho", "uid": "sekisho" }))
        }
        Class::AuthorizeSession => {
            let granted = document.with("user", person.map_or_else(nobody, user)).with("actor", actor(by, None));
            granted.with("privileges", json!([act.target]))
        }
        Class::EntityManagement => {
            document.with("actor", actor(by, None)).with("entity", entity(&act.target)).enforced(action, disposition)
        }
        Class::ApiActivity => {
            let operation = json!({ "operation": act.act, "service": { "name": "sekisho" } });
            let document = document.with("actor", actor(by, None)).with("api", operation);
            // The class requires where it came from: an act of the platform itself comes from nowhere else.
            let from = act.detail.get("address").and_then(Value::as_str).filter(|text| is_address(text));
            document
                .with("src_endpoint", from.map_or_else(|| json!({ "name": "sekisho" }), endpoint))
                .enforced(action, disposition)
        }
        Class::NetworkActivity => {
            let from = act.target.strip_prefix("address/").filter(|text| is_address(text));
            let document = document.with("src_endpoint", from.map_or_else(|| json!({ "name": "unknown" }), endpoint));
            let count = act.detail.get("count").and_then(Value::as_u64).map(|count| json!(count));
            document.maybe("count", count).enforced(2, if activity == 5 { 25 } else { 2 })
        }
        _ => finding(document, class, act, person),
    }
}

fn finding(document: Document, class: Class, act: &Act, person: Option<&str>) -> Document {
    let detail = |name: &str| act.detail.get(name).and_then(Value::as_str);
    let uid = format!("{}:{}", act.act, act.target);
    let title = detail("title").or_else(|| detail("name")).unwrap_or(&act.act);
    let document = document
        .with("finding_info", json!({ "uid": uid, "title": title, "created_time": act.at.as_millis() }))
        .maybe("actor", person.map(|person| actor(Some(person), None)));
    match class {
        Class::ComplianceFinding => {
            let is_compliant = act.detail.get("compliant").and_then(Value::as_bool);
            let status = is_compliant.map_or(0, |is_compliant| if is_compliant { 1 } else { 3 });
            document.with(
                "compliance",
                json!({ "control": "device-checks", "status_id": status, "standards": ["device checks"] }),
            )
        }
        Class::VulnerabilityFinding => {
            let cve = detail("cve").unwrap_or_default();
            document.with("vulnerabilities", json!([{ "cve": { "uid": cve }, "title": title }]))
        }
        _ => document,
    }
}

fn entity(target: &str) -> Value {
    let (kind, id) = target.split_once('/').unwrap_or(("platform", target));
    let type_id = match kind {
        "device" => 1,
        "user" => 2,
        "group" => 3,
        "policy" => 5,
        _ => 99,
    };
    json!({ "uid": id, "name": id, "type": kind, "type_id": type_id })
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}
