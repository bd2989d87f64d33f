//! A time zone as decisions need it: an offset from UTC, and the moments at which it changes.

use crate::Timestamp;

/// A time zone: the offset from UTC at every moment.
///
/// This crate knows no time zone database. The shells read one and make the table of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone {
    /// Its name in the IANA database; `None` for a fixed offset.
    name: Option<String>,
    /// Minutes east of UTC before the first change.
    first: i16,
    /// From when which offset counts, in order of time.
    changes: Box<[(Timestamp, i16)]>,
}

impl TimeZone {
    /// A fixed offset, in minutes east of UTC.
    #[must_use]
    pub fn fixed(minutes: i16) -> Self {
        Self { name: None, first: minutes, changes: Box::default() }
    }

    /// A named time zone: the offset before the first change, and from when which offset counts, in minutes east of UTC. The
    /// changes may come in any order.
    #[must_use]
    pub fn named(name: &str, first: i16, mut changes: Vec<(Timestamp, i16)>) -> Self {
        changes.sort_unstable();
        Self { name: Some(name.to_owned()), first, changes: changes.into() }
    }

    /// Its name in the IANA database; `None` for a fixed offset.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The offset at a moment, in minutes east of UTC.
    #[must_use]
    pub fn offset_at(&self, at: Timestamp) -> i16 {
        let passed = self.changes.partition_point(|(from, _)| *from <= at);
        passed.checked_sub(1).and_then(|last| self.changes.get(last)).map_or(self.first, |(_, offset)| *offset)
    }

    /// When the offset next changes after a moment; `None` when no later change is known.
    #[must_use]
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let passed = self.changes.partition_point(|(from, _)| *from <= at);
        self.changes.get(passed).map(|(from, _)| *from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn an_offset_counts_from_its_change_on() {
        let (spring, autumn) = (at("2026-03-29T01:00:00Z"), at("2026-10-25T01:00:00Z"));
        let zone = TimeZone::named("Europe/Berlin", 60, vec![(autumn, 60), (spring, 120)]);
        assert_eq!(zone.offset_at(at("2026-03-29T00:59:59Z")), 60);
        assert_eq!((zone.offset_at(spring), zone.next_change(spring)), (120, Some(autumn)));
        assert_eq!((zone.offset_at(autumn), zone.next_change(autumn)), (60, None));
        assert_eq!(zone.next_change(at("2026-01-01T00:00:00Z")), Some(spring));
        assert_eq!(zone.name(), Some("Europe/Berlin"));
    }

    #[test]
    fn a_fixed_offset_never_changes() {
        let zone = TimeZone::fixed(540);
        assert_eq!(
            (zone.offset_at(at("2026-07-01T00:00:00Z")), zone.next_change(at("2026-07-01T00:00:00Z"))),
            (540, None)
        );
        assert_eq!(zone.name(), None);
    }
}
