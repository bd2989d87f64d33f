//! The names that a list holds.

use foldhash::HashMap;

use crate::DomainName;

/// The most names of one list. Further ones are not taken, and the list says so.
pub const MOST_NAMES: usize = 2_000_000;

/// What an entry of a list covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covers {
    /// The name alone.
    Itself,
    /// What is below the name, and not the name.
    Below,
    /// The name and what is below it.
    Both,
}

/// The names that a list holds, and those that it leaves out. An entry that leaves out wins over one that holds where it is as near to
/// the name or nearer.
#[derive(Debug, Clone, Default)]
pub struct NameSet {
    entries: HashMap<Box<str>, Entry>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    itself: Option<Says>,
    below: Option<Says>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Held,
    LeftOut,
}

/// A list as it was read.
#[derive(Debug, Clone, Default)]
pub struct ReadList {
    /// Its names.
    pub names: NameSet,
    /// How many of its entries say nothing that can be used here.
    pub skipped: usize,
}

impl NameSet {
    /// Adds an entry. Returns whether there was room for it.
    pub fn hold(&mut self, name: DomainName, covers: Covers) -> bool {
        self.say(name, covers, Says::Held)
    }

    /// Adds an entry that leaves names out. Returns whether there was room for it.
    pub fn leave_out(&mut self, name: DomainName, covers: Covers) -> bool {
        self.say(name, covers, Says::LeftOut)
    }

    fn say(&mut self, name: DomainName, covers: Covers, says: Says) -> bool {
        let name: Box<str> = name.as_str().into();
        if self.entries.len() >= MOST_NAMES && !self.entries.contains_key(&name) {
            return false;
        }
        let entry = self.entries.entry(name).or_default();
        // Of two entries about the same names, the one that leaves out stays.
        let write =
            |place: &mut Option<Says>| *place = Some(if *place == Some(Says::LeftOut) { Says::LeftOut } else { says });
        if covers != Covers::Below {
            write(&mut entry.itself);
        }
        if covers != Covers::Itself {
            write(&mut entry.below);
        }
        true
    }

    /// Whether the list holds a name: what its nearest entry says.
    #[must_use]
    pub fn holds(&self, name: &DomainName) -> bool {
        // INVARIANT I-49: names are compared label by label and without case, so that no spelling of a listed name passes as another.
        let mut found = name.upwards().enumerate().filter_map(|(above, text)| {
            let entry = self.entries.get(text)?;
            if above == 0 { entry.itself } else { entry.below }
        });
        found.next() == Some(Says::Held)
    }

    /// How many names it has entries for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> DomainName {
        text.parse().expect("a name")
    }

    #[test]
    fn an_entry_covers_itself_what_is_below_or_both() {
        let mut set = NameSet::default();
        assert!(set.hold(name("one.test"), Covers::Itself));
        assert!(set.hold(name("below.test"), Covers::Below));
        assert!(set.hold(name("both.test"), Covers::Both));
        for (asked, held) in [
            ("one.test", true),
            ("a.one.test", false),
            ("below.test", false),
            ("a.b.below.test", true),
            ("both.test", true),
            ("a.both.test", true),
            ("notboth.test", false),
            ("test", false),
        ] {
            assert_eq!(set.holds(&name(asked)), held, "{asked}");
        }
    }

    #[test]
    fn what_is_left_out_as_near_or_nearer_wins() {
        let mut set = NameSet::default();
        set.leave_out(name("good.evil.test"), Covers::Both);
        set.hold(name("evil.test"), Covers::Both);
        set.hold(name("good.evil.test"), Covers::Both);
        set.hold(name("bad.good.evil.test"), Covers::Itself);
        for (asked, held) in
            [("evil.test", true), ("good.evil.test", false), ("a.good.evil.test", false), ("bad.good.evil.test", true)]
        {
            assert_eq!(set.holds(&name(asked)), held, "{asked}");
        }
    }

    proptest! {
        #[test]
        fn i49_a_listed_name_is_held_in_every_case_and_with_everything_below(
            labels in prop::collection::vec("[a-z0-9_-]{1,6}", 1..4),
            below in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..6), 0..4),
            upper in any::<u16>(),
        ) {
            let mut set = NameSet::default();
            set.hold(name(&labels.join(".")), Covers::Both);
            let spelled = labels.iter().map(|label| {
                let turn = |(at, byte): (usize, u8)| if upper >> (at % 16) & 1 == 1 { byte.to_ascii_uppercase() } else { byte };
                label.bytes().enumerate().map(turn).collect::<Vec<u8>>()
            });
            let asked: Vec<Vec<u8>> = below.into_iter().chain(spelled).collect();
            let asked = DomainName::from_labels(asked.iter().map(Vec::as_slice)).expect("a name");
            prop_assert!(set.holds(&asked));
            let beside = DomainName::from_labels([b"x", labels[0].as_bytes()].concat().split(|_| false)).expect("a name");
            prop_assert!(!set.holds(&beside), "what merely ends alike is another name");
        }
    }
}
