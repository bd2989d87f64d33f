//! The summary of an entry: 56 bytes that tell nearly every entry that a filter does not ask for, without reading it.
//!
//! Texts stand in it as the first bytes of their SHA-256. Two texts may share them, so an entry that a summary does not rule out is read
//! and compared. Only the resource rules out by being equal (permits of the platform's own resources are hidden by default), so it has
//! 64 bits: nobody finds a name that hides behind another one.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use sekisho_model::{Outcome, Record, Timestamp};

use crate::filter::{EntryKind, Filter, address_of, device_of, request_of, resource_of, session_of};

/// How many bytes a summary has.
pub(crate) const WIDTH: usize = 56;
/// How many codes a summary holds. An entry with more is ruled out by none.
const CODES: usize = 6;

const AT: usize = 0;
const RESOURCE: usize = 8;
const KIND: usize = 16;
const OUTCOME: usize = 17;
const MORE_CODES: usize = 18;
const SUBJECT: usize = 20;
const TARGET: usize = 24;
const DEVICE: usize = 28;
const ADDRESS: usize = 32;
const SESSION: usize = 36;
const REQUEST: usize = 40;
const FIRST_CODE: usize = 44;

const _: () = assert!(FIRST_CODE + 2 * CODES == WIDTH, "the codes end a summary");

/// A summary as it lies on the disk.
pub(crate) type Summary = [u8; WIDTH];

/// The summary of an entry that cannot be read: it is ruled out by nothing.
pub(crate) const UNREADABLE: Summary = [u8::MAX; WIDTH];

/// The summary of a record.
pub(crate) fn of(record: &Record) -> Summary {
    let mut summary = [0; WIDTH];
    let (outcome, subject, target) = match record {
        Record::Decision(one) => (outcome_code(one.outcome), one.subject.as_deref(), None),
        Record::StreamEnd(one) => (u8::from(one.delay_ms.is_some()), Some(one.subject.as_str()), None),
        Record::Act(one) => (0, one.actor.user(), one.target.strip_prefix("user/")),
        Record::Seal { .. } => (0, None, None),
    };
    put(&mut summary, AT, &at(record).as_millis().to_le_bytes());
    put(&mut summary, RESOURCE, &long(resource_of(record)).to_le_bytes());
    put(&mut summary, KIND, &[kind_code(crate::filter::kind_of(record)), outcome]);
    for (place, text) in [
        (SUBJECT, subject.map(Cow::Borrowed)),
        (TARGET, target.map(Cow::Borrowed)),
        (DEVICE, device_of(record).map(Cow::Borrowed)),
        (ADDRESS, address_of(record).map(Cow::Borrowed)),
        (SESSION, session_of(record).map(|session| Cow::Owned(session.to_string()))),
        (REQUEST, request_of(record).map(Cow::Borrowed)),
    ] {
        put(&mut summary, place, &short(text.as_deref()).to_le_bytes());
    }
    let codes = crate::filter::codes_of(record).collect::<Vec<_>>();
    if codes.len() > CODES {
        put(&mut summary, MORE_CODES, &[1]);
    }
    for (number, code) in codes.into_iter().take(CODES).enumerate() {
        put(&mut summary, FIRST_CODE + 2 * number, &code_number(code).to_le_bytes());
    }
    summary
}

/// When an entry was made.
pub(crate) fn at(record: &Record) -> Timestamp {
    match record {
        Record::Decision(one) => one.at,
        Record::StreamEnd(one) => one.at,
        Record::Act(one) => one.at,
        Record::Seal { at, .. } => *at,
    }
}

/// A filter in the terms of summaries.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    kind: Option<u8>,
    outcome: Option<u8>,
    since: i64,
    until: i64,
    /// Numbers of texts, each with the places where it may stand.
    texts: Vec<(u32, usize, usize)>,
    resource: Option<u64>,
    codes: Vec<u16>,
    without_permits_of: Vec<u64>,
}

impl Probe {
    /// What rules out summaries of entries that a filter does not ask for.
    pub(crate) fn of(filter: &Filter) -> Self {
        let session = filter.session.map(|session| session.to_string());
        let texts = [
            (filter.subject.as_deref(), SUBJECT, TARGET),
            (filter.device.as_deref(), DEVICE, DEVICE),
            (filter.address.as_deref(), ADDRESS, ADDRESS),
            (session.as_deref(), SESSION, SESSION),
            (filter.request.as_ref().map(|request| request.as_str()), REQUEST, REQUEST),
        ];
        let outcome = filter.outcome.map(outcome_code).or(filter.cuts.then_some(1));
        Self {
            kind: filter.kind.or(filter.outcome.map(|_| EntryKind::Decision)).map(kind_code),
            outcome,
            since: filter.since.map_or(i64::MIN, Timestamp::as_millis),
            until: filter.until.map_or(i64::MAX, Timestamp::as_millis),
            texts: texts.into_iter().filter_map(|(text, a, b)| Some((short(Some(text?)), a, b))).collect(),
            resource: filter.resource.as_deref().map(|resource| long(Some(resource))),
            codes: [&filter.act, &filter.reason].into_iter().flatten().map(|code| code_number(code)).collect(),
            without_permits_of: filter.without_permits_of.iter().map(|resource| long(Some(resource))).collect(),
        }
    }

