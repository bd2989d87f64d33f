//! Requests that a decision covers: Web Resources Activity.

use sekisho_model::{AccessEvent, Outcome};
use serde_json::json;

use super::document::{Document, Head, actor, device, endpoint};
use crate::making::Opened;
use crate::{Class, Event, Position};

const CODE: &str = "access";

/// The event of an access. `opened` is what the decision said that covers it, where that is known.
pub(crate) fn access(position: Position, access: &AccessEvent, opened: Option<&Opened>) -> Event {
    let activity = match access.method.as_str() {
        "GET" | "HEAD" | "OPTIONS" => 2,
        "POST" => 1,
        "PUT" | "PATCH" => 3,
        "DELETE" => 4,
        _ => 99,
    };
    let class = Class::WebResourcesActivity;
    let field = |of: fn(&Opened) -> &Option<String>| opened.and_then(|opened| of(opened).clone());
    let (person, resource) = (field(|opened| &opened.person), field(|opened| &opened.resource));
    let (known_device, address) = (field(|opened| &opened.device), field(|opened| &opened.address));
    let session = field(|opened| &opened.session);
    let is_permitted = opened.is_none_or(|opened| opened.outcome == Outcome::Permit);
    let is_answered = is_permitted && access.status < 400;
    let outcome = match (is_permitted, is_answered) {
        (false, _) => "deny",
        (true, true) => "success",
        (true, false) => "failure",
    };
    // Allowed, or denied and blocked.
    let (action, disposition) = if is_permitted { (1, 1) } else { (2, 2) };
    let head = Head { position, at: access.at, class, activity, severity: 1, code: CODE };
    let name = resource.clone().unwrap_or_else(|| "unknown".to_owned());
    let document = Document::new(&head)
        .status(is_answered, access.reason.as_deref())
        .enforced(action, disposition)
        .with("status_code", json!(access.status.to_string()))
        .with("web_resources", json!([{ "uid": name, "name": name, "url_string": access.path }]))
        .with("http_response", json!({ "code": access.status }))
        .with("http_request", json!({ "uid": access.request.as_str(), "url": { "path": access.path } }))
        .with("actor", actor(person.as_deref(), session.as_deref()))
        .maybe("device", known_device.as_deref().map(device))
        .maybe("src_endpoint", address.as_deref().map(endpoint))
        .with("unmapped", json!({ "decision": access.decision.as_str(), "method": access.method }));
    Event {
        position,
        at: access.at,
        class,
        activity,
        severity: 1,
        code: CODE.to_owned(),
        outcome: Some(outcome.to_owned()),
        person,
        target: None,
        device: known_device,
        resource,
        reason: access.reason.clone(),
        address,
        request: Some(access.request.as_str().to_owned()),
        ocsf: document.text(),
    }
}
