//! Decisions: HTTP Activity for a request, DNS Activity for a question about a name, Network Activity for a tunnel.

use sekisho_model::{DecisionRecord, Outcome};
use serde_json::{Value, json};

use super::document::{Document, Head, actor, device, endpoint, resource};
use crate::{Class, Event, Position};

const CODE: &str = "decision";

/// The event of a decision.
pub(crate) fn decision(entry: u64, decision: &DecisionRecord) -> Event {
    let (class, activity) = match (&decision.method, &decision.host) {
        (Some(method), _) => (Class::HttpActivity, http_activity(method)),
        (None, Some(_)) => (Class::DnsActivity, 1),
        (None, None) => (Class::NetworkActivity, if decision.outcome == Outcome::Permit { 1 } else { 5 }),
    };
    let (outcome, action, disposition, severity) = match decision.outcome {
        Outcome::Permit => ("permit", 1, 1, 1),
        Outcome::Challenge => ("challenge", 2, 23, 1),
        Outcome::Deny => ("deny", 2, 2, 2),
    };
    let position = Position { entry, number: 0 };
    let session = decision.session.map(|session| session.to_string());
    let reason = decision.reasons.first().map(String::as_str);
    let head = Head { position, at: decision.at, class, activity, severity, code: CODE };
    let document = Document::new(&head)
        .status(decision.outcome == Outcome::Permit, reason)
        .enforced(action, disposition)
        .with("actor", actor(decision.subject.as_deref(), session.as_deref()))
        .with("src_endpoint", endpoint(&decision.address))
        .maybe("dst_endpoint", decision.resource.as_deref().map(resource))
        .maybe("device", decision.device.as_deref().map(device))
        .maybe("http_request", request(decision))
        .maybe("query", query(decision))
        .maybe("policy", decision.policies.first().map(|policy| json!({ "uid": policy.as_str(), "is_applied": true })))
        .with("risk_score", json!(decision.risk))
        .with("unmapped", unmapped(decision));
    Event {
        position,
        at: decision.at,
        class,
        activity,
        severity,
        code: CODE.to_owned(),
        outcome: Some(outcome.to_owned()),
        person: decision.subject.clone(),
        target: None,
        device: decision.device.clone(),
        resource: decision.resource.clone(),
        reason: reason.map(str::to_owned),
        address: Some(decision.address.clone()),
        request: Some(decision.request.as_str().to_owned()),
        ocsf: document.text(),
    }
}

/// What OCSF has no field for.
fn unmapped(decision: &DecisionRecord) -> Value {
    let policies = |ids: &[sekisho_model::PolicyId]| ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    json!({
        "outcome": decision.outcome,
        "action": decision.action,
        "reasons": decision.reasons,
        "remedies": decision.remedies,
        "policies": policies(&decision.policies),
        "report_only": policies(&decision.report_only),
        "failing_checks": decision.failing_checks,
        "world": decision.world,
    })
}

fn request(decision: &DecisionRecord) -> Option<Value> {
    let method = decision.method.as_deref()?;
    let mut url = serde_json::Map::new();
    url.insert("path".to_owned(), json!(decision.path.as_deref().unwrap_or("/")));
    if let Some(host) = &decision.host {
        url.insert("hostname".to_owned(), json!(host));
    }
    let mut request = serde_json::Map::new();
    request.insert("uid".to_owned(), json!(decision.request.as_str()));
    request.insert("url".to_owned(), Value::Object(url));
    if http_activity(method) != OTHER {
        request.insert("http_method".to_owned(), json!(method));
    }
    Some(Value::Object(request))
}

/// The name that was asked about: a host without a method.
fn query(decision: &DecisionRecord) -> Option<Value> {
    let host = decision.host.as_ref().filter(|_| decision.method.is_none())?;
    Some(json!({ "hostname": host }))
}

const OTHER: u32 = 99;

fn http_activity(method: &str) -> u32 {
    match method {
        "CONNECT" => 1,
        "DELETE" => 2,
        "GET" => 3,
        "HEAD" => 4,
        "OPTIONS" => 5,
        "POST" => 6,
        "PUT" => 7,
        "TRACE" => 8,
        "PATCH" => 9,
        _ => OTHER,
    }
}
