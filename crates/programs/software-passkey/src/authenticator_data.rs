//! Authenticator data (WebAuthn section 6.1) and the COSE form of a public key.

use aws_lc_rs::digest;

use crate::behaviour::Behaviour;
use crate::cbor::Item;

/// The bytes that the authenticator signs: relying party, flags, counter and, at registration, the new credential.
pub(crate) fn write(rp_id: &str, behaviour: &Behaviour, counter: u32, credential: Option<(&[u8], &[u8])>) -> Vec<u8> {
    let mut data = digest::digest(&digest::SHA256, rp_id.as_bytes()).as_ref().to_vec();
    let flags = [
        (0, behaviour.user_present),
        (2, behaviour.user_verified),
        (3, behaviour.backup_eligible),
        (4, behaviour.backed_up),
        (6, credential.is_some()),
    ];
    data.push(flags.into_iter().fold(0, |byte, (bit, set)| byte | (u8::from(set) << bit)));
    data.extend_from_slice(&counter.to_be_bytes());
    if let Some((id, public_point)) = credential {
        // No AAGUID: this authenticator has no make.
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&u16::try_from(id.len()).unwrap_or(u16::MAX).to_be_bytes());
        data.extend_from_slice(id);
        data.extend(cose_key(public_point));
    }
    data
}

/// An uncompressed P-256 point as a COSE key (RFC 9053, section 7.1) for ES256.
fn cose_key(point: &[u8]) -> Vec<u8> {
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at_checked(32).unwrap_or_default();
    Item::Map(&[
        (Item::Integer(1), Item::Integer(2)),
        (Item::Integer(3), Item::Integer(-7)),
        (Item::Integer(-1), Item::Integer(1)),
        (Item::Integer(-2), Item::Bytes(x)),
        (Item::Integer(-3), Item::Bytes(y)),
    ])
    .encode()
}
