//! W3C Trace Context (level 1): read strictly, written anew towards the upstream.

use http::{HeaderMap, HeaderName, HeaderValue};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

const BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// The longest `baggage`, all its fields together, and the most members of it.
const LONGEST_BAGGAGE: usize = 8192;
const MOST_BAGGAGE: usize = 180;
/// The most members of a `tracestate`.
const MOST_MEMBERS: usize = 32;
/// The longest `tracestate`, all its fields together. The standard asks for no more.
const LONGEST_STATE: usize = 512;

/// A place in a trace: which trace, which span of it, and whether that is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace; not all zero.
    pub trace: [u8; 16],
    /// The span; not all zero.
    pub span: [u8; 8],
    /// Whether its writer records it.
    pub sampled: bool,
}

/// A place in a trace, and what systems on the way noted about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// The place.
    pub parent: TraceParent,
    /// The notes, one well-formed list.
    pub state: Option<HeaderValue>,
}

impl TraceContext {
    /// What the fields say; `None` where they say nothing, or nothing well-formed.
    #[must_use]
    pub fn read(fields: &HeaderMap) -> Option<Self> {
        let mut all = fields.get_all(TRACEPARENT).iter();
        let (parent, None) = (all.next()?, all.next()) else { return None };
        Some(Self { parent: TraceParent::read(parent.as_bytes())?, state: read_state(fields) })
    }
}

impl TraceParent {
    /// Reads `traceparent`. Of versions after 00 only what version 00 has counts.
    fn read(text: &[u8]) -> Option<Self> {
        let (known, rest) = text.split_at_checked(55)?;
        let [version, trace, span, flags] = [known.get(..2)?, known.get(3..35)?, known.get(36..52)?, known.get(53..)?];
        let dashes = [2, 35, 52].iter().all(|place| known.get(*place) == Some(&b'-'));
        let ends = rest.is_empty() || (version != b"00" && rest.first() == Some(&b'-'));
        if !dashes || !ends || version == b"ff" {
            return None;
        }
        let [_version]: [u8; 1] = from_hex(version)?;
        let [flags]: [u8; 1] = from_hex(flags)?;
        let (trace, span) = (from_hex(trace)?, from_hex(span)?);
        let names_something = trace != [0; 16] && span != [0; 8];
        names_something.then_some(Self { trace, span, sampled: flags & 1 == 1 })
    }

