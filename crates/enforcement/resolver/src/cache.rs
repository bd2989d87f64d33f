//! Answers that were fetched lately. Nothing here decides: who gets one was decided before.

use std::sync::Arc;

use foldhash::HashMap;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{RData, RecordType};
use sekisho_domain_names::DomainName;
use sekisho_model::Timestamp;

use crate::question::Question;

/// How many answers each of the two generations holds.
const MOST: usize = 8192;
/// The longest that an answer is kept, in seconds.
const LONGEST: u32 = 3600;
/// The longest that it is kept that there is nothing, in seconds (RFC 2308, section 5, asks for at most some hours).
const LONGEST_NOTHING: u32 = 300;
/// Answers with more records are not kept.
const MOST_RECORDS: usize = 64;

/// Fetched answers, in two generations: when the younger is full, it becomes the older, and what nobody asked for since is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    younger: HashMap<Key, Kept>,
    older: HashMap<Key, Kept>,
}

/// What an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    name: DomainName,
    kind: RecordType,
    dnssec_ok: bool,
    checking_disabled: bool,
}

#[derive(Debug, Clone)]
struct Kept {
    answer: Arc<Message>,
    from: Timestamp,
    seconds: u32,
}

impl Key {
    pub(crate) fn of(question: &Question) -> Self {
        Self {
            name: question.name.clone(),
            kind: question.query.query_type(),
            dnssec_ok: question.dnssec_ok,
            checking_disabled: question.metadata.checking_disabled,
        }
    }
}

impl Cache {
    /// An answer that still lives, with its age in seconds.
    pub(crate) fn get(&mut self, key: &Key, now: Timestamp) -> Option<(Arc<Message>, u32)> {
        let kept = match self.younger.get(key) {
            Some(kept) => kept.clone(),
            None => {
                let kept = self.older.remove(key)?;
                self.put_kept(key.clone(), kept.clone());
                kept
            }
        };
        // A clock that goes back makes an answer older than it is known to be.
        let age = u32::try_from(now.since(kept.from).as_millis() / 1000).ok().filter(|age| *age < kept.seconds)?;
        Some((kept.answer, age))
    }

    /// Keeps an answer for as long as its records say.
    pub(crate) fn put(&mut self, key: Key, answer: &Arc<Message>, now: Timestamp) {
        if let Some(seconds) = lifetime(answer) {
            self.put_kept(key, Kept { answer: answer.clone(), from: now, seconds });
        }
    }

    fn put_kept(&mut self, key: Key, kept: Kept) {
        if self.younger.len() >= MOST {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(key, kept);
    }
}

/// For how many seconds an answer may be kept; `None` for one that may not.
fn lifetime(answer: &Message) -> Option<u32> {
    let records = || answer.answers.iter().chain(&answer.authorities).chain(&answer.additionals);
    if records().count() > MOST_RECORDS || answer.metadata.truncation {
        return None;
    }
    let seconds = match answer.metadata.response_code {
        ResponseCode::NoError if !answer.answers.is_empty() => records().map(|record| record.ttl).min()?.min(LONGEST),
        ResponseCode::NoError | ResponseCode::NXDomain => {
            let says = answer.authorities.iter().find_map(|record| match &record.data {
                RData::SOA(soa) => Some(soa.minimum.min(record.ttl)),
                _ => None,
            });
            says?.min(LONGEST_NOTHING)
        }
        _ => return None,
    };
    (seconds > 0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::str::FromStr as _;

    use hickory_proto::op::Query;
    use hickory_proto::rr::rdata::A;
    use hickory_proto::rr::{Name, Record};

    use super::*;

    fn key(name: &str) -> Key {
        let mut message = Message::query();
        message.add_query(Query::query(Name::from_str(name).expect("a name"), RecordType::A));
        Key::of(&Question::read(&message.to_vec().expect("bytes")).expect("a question"))
    }

    fn answer(ttls: &[u32]) -> Arc<Message> {
        let mut message = Message::query();
        for ttl in ttls {
            let name = Name::from_str("a.test.").expect("a name");
            message.add_answer(Record::from_rdata(name, *ttl, RData::A(A(Ipv4Addr::LOCALHOST))));
        }
        Arc::new(message)
    }

    #[test]
    fn an_answer_lives_as_long_as_its_shortest_record() {
        let (mut cache, at) = (Cache::default(), Timestamp::from_millis);
        cache.put(key("a.test."), &answer(&[30, 10]), at(0));
        cache.put(key("zero.test."), &answer(&[0, 10]), at(0));
        cache.put(key("nothing.test."), &answer(&[]), at(0));
        let mut age = |name: &str, now| cache.get(&key(name), at(now)).map(|(_, age)| age);
        assert_eq!((age("A.TEST.", 0), age("a.test.", 9999), age("a.test.", 10_000)), (Some(0), Some(9), None));
        assert_eq!((age("zero.test.", 0), age("nothing.test.", 0), age("a.test.", -1000)), (None, None, None));
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_forgotten() {
        let (mut cache, now) = (Cache::default(), Timestamp::from_millis(0));
        cache.put(key("kept.test."), &answer(&[60]), now);
        for number in 0..3 * MOST {
            cache.put(key(&format!("n{number}.test.")), &answer(&[60]), now);
            if number % 1000 == 0 {
                assert!(cache.get(&key("kept.test."), now).is_some(), "{number}");
            }
        }
        assert!(cache.younger.len() + cache.older.len() <= 2 * MOST + 1);
        assert!(cache.get(&key("n0.test."), now).is_none());
    }
}
