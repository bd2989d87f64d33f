//! Response policy zones: zone files whose owners are names to act on (draft-vixie-dnsop-dns-rpz, sections 3 to 5).
//!
//! Of the triggers, names of questions (QNAME) are read. Of the actions, `rpz-passthru.` leaves names out and `rpz-tcp-only.` says nothing
//! that concerns an encrypted transport; every other one, local data too, holds the name: what then happens is the list's to say.

use crate::{Covers, DomainName, ReadList};

/// Reads a response policy zone from its file. Records with other triggers are counted as skipped.
#[must_use]
pub fn read_zone(text: &str) -> ReadList {
    let mut reading = Reading::default();
    for record in records(text) {
        reading.take(&record);
    }
    reading.list
}

/// One record or directive: whether it begins with an owner, and its words.
struct Record<'a> {
    has_owner: bool,
    words: Vec<&'a str>,
}

/// The most words of a record that are looked at: the rest is data that nobody reads here.
const MOST_WORDS: usize = 16;

/// The records of a file: comments are left out, and parentheses join lines.
fn records(text: &str) -> impl Iterator<Item = Record<'_>> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let line = lines.next()?;
        let mut record = Record { has_owner: !line.starts_with([' ', '\t']), words: Vec::new() };
        let mut depth = 0_i32;
        let mut line = line;
        loop {
            let said = line.split(';').next().unwrap_or_default();
            let words =
                said.split(|c: char| c.is_ascii_whitespace() || matches!(c, '(' | ')')).filter(|word| !word.is_empty());
            let room = MOST_WORDS.saturating_sub(record.words.len());
            record.words.extend(words.take(room));
            for byte in said.bytes() {
                depth += i32::from(byte == b'(') - i32::from(byte == b')');
            }
            if depth <= 0 {
                return Some(record);
            }
            match lines.next() {
                Some(next) => line = next,
                None => return Some(record),
            }
        }
    })
}

#[derive(Default)]
struct Reading<'a> {
    list: ReadList,
    /// The zone's own name, which absolute owners end in.
    origin: Option<DomainName>,
    owner: &'a str,
}

impl<'a> Reading<'a> {
    fn take(&mut self, record: &Record<'a>) {
        let mut words = record.words.iter().copied();
        if record.has_owner {
            match words.next() {
                None => return,
                Some("$ORIGIN") => {
                    self.origin = words.next().and_then(|name| name.parse().ok());
                    return;
                }
                Some(directive) if directive.starts_with('$') => return,
                Some(owner) => self.owner = owner,
            }
        }
        let is_type = |word: &str| !is_lifetime(word) && !["IN", "CH", "HS", "in"].contains(&word);
        let Some(kind) = words.find(|word| is_type(word)) else { return };
        match kind.to_ascii_uppercase().as_str() {
            "SOA" => {
                if self.origin.is_none() && self.owner.ends_with('.') {
                    self.origin = self.owner.parse().ok();
                }
            }
            "NS" => {}
            "CNAME" => self.act(words.next().unwrap_or_default()),
            _ => self.act(""),
        }
    }

    /// One trigger with the target of its `CNAME`; an empty one stands for local data.
    fn act(&mut self, target: &str) {
        let trigger = self.trigger();
        let is_taken = match (trigger, target.to_ascii_lowercase().as_str()) {
            (Some((name, covers)), "rpz-passthru.") => self.list.names.leave_out(name, covers),
            (Some(_), "rpz-tcp-only.") | (None, _) => false,
            (Some((name, covers)), _) => self.list.names.hold(name, covers),
        };
        self.list.skipped += usize::from(!is_taken);
    }

    /// The name that the owner stands for; `None` for triggers on addresses and servers, and for the zone itself.
    fn trigger(&self) -> Option<(DomainName, Covers)> {
        let owner = self.owner.to_ascii_lowercase();
        let relative = match (owner.strip_suffix('.'), &self.origin) {
            (Some(absolute), Some(origin)) => absolute.strip_suffix(origin.as_str())?.strip_suffix('.')?.to_owned(),
            (Some(absolute), None) => absolute.to_owned(),
            (None, _) => owner,
        };
        let last = relative.rsplit('.').next().unwrap_or_default();
        if last.starts_with("rpz-") || relative == "@" {
            return None;
        }
        let (name, covers) = match relative.strip_prefix("*.") {
            Some(name) => (name, Covers::Below),
            None => (relative.as_str(), Covers::Itself),
        };
        Some((name.parse().ok()?, covers))
    }
}

/// Whether a word is a time to live: `300`, `1h`.
fn is_lifetime(word: &str) -> bool {
    word.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_digit() || b"smhdwSMHDW".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ZONE: &str = "\
$TTL 300
@ IN SOA localhost. root.localhost. (
    7 ; serial
    1h 15m 30d 2h )
  IN NS localhost.
evil.test         CNAME .
*.evil.test  60 IN CNAME .
nodata.test       CNAME *.
drop.test         CNAME rpz-drop.
good.evil.test    CNAME rpz-passthru.
tcp.test          CNAME rpz-tcp-only.
local.test        A 192.0.2.1
                  AAAA 2001:db8::1
walled.test       CNAME garden.example.
32.1.2.0.192.rpz-ip CNAME .
ns.evil.test.rpz-nsdname CNAME .
";

    #[test]
    fn names_of_questions_are_held_whatever_the_action_but_passthru() {
        let list = read_zone(ZONE);
        let holds = |name: &str| list.names.holds(&name.parse().expect("a name"));
        for held in ["evil.test", "a.evil.test", "nodata.test", "drop.test", "local.test", "walled.test"] {
            assert!(holds(held), "{held}");
        }
        for not_held in ["good.evil.test", "tcp.test", "a.drop.test", "localhost", "rpz-ip", "test"] {
            assert!(!holds(not_held), "{not_held}");
        }
        assert_eq!(list.skipped, 3, "an address, a name server, and an action that concerns TCP");
    }

    #[test]
    fn absolute_owners_stand_below_the_zone() {
        for beginning in ["$ORIGIN rpz.example.\n", "rpz.example. SOA a. b. 1 2 3 4 5\n"] {
            let list = read_zone(&format!("{beginning}evil.test.rpz.example. CNAME .\nother.test. CNAME .\n"));
            assert!(list.names.holds(&"evil.test".parse().expect("a name")), "{beginning}");
            assert!(!list.names.holds(&"other.test".parse().expect("a name")), "outside the zone");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_read_to_its_end(text in "[a-z.*;()@ \t\n$0-9-]{0,400}") {
            let list = read_zone(&text);
            prop_assert!(list.names.len() + list.skipped <= text.lines().count());
        }
    }
}