    fn write(&self) -> HeaderValue {
        let mut text = [b'-'; 55];
        let flags = [u8::from(self.sampled)];
        for (place, bytes) in [(0, [0].as_slice()), (3, &self.trace), (36, &self.span), (53, &flags)] {
            let digits = text.get_mut(place..).unwrap_or_default().chunks_exact_mut(2);
            digits.zip(bytes).for_each(|(digits, byte)| digits.copy_from_slice(&to_hex(*byte)));
        }
        HeaderValue::from_bytes(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// Removes a `baggage` that is longer than the standard asks anybody to carry: it would come back with each request of a trace.
fn bound_baggage(fields: &mut HeaderMap) {
    let values = fields.get_all(BAGGAGE).iter();
    let (bytes, members) = values.fold((0, 0), |(bytes, members), value| {
        let commas = value.as_bytes().iter().filter(|byte| **byte == b',').count();
        (bytes + value.len() + 1, members + commas + 1)
    });
    if bytes > LONGEST_BAGGAGE + 1 || members > MOST_BAGGAGE {
        fields.remove(BAGGAGE);
    }
}

/// Sets the trace context that the upstream gets: ours, or else the client's if it is well-formed, or else none.
pub(crate) fn settle(fields: &mut HeaderMap, ours: Option<&TraceContext>) {
    bound_baggage(fields);
    let (parent, state) = match ours {
        Some(ours) => (Some(ours.parent.write()), ours.state.clone()),
        None if !fields.contains_key(TRACEPARENT) => (None, None),
        None => {
            TraceContext::read(fields).map_or((None, None), |theirs| (fields.get(TRACEPARENT).cloned(), theirs.state))
        }
    };
    for (name, value) in [(TRACEPARENT, parent), (TRACESTATE, state)] {
        match value {
            Some(value) => drop(fields.insert(name, value)),
            None => drop(fields.remove(name)),
        }
    }
}

/// All fields of `tracestate` as one list; `None` when any part of it is malformed.
fn read_state(fields: &HeaderMap) -> Option<HeaderValue> {
    let mut whole: Vec<u8> = Vec::new();
    let mut keys: Vec<&[u8]> = Vec::new();
    for member in fields.get_all(TRACESTATE).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b',')) {
        let member = member.trim_ascii();
        if member.is_empty() {
            continue;
        }
        let (key, value) = member.split_at(member.iter().position(|byte| *byte == b'=')?);
        if !is_key(key) || !is_value(value.get(1..)?) || keys.contains(&key) || keys.len() >= MOST_MEMBERS {
            return None;
        }
        keys.push(key);
        if !whole.is_empty() {
            whole.push(b',');
        }
        whole.extend_from_slice(member);
    }
    let is_some = !whole.is_empty() && whole.len() <= LONGEST_STATE;
    is_some.then(|| HeaderValue::from_bytes(&whole).ok()).flatten()
}

/// `vendor`, or `tenant@vendor`.
fn is_key(key: &[u8]) -> bool {
    let part = |part: &[u8], longest: usize, may_begin: fn(&u8) -> bool| {
        part.len() <= longest
            && part.first().is_some_and(may_begin)
            && part.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/".contains(byte))
    };
    match key.iter().position(|byte| *byte == b'@') {
        None => part(key, 256, u8::is_ascii_lowercase),
        Some(at) => {
            let (tenant, vendor) = key.split_at(at);
            part(tenant, 241, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                && part(vendor.get(1..).unwrap_or_default(), 14, u8::is_ascii_lowercase)
        }
    }
}

fn is_value(value: &[u8]) -> bool {
    (1..=256).contains(&value.len()) && value.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'=')
}

/// Lower-case digits only, as the standard writes them.
fn from_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn to_hex(byte: u8) -> [u8; 2] {
    let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' + half - 10 };
    [digit(byte >> 4), digit(byte & 15)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn fields(all: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = all.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a value")));
        let mut fields = HeaderMap::new();
        pairs.for_each(|(name, value): (_, HeaderValue)| {
            fields.append(name, value);
        });
        fields
    }

    #[test]
    fn what_is_well_formed_is_read_and_written_as_it_was() {
        let read = TraceContext::read(&fields(&[("traceparent", SOUND)])).expect("a context");
        assert!(read.parent.sampled && read.state.is_none());
        assert_eq!(read.parent.write(), SOUND);
        for later in [
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            &format!("01{}-what-comes", SOUND.split_at(2).1),
        ] {
            assert!(TraceContext::read(&fields(&[("traceparent", later)])).is_some(), "{later}");
        }
    }

    #[test]
    fn what_is_malformed_is_nothing() {
        for wrong in [
            "",
            "00",
            SOUND.split_at(54).0,
            &format!("{SOUND}-"),
            &format!("{SOUND}-00"),
            &format!("01{}x", SOUND.split_at(2).1),
            &format!("ff{}", SOUND.split_at(2).1),
            &format!("0x{}", SOUND.split_at(2).1),
            &SOUND.to_uppercase(),
            &SOUND.replace('-', "_"),
            &SOUND.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            &SOUND.replace("b7ad6b7169203331", &"0".repeat(16)),
            &SOUND.replace("-01", "-0g"),
            &format!(" {SOUND}"),
        ] {
            assert_eq!(TraceContext::read(&fields(&[("traceparent", wrong)])), None, "{wrong}");
        }
        let twice = fields(&[("traceparent", SOUND), ("traceparent", SOUND)]);
        assert_eq!(TraceContext::read(&twice), None, "two of them");
    }

    #[test]
    fn a_state_is_one_sound_list_or_none() {
        let state = |states: &[&str]| {
            let mut all = vec![("traceparent", SOUND)];
            all.extend(states.iter().map(|state| ("tracestate", *state)));
            TraceContext::read(&fields(&all)).expect("a context").state
        };
        assert_eq!(state(&["a=1, b@c=2", "d=3,,"]).expect("a list"), "a=1,b@c=2,d=3");
        let members = |count: usize| (0..count).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
        assert!(state(&[&members(32)]).is_some());
        for wrong in [
            "a",
            "A=1",
            "1=2",
            "a=",
            "a=b=c",
            "a=1,a=2",
            "@b=1",
            "a@=1",
            "a b=1",
            &members(33),
            &format!("a={}", "x".repeat(257)),
        ] {
            assert_eq!(state(&[wrong]), None, "{wrong}");
        }
        let long = ["x", "y", "z"].map(|key| format!("{key}={}", "v".repeat(200))).join(",");
        assert_eq!(state(&[&long]), None, "longer than anybody must carry");
    }

    #[test]
    fn an_upstream_gets_ours_or_what_is_sound_of_the_clients() {
        let sent = [("traceparent", SOUND), ("tracestate", "a=1")];
        let mut passed = fields(&sent);
        settle(&mut passed, None);
        assert_eq!(passed, fields(&sent));
        for wrong in [&[("traceparent", "00-x"), ("tracestate", "a=1")][..], &[("tracestate", "a=1")]] {
            let mut dropped = fields(wrong);
            settle(&mut dropped, None);
            assert!(dropped.is_empty(), "{wrong:?}");
        }
        let parent = TraceParent { trace: [0xab; 16], span: [1; 8], sampled: false };
        let mut replaced = fields(&sent);
        settle(&mut replaced, Some(&TraceContext { parent, state: None }));
        let ours = format!("00-{}-{}-00", "ab".repeat(16), "01".repeat(8));
        assert_eq!(replaced, fields(&[("traceparent", &ours)]));
    }

    #[test]
    fn baggage_is_carried_as_far_as_the_standard_asks() {
        let carried = |values: &[String]| {
            let mut fields = HeaderMap::new();
            for value in values {
                fields.append(BAGGAGE, value.parse().expect("a value"));
            }
            settle(&mut fields, None);
            fields.get_all(BAGGAGE).iter().count()
        };
        assert_eq!(carried(&["key=value".to_owned()]), 1);
        assert_eq!(carried(&["a".repeat(8192)]), 1);
        assert_eq!(carried(&["a".repeat(8193)]), 0);
        assert_eq!(carried(&["a".repeat(5000), "b".repeat(5000)]), 0);
        assert_eq!(carried(&[["k=v"; 181].join(",")]), 0);
    }
}
