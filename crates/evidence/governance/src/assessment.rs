//! How every item stands at one moment.

use std::collections::BTreeMap;

use sekisho_model::Timestamp;

use crate::catalogue::{Item, items};
use crate::control::Control;
use crate::measure::Measure;
use crate::seen::Seen;

/// How an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Everything that tells of it is as it should be.
    Met,
    /// Some of what tells of it is not as it should be.
    Partial,
    /// Something that tells of it is not there at all.
    NotMet,
    /// No measurement can tell: people do it.
    NotAutomatable,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Met, Self::Partial, Self::NotMet, Self::NotAutomatable];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Partial => "partial",
            Self::NotMet => "not-met",
            Self::NotAutomatable => "not-automatable",
        }
    }

    /// The class of its mark on a page.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Met => "pass",
            Self::Partial => "ask",
            Self::NotMet => "stop",
            Self::NotAutomatable => "off",
        }
    }

    /// What its measurements amount to.
    pub(crate) fn of<'m>(measures: impl Iterator<Item = &'m Measure>) -> Self {
        let measures: Vec<&Measure> = measures.collect();
        // INVARIANT I-44: an item that nothing measures is never met.
        if measures.is_empty() {
            Self::NotAutomatable
        } else if measures.iter().all(|measure| measure.is_met()) {
            Self::Met
        } else if measures.iter().any(|measure| measure.is_unmet()) {
            Self::NotMet
        } else {
            Self::Partial
        }
    }
}

/// An item with how it stands.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    /// The item.
    pub item: &'static Item,
    /// How it stands.
    pub state: State,
}

/// Every control measured at one moment, and every item judged by it.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// When it was measured.
    pub at: Timestamp,
    /// How many entries the ledger had: the evidence is what it held before this index.
    pub index: u64,
    /// Each control with its measurement.
    pub measures: BTreeMap<Control, Measure>,
    /// Each item, in the order of the frameworks.
    pub items: Vec<Judged>,
}

impl Assessment {
    /// Measures every control.
    pub(crate) fn of(seen: &Seen) -> Self {
        let measures = Control::ALL.map(|control| (control, control.measure(seen))).into_iter().collect();
        Self::judged(seen.now, seen.index, measures)
    }

    /// Judges every item by these measurements.
    pub(crate) fn judged(at: Timestamp, index: u64, measures: BTreeMap<Control, Measure>) -> Self {
        let judged = |item: &'static Item| {
            let told = item.controls.iter().filter_map(|control| measures.get(control));
            Judged { item, state: State::of(told) }
        };
        let items = items().iter().map(judged).collect();
        Self { at, index, measures, items }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assessed(absent: Option<Control>) -> Assessment {
        let measure = |control| (control, Measure::exists(u64::from(Some(control) != absent)));
        Assessment::judged(Timestamp::from_millis(0), 1, Control::ALL.map(measure).into_iter().collect())
    }

    #[test]
    fn i44_an_item_that_nothing_measures_is_never_met() {
        let all_met = assessed(None);
        for one in &all_met.items {
            let expected = if one.item.controls.is_empty() { State::NotAutomatable } else { State::Met };
            assert_eq!(one.state, expected, "{}", one.item.id());
        }
    }

    #[test]
    fn a_control_that_is_off_changes_exactly_the_items_that_it_tells_of() {
        let before = assessed(None);
        for control in Control::ALL {
            let after = assessed(Some(control));
            for (was, is) in before.items.iter().zip(&after.items) {
                let told = was.item.controls.contains(&control);
                assert_eq!(was.state != is.state, told, "{control:?} {}", was.item.id());
                assert_eq!(is.state == State::NotMet, told, "{control:?} {}", was.item.id());
            }
        }
    }

    #[test]
    fn what_is_so_for_some_is_partial() {
        let some = Measure { have: 1, of: 2, ..Measure::default() };
        assert_eq!(State::of([&some, &Measure::exists(1)].into_iter()), State::Partial);
        assert_eq!(State::of([&some, &Measure::exists(0)].into_iter()), State::NotMet);
    }
}
