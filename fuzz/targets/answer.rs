//! Answers of upstreams: no bytes stop their reader, it does not care how they arrive, and what it accepts is framed in one way.

use bytes::{Bytes, BytesMut};
use sekisho_policy_enforcement::{AnswerBody, AnswerFraming, AnswerHead, AnswerPart, AnswerScanner, Question};

/// Checks one input: its first byte says what was asked.
pub(crate) fn check(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let question = Question { head: first & 1 == 1, upgrade: first & 2 == 2 };
    let at_once = read(question, rest, rest.len().max(1));
    for piece in [1, 3, 7] {
        assert_eq!(read(question, rest, piece), at_once, "in pieces of {piece}");
    }
}

/// Everything that was read: heads, body, what followed it, how it ended, and what was left over.
fn read(question: Question, bytes: &[u8], piece: usize) -> (String, Vec<u8>, Vec<u8>) {
    let (mut buffer, mut pieces, mut seen, mut body) =
        (BytesMut::new(), bytes.chunks(piece), String::new(), Vec::new());
    let framing = loop {
        let head = match whole_head(&mut buffer, &mut pieces) {
            Ok(Some(head)) => head,
            Ok(None) => return (seen, body, Vec::new()),
            Err(broken) => return (seen + &broken, body, Vec::new()),
        };
        match AnswerHead::read(&head, question) {
            Err(broken) => return (seen + broken.code(), body, Vec::new()),
            Ok(head) => {
                let lengths = head.fields().get_all("content-length").iter().count();
                assert!(lengths + head.fields().get_all("transfer-encoding").iter().count() <= 1, "one framing");
                assert!(head.framing() != AnswerFraming::Close || !head.keeps_alive(), "what ends with its connection");
                seen += &format!("{} {:?} {}; ", head.status(), head.framing(), head.keeps_alive());
                if !head.is_interim() {
                    break head.framing();
                }
            }
        }
    };
    let mut reader = AnswerBody::new(framing);
    loop {
        match reader.next(&mut buffer) {
            Ok(AnswerPart::Data(data)) => body.extend_from_slice(&data),
            Ok(AnswerPart::Trailers(fields)) => seen += &format!("{fields:?}"),
            Ok(AnswerPart::Incomplete) => match pieces.next() {
                Some(piece) => buffer.extend_from_slice(piece),
                None => return (seen + &format!("{:?}", reader.ended()), body, Vec::new()),
            },
            Ok(AnswerPart::End) => {
                let left = [&buffer[..], &pieces.flatten().copied().collect::<Vec<u8>>()].concat();
                return (seen + "end", body, left);
            }
            Err(broken) => return (seen + broken.code(), body, Vec::new()),
        }
    }
}

/// The next head, its empty line included; `None` when the bytes end before it does.
fn whole_head(buffer: &mut BytesMut, pieces: &mut std::slice::Chunks<'_, u8>) -> Result<Option<Bytes>, String> {
    let mut scanner = AnswerScanner::default();
    loop {
        match scanner.scan(buffer) {
            Err(broken) => return Err(broken.code().to_owned()),
            Ok(Some(length)) => return Ok(Some(buffer.split_to(length).freeze())),
            Ok(None) => match pieces.next() {
                Some(piece) => buffer.extend_from_slice(piece),
                None => return Ok(None),
            },
        }
    }
}
