//! Report tickets: a nonce for one sequence number of one device, good for minutes, without anything to remember.

use aws_lc_rs::hmac;
use sekisho_capability::key_once;
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::report::Ticket;
use sekisho_model::{DeviceId, Span, Timestamp};
use sekisho_store::Store;
use serde_json::{Value, json};

use crate::devices::{DevicesError, random};

/// How long a ticket is good.
const LIFE: Span = Span::from_minutes(5);

/// Where the key is kept.
const KEY_ID: &str = "report-tickets";

/// The key that makes and checks tickets.
pub(crate) struct TicketKey(hmac::Key);

impl TicketKey {
    /// The key in the store; made if there is none.
    pub(crate) async fn open(store: &Store, now: Timestamp) -> Result<Self, DevicesError> {
        let make = || Ok::<_, DevicesError>(json!({ "key": Base64(random::<32>()?.to_vec()) }));
        Self::read(&key_once(store, KEY_ID, now, make).await?)
    }

    fn read(body: &Value) -> Result<Self, DevicesError> {
        let key = body.get("key").and_then(Value::as_str).and_then(Base64::from_text).ok_or_else(damaged)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key.0)))
    }

    /// A ticket for a device's report with that sequence number.
    pub(crate) fn issue(&self, device: &DeviceId, sequence: u64, now: Timestamp) -> Ticket {
        let mut nonce = now.as_millis().to_be_bytes().to_vec();
        nonce.extend(hmac::sign(&self.0, &message(device, sequence, now.as_millis())).as_ref());
        Ticket { sequence, nonce: Base64(nonce).to_text() }
    }

    /// Whether a nonce is from a ticket for that device and sequence number and still good.
    pub(crate) fn accepts(&self, device: &DeviceId, sequence: u64, nonce: &str, now: Timestamp) -> bool {
        let Some(Base64(bytes)) = Base64::from_text(nonce) else {
            return false;
        };
        let Some((issued, tag)) = bytes.split_first_chunk::<8>() else {
            return false;
        };
        let issued = i64::from_be_bytes(*issued);
        let age = now.since(Timestamp::from_millis(issued));
        (Span::ZERO..=LIFE).contains(&age) && hmac::verify(&self.0, &message(device, sequence, issued), tag).is_ok()
    }
}

/// What the nonce authenticates. The device's name comes last, so its length cannot be mistaken.
fn message(device: &DeviceId, sequence: u64, issued: i64) -> Vec<u8> {
    let mut bytes = b"sekisho-report-ticket-v1".to_vec();
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(issued.to_be_bytes());
    bytes.extend(device.as_str().as_bytes());
    bytes
}

fn damaged() -> DevicesError {
    DevicesError::Damaged(format!("key/{KEY_ID}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_for_one_device_one_sequence_and_minutes() {
        let key = TicketKey(hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]));
        let other = TicketKey(hmac::Key::new(hmac::HMAC_SHA256, &[2; 32]));
        let (a, b): (DeviceId, DeviceId) = ("a".parse().expect("a name"), "b".parse().expect("a name"));
        let at = Timestamp::from_millis(1_000_000);
        let ticket = key.issue(&a, 7, at);
        assert!(key.accepts(&a, 7, &ticket.nonce, at));
        assert!(key.accepts(&a, 7, &ticket.nonce, at.plus(LIFE)));
        assert!(!key.accepts(&a, 7, &ticket.nonce, at.plus(LIFE).plus(Span::from_millis(1))), "too late");
        assert!(!key.accepts(&a, 7, &ticket.nonce, at.plus(Span::from_millis(-1))), "from the future");
        assert!(!key.accepts(&b, 7, &ticket.nonce, at), "another device");
        assert!(!key.accepts(&a, 8, &ticket.nonce, at), "another sequence number");
        assert!(!other.accepts(&a, 7, &ticket.nonce, at), "another key");
        for bad in ["", "x", "AAAA", "AAAAAAAAAAA", "not base64!"] {
            assert!(!key.accepts(&a, 7, bad, at), "{bad}");
        }
    }
}
