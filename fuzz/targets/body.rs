//! Body framing: the same bytes are the same body, however they arrive, and nothing behind the body is taken.

use bytes::BytesMut;
use sekisho_policy_enforcement::{BodyFraming, BodyPart, BodyReader};

/// Checks one input: its first byte says the framing.
pub(crate) fn check(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let framing = match first {
        0 => BodyFraming::None,
        length @ 1..=99 => BodyFraming::Length(u64::from(*length)),
        _ => BodyFraming::Chunked,
    };
    let at_once = read(framing, rest, rest.len().max(1));
    for piece in [1, 3, 7] {
        assert_eq!(read(framing, rest, piece), at_once, "in pieces of {piece}");
    }
    if let BodyFraming::Length(length) = framing {
        let taken = u64::try_from(at_once.0.len()).unwrap_or(u64::MAX);
        assert!(taken <= length);
    }
}

/// The body, how it ended, and what was left over.
fn read(framing: BodyFraming, bytes: &[u8], piece: usize) -> (Vec<u8>, Result<bool, String>, Vec<u8>) {
    let (mut reader, mut buffer, mut body) = (BodyReader::new(framing), BytesMut::new(), Vec::new());
    let mut pieces = bytes.chunks(piece);
    loop {
        match reader.next(&mut buffer) {
            Ok(BodyPart::Data(data)) => body.extend_from_slice(&data),
            Ok(BodyPart::Incomplete) => match pieces.next() {
                Some(piece) => buffer.extend_from_slice(piece),
                None => return (body, Ok(false), Vec::new()),
            },
            Ok(BodyPart::End) => {
                let left = [&buffer[..], &pieces.flatten().copied().collect::<Vec<u8>>()].concat();
                return (body, Ok(true), left);
            }
            Err(rule) => return (body, Err(rule.to_string()), Vec::new()),
        }
    }
}
