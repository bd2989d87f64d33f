//! Which policies speak about a group: a small table that every group of a subject is looked up in, for each decision.

use std::ops::Range;

use sekisho_model::facts::Handle;

/// Ranges by group: open addressing, at most half full, so that a group that is not there is mostly told by one look. The
/// groups stand apart from their ranges, which keeps what is looked through small.
#[derive(Debug, Default)]
pub(crate) struct GroupTable {
    groups: Box<[u32]>,
    ranges: Box<[Range<u32>]>,
}

/// No group has this number.
const NOBODY: u32 = u32::MAX;

impl GroupTable {
    /// The table of these groups, each of which is there once.
    pub(crate) fn new(groups: &[(Handle, Range<u32>)]) -> Self {
        if groups.is_empty() {
            return Self::default();
        }
        let length = groups.len().saturating_mul(2).next_power_of_two();
        let mut table = Self { groups: vec![NOBODY; length].into(), ranges: vec![0..0; length].into() };
        for (group, range) in groups {
            let group = number(*group);
            let start = home(group, length);
            let free = (start..length).chain(0..start).find(|place| table.groups.get(*place) == Some(&NOBODY));
            if let Some(free) = free
                && let (Some(key), Some(value)) = (table.groups.get_mut(free), table.ranges.get_mut(free))
            {
                *key = group;
                *value = range.clone();
            }
        }
        table
    }

    /// Whether there is no group in it.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The range of a group.
    #[inline]
    pub(crate) fn find(&self, group: Handle) -> Option<&Range<u32>> {
        let group = number(group);
        let mut place = home(group, self.groups.len());
        loop {
            match *self.groups.get(place)? {
                found if found == group => return self.ranges.get(place),
                NOBODY => return None,
                _ => place = (place + 1) & self.groups.len().wrapping_sub(1),
            }
        }
    }
}

/// The first slot of a group among so many, which are a power of two or none.
#[inline]
fn home(group: u32, slots: usize) -> usize {
    (group.wrapping_mul(0x9E37_79B9) >> 12) as usize & slots.wrapping_sub(1)
}

/// A number of its own for every entity that could be a group.
#[inline]
fn number(handle: Handle) -> u32 {
    // A handle's index has 28 bits.
    ((handle.kind() as u32) << 28) | u32::try_from(handle.index()).unwrap_or(NOBODY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sekisho_model::facts::{EntityType, Interner};

    #[test]
    fn every_group_is_found_and_no_other() {
        let interner = Interner::new();
        let group = |n: u32| interner.intern(EntityType::Group, &n.to_string()).expect("room");
        let all: Vec<Handle> = (0..400).map(group).collect();
        for count in [0, 1, 2, 3, 7, 64, 200] {
            let known: Vec<_> = (0..count).map(|n| (all[n as usize * 2], n..n + 1)).collect();
            let table = GroupTable::new(&known);
            for (n, handle) in (0..).zip(&all) {
                let expected = (n % 2 == 0 && n / 2 < count).then(|| n / 2..n / 2 + 1);
                assert_eq!(table.find(*handle), expected.as_ref(), "{n} of {count}");
            }
        }
    }
}
