//! The device's signature over one request of the portal.

use rcgen::{KeyPair, SigningKey};
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::proof::{ProofAnswer, ProofRequest, Statement};
use sekisho_model::DeviceId;

use crate::clock::now;

/// How many bytes a nonce has.
const NONCE_LENGTH: usize = 32;

/// Whether a request has the form that is signed.
pub(crate) fn is_request(asked: &ProofRequest) -> bool {
    asked.nonce.0.len() == NONCE_LENGTH
}

/// The proof that this device was asked for that nonce by a page of that portal.
pub(crate) fn signed(
    key: &KeyPair,
    device: &DeviceId,
    portal_origin: &str,
    asked: ProofRequest,
) -> Option<ProofAnswer> {
    let signed_at = now();
    let statement = Statement { nonce: &asked.nonce.0, portal_origin, session: &asked.session, device, signed_at };
    let signature = Base64(key.sign(&statement.signed_bytes()).ok()?);
    Some(ProofAnswer { nonce: asked.nonce, device: device.clone(), signed_at, signature })
}
