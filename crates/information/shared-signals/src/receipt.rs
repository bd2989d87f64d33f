//! Receipts: that an event was taken, kept for longer than it could count again.

use aws_lc_rs::digest;
use sekisho_model::Span;
use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Write};
use serde_json::json;

use crate::event::Event;
use crate::set::LEEWAY;

/// The longest that an event may count after it was sent, in whichever document.
const LONGEST: Span = Span::from_minutes(24 * 60);

/// Where the receipt of an event is kept. Whichever transmitter brings it, the same event of the same issuer has one.
pub(crate) fn place(event: &Event) -> String {
    let named = serde_json::Value::from(vec![event.origin.as_str(), event.id.as_str()]);
    let digest = digest::digest(&digest::SHA256, named.to_string().as_bytes());
    format!("shared-signal/{}", hex::encode(digest.as_ref()))
}

/// The write that notes that an event is taken. It fails when it was taken before.
// INVARIANT I-60: an event is taken once; its receipt lies for as long as the event itself could count.
pub(crate) fn write(event: &Event) -> Write {
    let until = event.sent_at.plus(LONGEST).plus(LEEWAY).plus(LEEWAY);
    Write::Put { kind: Kind::OneTime, id: place(event), expected: Expected::New, body: json!({ "until": until }) }
}
