//! How long it took from facts to the cuts that they caused, as a histogram.

/// The upper ends of the histogram's parts in milliseconds. What took longer is in one more part behind them.
pub const DELAYS_MS: [u64; 9] = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000];

/// Cuts by the time from the fact to the cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delays {
    parts: [u64; DELAYS_MS.len() + 1],
    longest_ms: u64,
}

impl Delays {
    /// Counts one cut.
    pub fn add(&mut self, delay_ms: u64) {
        let part = DELAYS_MS.iter().position(|end| delay_ms <= *end).unwrap_or(DELAYS_MS.len());
        if let Some(count) = self.parts.get_mut(part) {
            *count = count.saturating_add(1);
        }
        self.longest_ms = self.longest_ms.max(delay_ms);
    }

    /// Counts those of another histogram too.
    pub fn add_all(&mut self, other: &Self) {
        for (count, more) in self.parts.iter_mut().zip(other.parts) {
            *count = count.saturating_add(more);
        }
        self.longest_ms = self.longest_ms.max(other.longest_ms);
    }

    /// How many cuts there are in each part: those up to each of [`DELAYS_MS`] and above the one before, and those above all.
    #[must_use]
    pub const fn parts(&self) -> &[u64] {
        &self.parts
    }

    /// How many cuts there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(*part))
    }

    /// The longest time in milliseconds.
    #[must_use]
    pub const fn longest_ms(&self) -> u64 {
        self.longest_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cut_is_in_exactly_one_part() {
        let mut delays = Delays::default();
        for delay in [0, 10, 11, 1_000, 1_001, 5_000, 5_001, u64::MAX] {
            delays.add(delay);
        }
        assert_eq!(delays.parts(), [2, 1, 0, 0, 0, 0, 1, 1, 1, 2]);
        assert_eq!((delays.count(), delays.longest_ms()), (8, u64::MAX));
        let mut both = Delays::default();
        both.add(30);
        both.add_all(&delays);
        assert_eq!((both.count(), both.longest_ms()), (9, u64::MAX));
    }
}
