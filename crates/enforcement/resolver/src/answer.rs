//! Messages that answer.

use std::net::{Ipv4Addr, Ipv6Addr};

use hickory_proto::op::{Edns, Message, Metadata, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::{A, AAAA, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use sekisho_model::documents::NameAnswer;

use crate::question::Question;

/// The longest that a client may keep an answer, in seconds: it asks again, and is decided again, after that.
pub(crate) const LONGEST_KEPT: u32 = 60;
/// How long a client keeps that it was denied, in seconds: what is permitted meanwhile is reached soon.
const DENIAL_KEPT: u32 = 5;
/// The option that carries a reason (RFC 8914).
const EXTENDED_ERROR: u16 = 15;
/// `Blocked`: by a policy of who runs the resolver.
const BLOCKED: u16 = 15;
/// `Not Ready`: what the answer depends on is not known yet.
const NOT_READY: u16 = 14;
/// `Network Error`: no server answered.
const NETWORK_ERROR: u16 = 23;

/// Why a question that could be asked has no answer of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Instead {
    /// Policies do not permit it. The text names the decision.
    Denied(NameAnswer, String),
    /// Nothing could be decided or recorded now.
    Undecided,
    /// No server answered.
    Unreached,
}

/// The answer of a server, for the client that asks now. `age` is how many seconds ago it was fetched.
pub(crate) fn from_server(question: &Question, fetched: &Message, age: u32) -> Message {
    let mut message = empty(question, fetched.metadata.response_code);
    message.metadata.authentic_data = fetched.metadata.authentic_data;
    let aged = |records: &[Record]| {
        let older = |record: &Record| {
            let mut record = record.clone();
            record.ttl = record.ttl.saturating_sub(age).min(LONGEST_KEPT);
            record
        };
        records.iter().map(older).collect::<Vec<_>>()
    };
    message.answers = aged(&fetched.answers);
    message.authorities = aged(&fetched.authorities);
    message.additionals = aged(&fetched.additionals);
    message
}

/// The answer where there is none of a server.
pub(crate) fn instead(question: &Question, instead: &Instead) -> Message {
    match instead {
        Instead::Denied(answer, text) => {
            let mut message = denied(question, *answer);
            explain(&mut message, BLOCKED, text);
            message
        }
        Instead::Undecided => failed(question, NOT_READY),
        Instead::Unreached => failed(question, NETWORK_ERROR),
    }
}

fn denied(question: &Question, answer: NameAnswer) -> Message {
    let name = question.query.name().clone();
    let address = match (answer, question.query.query_type()) {
        (NameAnswer::NoName, _) => None,
        (NameAnswer::NoAddress, RecordType::A) => Some(RData::A(A(Ipv4Addr::UNSPECIFIED))),
        (NameAnswer::NoAddress, RecordType::AAAA) => Some(RData::AAAA(AAAA(Ipv6Addr::UNSPECIFIED))),
        (NameAnswer::NoAddress, _) => None,
    };
    let code = if answer == NameAnswer::NoName { ResponseCode::NXDomain } else { ResponseCode::NoError };
    let mut message = empty(question, code);
    match address {
        Some(data) => drop(message.add_answer(Record::from_rdata(name, DENIAL_KEPT, data))),
        // Without it a client may keep the denial for as long as it likes (RFC 2308, section 5).
        None => {
            let soa = SOA::new(Name::root(), Name::root(), 1, 3600, 600, 86_400, DENIAL_KEPT);
            message.add_authority(Record::from_rdata(name, DENIAL_KEPT, RData::SOA(soa)));
        }
    }
    message
}

fn failed(question: &Question, code: u16) -> Message {
    let mut message = empty(question, ResponseCode::ServFail);
    explain(&mut message, code, "");
    message
}

/// Adds the reason, if the client can read one.
fn explain(message: &mut Message, code: u16, text: &str) {
    if let Some(edns) = &mut message.edns {
        let reason = [code.to_be_bytes().as_slice(), text.as_bytes()].concat();
        edns.options_mut().insert(EdnsOption::Unknown(EXTENDED_ERROR, reason));
    }
}

fn empty(question: &Question, code: ResponseCode) -> Message {
    let mut message = Message::response(question.metadata.id, question.metadata.op_code);
    message.metadata = Metadata::response_from_request(&question.metadata);
    message.metadata.recursion_available = true;
    message.metadata.response_code = code;
    message.add_query(question.query.clone());
    if question.has_edns {
        let mut edns = Edns::new();
        edns.set_max_payload(1232).set_dnssec_ok(question.dnssec_ok);
        message.edns = Some(edns);
    }
    message
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use hickory_proto::op::Query;

    use super::*;

    fn question(kind: RecordType) -> Question {
        let mut message = Message::query();
        message.add_query(Query::query(Name::from_str("ads.test.").expect("a name"), kind));
        message.set_edns(Edns::new());
        Question::read(&message.to_vec().expect("bytes")).expect("a question")
    }

    #[test]
    fn a_denial_is_short_lived_and_names_its_decision() {
        let denied = Instead::Denied(NameAnswer::NoName, "decision 01J".to_owned());
        let bytes = instead(&question(RecordType::A), &denied).to_vec().expect("bytes");
        let message = Message::from_vec(&bytes).expect("a message");
        assert_eq!(message.metadata.response_code, ResponseCode::NXDomain);
        assert!(message.answers.is_empty() && message.authorities[0].ttl == 5);
        assert!(bytes.windows(14).any(|at| at == b"\x00\x0fdecision 01J"), "Blocked, with the decision");
    }

    #[test]
    fn no_address_is_an_address_that_leads_nowhere() {
        let denied = Instead::Denied(NameAnswer::NoAddress, String::new());
        for (kind, answers) in [(RecordType::A, 1), (RecordType::AAAA, 1), (RecordType::TXT, 0)] {
            let message = instead(&question(kind), &denied);
            assert_eq!((message.metadata.response_code, message.answers.len()), (ResponseCode::NoError, answers));
        }
    }

    #[test]
    fn a_client_keeps_an_answer_no_longer_than_it_lives_and_than_a_minute() {
        let name = Name::from_str("ads.test.").expect("a name");
        let mut fetched = Message::query();
        for ttl in [30, 3600] {
            fetched.add_answer(Record::from_rdata(name.clone(), ttl, RData::A(A(Ipv4Addr::LOCALHOST))));
        }
        let lives = |age| {
            from_server(&question(RecordType::A), &fetched, age)
                .answers
                .iter()
                .map(|record| record.ttl)
                .collect::<Vec<_>>()
        };
        assert_eq!((lives(0), lives(20), lives(40)), (vec![30, 60], vec![10, 60], vec![0, 60]));
    }
}
