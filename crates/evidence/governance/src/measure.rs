//! What a control measured: how many of how many, and which are lacking.

/// How many lacking things are named.
const NAMED: usize = 5;

/// A measurement: `have` of `of` are as they should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measure {
    /// How many are as they should be.
    pub have: u64,
    /// How many there are.
    pub of: u64,
    /// Some of those that are not, by identifier.
    pub lacking: Vec<String>,
    /// Whether nothing to measure means that all is well, as it does where the things themselves are a risk.
    pub empty_is_met: bool,
}

impl Measure {
    /// Each of these things, with whether it is as it should be. Nothing at all is not met.
    pub fn of_each(things: impl Iterator<Item = (bool, String)>) -> Self {
        let mut measure = Self::default();
        for (is_sound, name) in things {
            measure.of += 1;
            if is_sound {
                measure.have += 1;
            } else if measure.lacking.len() < NAMED {
                measure.lacking.push(name);
            }
        }
        measure
    }

    /// The same, where nothing at all is met.
    pub fn of_each_if_any(things: impl Iterator<Item = (bool, String)>) -> Self {
        Self { empty_is_met: true, ..Self::of_each(things) }
    }

    /// Something must be there.
    #[must_use]
    pub fn exists(count: u64) -> Self {
        Self { have: count.min(1), of: 1, ..Self::default() }
    }

    /// Whether all are as they should be.
    #[must_use]
    pub const fn is_met(&self) -> bool {
        self.have == self.of && (self.of > 0 || self.empty_is_met)
    }

    /// Whether none is.
    #[must_use]
    pub const fn is_unmet(&self) -> bool {
        self.have == 0 && !self.is_met()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_measure_is_met_only_where_things_are_a_risk() {
        assert!(!Measure::of_each(std::iter::empty()).is_met());
        assert!(Measure::of_each(std::iter::empty()).is_unmet());
        assert!(Measure::of_each_if_any(std::iter::empty()).is_met());
        assert!(Measure::exists(0).is_unmet());
        assert!(Measure::exists(7).is_met());
    }

    #[test]
    fn some_are_neither_all_nor_none() {
        let measure = Measure::of_each((0..20).map(|n| (n % 2 == 0, n.to_string())));
        assert_eq!((measure.have, measure.of, measure.lacking.len()), (10, 20, NAMED));
        assert!(!measure.is_met() && !measure.is_unmet());
    }
}
