//! What is asked: one question of one message, read strictly.

use hickory_proto::op::{Edns, Message, MessageType, Metadata, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, RecordType};
use sekisho_domain_names::DomainName;

/// The longest message that is read, in bytes. A question has at most 289 bytes without options; padding fills up to 468 (RFC 8467).
pub(crate) const LONGEST: usize = 4096;

/// A question that may be answered.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// The head of the message that asked.
    pub(crate) metadata: Metadata,
    /// The question as it was written, which the answer repeats.
    pub(crate) query: Query,
    /// The name.
    pub(crate) name: DomainName,
    /// Whether the client knows EDNS, and with that reasons (RFC 8914).
    pub(crate) has_edns: bool,
    /// Whether it wants signatures.
    pub(crate) dnssec_ok: bool,
}

/// A message that is answered with an error, or not at all.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    /// The head to answer with; `None` for what has none, or is an answer itself.
    pub(crate) answer: Option<Box<Message>>,
}

impl Question {
    /// Reads a message.
    ///
    /// # Errors
    /// [`Refused`] for everything but one ordinary question of the class IN. Questions for all types (RFC 8482) and for whole zones are
    /// refused: they have no place at a resolver.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Refused> {
        let nothing = Refused { answer: None };
        if bytes.len() > LONGEST {
            return Err(nothing);
        }
        let message = Message::from_vec(bytes).map_err(|_| Refused { answer: malformed(bytes).map(Box::new) })?;
        if message.metadata.message_type != MessageType::Query {
            return Err(nothing);
        }
        let refuse = |code| Refused { answer: Some(Box::new(error(&message, code))) };
        if message.metadata.op_code != OpCode::Query {
            return Err(refuse(ResponseCode::NotImp));
        }
        let [query] = message.queries.as_slice() else { return Err(refuse(ResponseCode::FormErr)) };
        if !message.answers.is_empty() || !message.authorities.is_empty() {
            return Err(refuse(ResponseCode::FormErr));
        }
        if message.edns.as_ref().is_some_and(|edns| edns.version() != 0) {
            return Err(refuse(ResponseCode::BADVERS));
        }
        let is_whole = matches!(query.query_type(), RecordType::ANY | RecordType::AXFR | RecordType::IXFR);
        if is_whole || query.query_class() != DNSClass::IN {
            return Err(refuse(ResponseCode::Refused));
        }
        let Some(name) = DomainName::from_labels(query.name().iter()) else {
            return Err(refuse(ResponseCode::Refused));
        };
        Ok(Self {
            metadata: message.metadata,
            query: query.clone(),
            name,
            has_edns: message.edns.is_some(),
            dnssec_ok: message.edns.as_ref().is_some_and(|edns| edns.flags().dnssec_ok),
        })
    }
}

/// The answer to a message that cannot be read, if it has a head and is no answer.
fn malformed(bytes: &[u8]) -> Option<Message> {
    let id = u16::from_be_bytes(*bytes.first_chunk()?);
    let is_question = bytes.len() >= 12 && bytes.get(2).is_some_and(|flags| flags & 0x80 == 0);
    is_question.then(|| Message::error_msg(id, OpCode::Query, ResponseCode::FormErr))
}

fn error(asked: &Message, code: ResponseCode) -> Message {
    let mut message = Message::response(asked.metadata.id, asked.metadata.op_code);
    message.metadata = Metadata::response_from_request(&asked.metadata);
    message.metadata.recursion_available = true;
    message.metadata.response_code = code;
    message.queries.clone_from(&asked.queries);
    if asked.edns.is_some() {
        message.edns = Some(Edns::new());
    }
    message
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use hickory_proto::rr::Name;

    use super::*;

    fn message(kind: RecordType) -> Message {
        let mut message = Message::query();
        message.add_query(Query::query(Name::from_str("A.Example.test.").expect("a name"), kind));
        message
    }

    fn code(message: &Message) -> Option<ResponseCode> {
        let refused = Question::read(&message.to_vec().expect("bytes")).expect_err("it is refused");
        refused.answer.map(|answer| answer.metadata.response_code)
    }

    #[test]
    fn one_ordinary_question_is_read() {
        let question = Question::read(&message(RecordType::AAAA).to_vec().expect("bytes")).expect("a question");
        assert_eq!((question.name.as_str(), question.has_edns, question.dnssec_ok), ("a.example.test", false, false));
    }

    #[test]
    fn everything_else_is_refused() {
        for whole in [RecordType::ANY, RecordType::AXFR, RecordType::IXFR] {
            assert_eq!(code(&message(whole)), Some(ResponseCode::Refused), "{whole}");
        }
        let mut chaos = message(RecordType::TXT);
        chaos.queries[0].set_query_class(DNSClass::CH);
        assert_eq!(code(&chaos), Some(ResponseCode::Refused));
        let mut two = message(RecordType::A);
        two.add_query(two.queries[0].clone());
        assert_eq!(code(&two), Some(ResponseCode::FormErr));
        let mut update = message(RecordType::A);
        update.metadata.op_code = OpCode::Update;
        assert_eq!(code(&update), Some(ResponseCode::NotImp));
        let mut root = Message::query();
        root.add_query(Query::query(Name::root(), RecordType::NS));
        assert_eq!(code(&root), Some(ResponseCode::Refused));
        let mut newer = message(RecordType::A);
        let mut edns = Edns::new();
        edns.set_version(1);
        newer.set_edns(edns);
        assert_eq!(code(&newer), Some(ResponseCode::BADVERS));
        let answer = Message::response(1, OpCode::Query);
        assert_eq!(code(&answer), None, "an answer is not answered");
        let unread = |bytes: &[u8]| {
            Question::read(bytes).expect_err("it is refused").answer.map(|answer| answer.metadata.response_code)
        };
        assert_eq!(unread(&[]), None);
        assert_eq!(unread(&[0; 11]), None);
        assert_eq!(unread(&[0, 7, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 63]), Some(ResponseCode::FormErr));
        let long = [message(RecordType::A).to_vec().expect("bytes"), vec![0; LONGEST]].concat();
        assert_eq!(unread(&long), None, "what is longer than a question can be is not read");
    }
}
