//! A risk score and why: shares that add up to it exactly.

use arcstr::ArcStr;
use sekisho_model::Timestamp;

/// One signal's part of a risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// The signal's name: a stable code.
    pub name: ArcStr,
    /// How much the signal weighs by itself, 1 to 100.
    pub weight: u8,
    /// Its part of the score. Less than its weight when the weights together exceed 100.
    pub share: u8,
    /// When it stops counting, if time alone ends it.
    pub ends_at: Option<Timestamp>,
}

/// A risk from 0 to 100, with the signals that make it. No signals, no allocation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Risk {
    /// The score.
    pub score: u8,
    /// Why: the shares add up to the score. The heaviest first, then by name.
    pub contributions: Vec<Contribution>,
    /// When the score next changes if no fact does.
    pub changes_at: Option<Timestamp>,
}

impl Contribution {
    /// A contribution whose share is not known yet.
    pub(super) fn new(name: ArcStr, weight: u8, ends_at: Option<Timestamp>) -> Self {
        Self { name, weight: weight.min(FULL), share: 0, ends_at }
    }
}

/// The highest score.
const FULL: u8 = 100;

impl Risk {
    /// The risk of these contributions: their weights summed, at most 100.
    pub(super) fn new(mut contributions: Vec<Contribution>) -> Self {
        contributions.retain(|part| part.weight > 0);
        contributions.sort_unstable_by(|a, b| {
            (b.weight, a.name.as_str(), a.ends_at).cmp(&(a.weight, b.name.as_str(), b.ends_at))
        });
        let changes_at = contributions.iter().filter_map(|part| part.ends_at).min();
        let score = apportion(&mut contributions);
        Self { score, contributions, changes_at }
    }

    /// 100 less the score.
    #[must_use]
    pub const fn trust(&self) -> u8 {
        FULL.saturating_sub(self.score)
    }

    /// The risk that would remain without the signals of a name. Used to ask "what if".
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self::new(self.contributions.iter().filter(|part| part.name.as_str() != name).cloned().collect())
    }
}

/// Gives each contribution its share and returns the score. Above 100, each share is the weight scaled down and rounded
/// down, and what rounding left over goes by one each to the largest remainders, the earlier one first.
fn apportion(contributions: &mut [Contribution]) -> u8 {
    let total: u64 = contributions.iter().map(|part| u64::from(part.weight)).sum();
    if total <= u64::from(FULL) {
        for part in contributions.iter_mut() {
            part.share = part.weight;
        }
        return u8::try_from(total).unwrap_or(FULL);
    }
    let scaled = |part: &Contribution| u64::from(part.weight) * u64::from(FULL);
    let mut left = FULL;
    for part in contributions.iter_mut() {
        part.share = u8::try_from(scaled(part) / total).unwrap_or(FULL);
        left = left.saturating_sub(part.share);
    }
    let mut by_remainder: Vec<&mut Contribution> = contributions.iter_mut().collect();
    by_remainder.sort_by_key(|part| std::cmp::Reverse(scaled(part) % total));
    for part in by_remainder.into_iter().take(usize::from(left)) {
        part.share = part.share.saturating_add(1);
    }
    FULL
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(weights: &[u8]) -> Vec<Contribution> {
        let part = |(n, weight): (usize, &u8)| Contribution::new(format!("signal-{n}").into(), *weight, None);
        weights.iter().enumerate().map(part).collect()
    }

    #[test]
    fn no_signal_is_no_risk_and_no_allocation() {
        let risk = Risk::new(Vec::new());
        assert_eq!((risk.score, risk.trust(), risk.contributions.capacity()), (0, 100, 0));
    }

    #[test]
    fn weights_below_the_cap_are_the_shares() {
        let risk = Risk::new(parts(&[10, 40]));
        assert_eq!(risk.score, 50);
        assert_eq!(risk.contributions.iter().map(|part| part.share).collect::<Vec<_>>(), [40, 10]);
    }

    #[test]
    fn a_signal_can_be_taken_away() {
        let risk = Risk::new(parts(&[80, 40]));
        assert_eq!(risk.score, 100);
        assert_eq!(risk.without("signal-0").score, 40);
        assert_eq!(risk.without("nothing"), risk);
    }

    #[test]
    fn the_next_end_is_when_it_changes() {
        let at = |n| Some(Timestamp::from_millis(n));
        let mut two = parts(&[1, 2]);
        for (part, end) in two.iter_mut().zip([9, 5]) {
            part.ends_at = at(end);
        }
        assert_eq!(Risk::new(two).changes_at, at(5));
    }

    proptest! {
        #[test]
        fn shares_add_up_exactly_and_do_not_depend_on_order(
            weights in proptest::collection::vec(0_u8..=100, 0..400), seed in any::<u64>()
        ) {
            let risk = Risk::new(parts(&weights));
            let sum: u64 = risk.contributions.iter().map(|part| u64::from(part.share)).sum();
            prop_assert_eq!(sum, u64::from(risk.score));
            prop_assert_eq!(u64::from(risk.score), weights.iter().map(|w| u64::from(*w)).sum::<u64>().min(100));
            prop_assert!(risk.contributions.iter().all(|part| part.share <= part.weight));
            let mut shuffled = parts(&weights);
            shuffled.sort_by_key(|part| part.name.bytes().fold(seed, |h, b| h.rotate_left(9) ^ u64::from(b)));
            prop_assert_eq!(Risk::new(shuffled), risk);
        }
    }
}
