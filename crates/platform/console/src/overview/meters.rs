//! Rows of a figure each: a name that leads to the rows behind it, a number, and its part of the whole.

/// One row.
pub(super) struct Meter {
    /// What is counted.
    pub(super) name: String,
    /// Where the rows behind it are.
    pub(super) href: String,
    /// How many.
    pub(super) count: u64,
    /// How many there are of all.
    pub(super) of: u64,
    /// How it looks: `pass`, `ask`, `stop` or `off`.
    pub(super) class: &'static str,
}

impl Meter {
    /// The length of its bar, from 0 to 100.
    pub(super) fn width(&self) -> u64 {
        match self.of {
            0 => 0,
            of => self.count.saturating_mul(100).div_ceil(of).min(100),
        }
    }
}

/// Rows with these names, places, counts and looks, each as a part of the sum.
pub(super) fn meters(rows: impl IntoIterator<Item = (String, String, u64, &'static str)>) -> Vec<Meter> {
    let rows: Vec<_> = rows.into_iter().collect();
    let of = rows.iter().map(|(_, _, count, _)| count).sum();
    rows.into_iter().map(|(name, href, count, class)| Meter { name, href, count, of, class }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_as_long_as_its_part_and_what_is_there_is_seen() {
        let row = |count| (String::new(), String::new(), count, "pass");
        let widths =
            |counts: &[u64]| meters(counts.iter().copied().map(row)).iter().map(Meter::width).collect::<Vec<_>>();
        assert_eq!(widths(&[0, 0]), [0, 0]);
        assert_eq!(widths(&[1, 3]), [25, 75]);
        assert_eq!(widths(&[1, 99_999]), [1, 100]);
    }
}
