//! The loopback proof: what a device signs so that one browser session can show which device it runs on.

use sekisho_model::{DeviceId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Base64;

/// The agent's path for proofs, on the loopback interface.
pub const PROOF_PATH: &str = "/v1/proof";

/// The port that the agent listens on unless it is told otherwise.
pub const PROOF_PORT: u16 = 47_443;

/// The most bytes a proof request may have.
pub const MAX_PROOF_BYTES: usize = 4096;

/// Separates this signature from every other use of the device's key.
const DOMAIN: &[u8] = b"sekisho-device-proof-v1";

/// What the portal's page asks the agent to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofRequest {
    /// The server's nonce: 32 random bytes.
    pub nonce: Base64,
    /// The session that the device is to be bound to.
    pub session: SessionId,
}

/// What the agent answers, for the page to hand to the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofAnswer {
    /// The nonce that was asked about.
    pub nonce: Base64,
    /// The device that answers.
    pub device: DeviceId,
    /// When it signed, by its own clock.
    pub signed_at: Timestamp,
    /// The signature over [`Statement::signed_bytes`] by the device's key: ECDSA in DER, or Ed25519.
    pub signature: Base64,
}

/// The statement that is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The server's nonce.
    pub nonce: &'a [u8],
    /// The origin of the portal, `https://portal.example`.
    pub portal_origin: &'a str,
    /// The session.
    pub session: &'a SessionId,
    /// The device that signs.
    pub device: &'a DeviceId,
    /// When it signs.
    pub signed_at: Timestamp,
}

impl Statement<'_> {
    /// The exact bytes: every part after its length, four bytes big-endian, so that no two statements share them.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        // INVARIANT I-16: nonce, origin, session, device and time are all under the signature, under a domain of their own.
        let time = self.signed_at.as_millis().to_be_bytes();
        let parts: [&[u8]; 6] = [
            DOMAIN,
            self.nonce,
            self.portal_origin.as_bytes(),
            self.session.as_bytes(),
            self.device.as_str().as_bytes(),
            &time,
        ];
        let mut bytes = Vec::with_capacity(256);
        for part in parts {
            // A part longer than four bytes can count does not fit in memory beside a request of 4 KiB.
            bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn i16_no_two_statements_share_their_bytes(
            a in parts(), b in parts(),
        ) {
            prop_assert_eq!(bytes(&a) == bytes(&b), a == b);
        }
    }

    type Parts = (Vec<u8>, String, [u8; 16], String, i64);

    fn parts() -> impl Strategy<Value = Parts> {
        // Few and short values, so that equal and nearly equal statements are met often.
        (prop::collection::vec(0_u8..2, 0..3), "[a:]{0,2}", prop::array::uniform16(0_u8..2), "[ab]{1,2}", 0_i64..2)
    }

    fn bytes((nonce, origin, session, device, at): &Parts) -> Vec<u8> {
        Statement {
            nonce,
            portal_origin: origin,
            session: &SessionId::from_bytes(*session),
            device: &device.parse().expect("a name"),
            signed_at: Timestamp::from_millis(*at),
        }
        .signed_bytes()
    }

    #[test]
    fn i16_the_bytes_are_stable() {
        let text: Vec<u8> = Statement {
            nonce: &[1, 2],
            portal_origin: "https://p",
            session: &SessionId::from_bytes([7; 16]),
            device: &"d".parse().expect("a name"),
            signed_at: Timestamp::from_millis(258),
        }
        .signed_bytes();
        let mut expected = Vec::new();
        expected.extend(b"\0\0\0\x17sekisho-device-proof-v1\0\0\0\x02\x01\x02\0\0\0\x09https://p\0\0\0\x10");
        expected.extend([7; 16]);
        expected.extend(b"\0\0\0\x01d\0\0\0\x08\0\0\0\0\0\0\x01\x02");
        assert_eq!(text, expected);
    }
}
