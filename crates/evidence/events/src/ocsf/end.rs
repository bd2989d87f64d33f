//! Ends of streams: Network Activity, a reset where it was cut.

use sekisho_model::StreamEnd;
use serde_json::json;

use super::document::{Document, Head, actor, device, endpoint, resource};
use crate::making::Opened;
use crate::{Class, Event, Position};

const CODE: &str = "stream-end";

/// The event of an end. `opened` is what the decision said that had opened it, where that is known.
pub(crate) fn end(entry: u64, end: &StreamEnd, opened: Option<&Opened>) -> Event {
    let is_cut = end.delay_ms.is_some();
    let (activity, severity, outcome) = if is_cut { (3, 2, "cut") } else { (2, 1, "success") };
    let (class, position) = (Class::NetworkActivity, Position { entry, number: 0 });
    let address = opened.and_then(|opened| opened.address.clone());
    let known_device = opened.and_then(|opened| opened.device.clone());
    let head = Head { position, at: end.at, class, activity, severity, code: CODE };
    let traffic = end.carried.map(|carried| json!({ "bytes_in": carried.bytes_in, "bytes_out": carried.bytes_out }));
    let session = end.session.to_string();
    let document = Document::new(&head).status(true, Some(&end.reason));
    let document = if is_cut { document.enforced(2, 24) } else { document.enforced(1, 1) };
    let document = document
        .with("actor", actor(Some(&end.subject), Some(&session)))
        .with("dst_endpoint", resource(&end.resource))
        .maybe("src_endpoint", address.as_deref().map(endpoint))
        .maybe("device", known_device.as_deref().map(device))
        .maybe("traffic", traffic)
        .maybe("duration", end.carried.map(|carried| json!(carried.duration_ms)))
        .with("unmapped", json!({ "request": end.request.as_str(), "world": end.world, "delay_ms": end.delay_ms }));
    Event {
        position,
        at: end.at,
        class,
        activity,
        severity,
        code: CODE.to_owned(),
        outcome: Some(outcome.to_owned()),
        person: Some(end.subject.clone()),
        target: None,
        device: known_device,
        resource: Some(end.resource.clone()),
        reason: Some(end.reason.clone()),
        address,
        request: Some(end.request.as_str().to_owned()),
        ocsf: document.text(),
    }
}