    /// Whether an entry with this summary may be asked for.
    #[inline]
    pub(crate) fn admits(&self, summary: &Summary) -> bool {
        if *summary == UNREADABLE {
            return true;
        }
        let byte = |place: usize| summary.get(place).copied().unwrap_or_default();
        let kind = byte(KIND);
        if self.kind.map_or(kind == kind_code(EntryKind::Seal), |wanted| wanted != kind)
            || self.outcome.is_some_and(|wanted| wanted != byte(OUTCOME))
        {
            return false;
        }
        let at = i64::from_le_bytes(read(summary, AT));
        let resource = u64::from_le_bytes(read(summary, RESOURCE));
        let is_permit = kind == kind_code(EntryKind::Decision) && byte(OUTCOME) == outcome_code(Outcome::Permit);
        (self.since..self.until).contains(&at)
            && self.resource.is_none_or(|wanted| wanted == resource)
            && self.texts.iter().all(|(wanted, a, b)| number(summary, *a) == *wanted || number(summary, *b) == *wanted)
            && (byte(MORE_CODES) == 1 || self.codes.iter().all(|code| has_code(summary, *code)))
            && !(is_permit && self.without_permits_of.contains(&resource))
    }
}

fn has_code(summary: &Summary, wanted: u16) -> bool {
    let (codes, _) = summary.get(FIRST_CODE..).unwrap_or_default().as_chunks::<2>();
    codes.iter().any(|code| u16::from_le_bytes(*code) == wanted)
}

fn number(summary: &Summary, place: usize) -> u32 {
    u32::from_le_bytes(read(summary, place))
}

fn read<const N: usize>(summary: &Summary, place: usize) -> [u8; N] {
    summary.get(place..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}

fn put(summary: &mut Summary, place: usize, bytes: &[u8]) {
    if let Some(to) = summary.get_mut(place..place + bytes.len()) {
        to.copy_from_slice(bytes);
    }
}

const fn kind_code(kind: EntryKind) -> u8 {
    match kind {
        EntryKind::Decision => 1,
        EntryKind::StreamEnd => 2,
        EntryKind::Act => 3,
        EntryKind::Seal => 4,
    }
}

const fn outcome_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Permit => 1,
        Outcome::Challenge => 2,
        Outcome::Deny => 3,
    }
}

/// The hash that stands for a text in a summary; 0 stands for an absent text.
fn long(text: Option<&str>) -> u64 {
    let first = |text: &str| digest(&SHA256, text.as_bytes()).as_ref().first_chunk().copied();
    text.and_then(first).map_or(0, |bytes| u64::from_le_bytes(bytes).max(1))
}

fn short(text: Option<&str>) -> u32 {
    let [a, b, c, d, ..] = long(text).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

fn code_number(code: &str) -> u16 {
    let [a, b, ..] = long(Some(code)).to_le_bytes();
    // 0 stands where there is no code.
    u16::from_le_bytes([a, b]).max(1)
}

#[cfg(test)]
mod tests {
    use sekisho_model::{Act, Actor, SessionId, StreamEnd};

    use super::*;

    fn cut(subject: &str, delay_ms: Option<u64>) -> Record {
        Record::StreamEnd(StreamEnd {
            at: Timestamp::from_millis(50),
            request: sekisho_model::RequestId::new("r"),
            subject: subject.to_owned(),
            session: SessionId::from_bytes([3; 16]),
            resource: "wiki".to_owned(),
            reason: "device-not-compliant".to_owned(),
            world: 4,
            delay_ms,
            carried: None,
        })
    }

    #[test]
    fn a_summary_rules_out_what_is_not_asked_for_and_never_what_is() {
        let record = cut("aoi", Some(3));
        let base = Filter::default;
        let session = Some(SessionId::from_bytes([3; 16]));
        let wanted = [
            base(),
            Filter { kind: Some(EntryKind::StreamEnd), cuts: true, ..base() },
            Filter { subject: Some("aoi".to_owned()), session, ..base() },
            Filter { reason: Some("device-not-compliant".to_owned()), ..base() },
            Filter { since: Some(Timestamp::from_millis(50)), until: Some(Timestamp::from_millis(51)), ..base() },
            Filter { resource: Some("wiki".to_owned()), without_permits_of: vec!["wiki".to_owned()], ..base() },
        ];
        let unwanted = [
            Filter { kind: Some(EntryKind::Act), ..base() },
            Filter { subject: Some("ren".to_owned()), ..base() },
            Filter { reason: Some("closed".to_owned()), ..base() },
            Filter { since: Some(Timestamp::from_millis(51)), ..base() },
            Filter { until: Some(Timestamp::from_millis(50)), ..base() },
            Filter { device: Some("laptop".to_owned()), ..base() },
            Filter { outcome: Some(Outcome::Permit), ..base() },
        ];
        for filter in wanted {
            assert!(filter.fits(&record) && Probe::of(&filter).admits(&of(&record)), "{filter:?}");
        }
        for filter in unwanted {
            assert!(!filter.fits(&record) && !Probe::of(&filter).admits(&of(&record)), "{filter:?}");
            assert!(Probe::of(&filter).admits(&UNREADABLE));
        }
        let cuts = Filter { kind: Some(EntryKind::StreamEnd), cuts: true, ..base() };
        assert!(!Probe::of(&cuts).admits(&of(&cut("aoi", None))), "it ended by itself");
    }

    #[test]
    fn an_act_is_about_who_did_it_and_whom_it_was_done_to() {
        let act = Record::Act(Act {
            at: Timestamp::from_millis(5),
            actor: Actor::User("ren".to_owned()),
            act: "user-disabled".to_owned(),
            target: "user/aoi".to_owned(),
            detail: serde_json::Value::Null,
        });
        for (subject, fits) in [("ren", true), ("aoi", true), ("kai", false)] {
            let filter = Filter { subject: Some(subject.to_owned()), ..Filter::default() };
            assert_eq!((filter.fits(&act), Probe::of(&filter).admits(&of(&act))), (fits, fits));
        }
    }
}
