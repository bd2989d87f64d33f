//! What is printed, and the few statistics behind it.

use std::io::Write;

/// One line to standard output.
pub(crate) fn line(text: &str) {
    // A reader that went away is no reason to fail.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A ratio and the least that it must be.
pub(crate) fn goal(what: &str, ratio: f64, at_least: f64) {
    let verdict = if ratio >= at_least { "" } else { "  MISSED" };
    line(&format!("{what} {ratio:.2} x (goal at least {at_least} x){verdict}"));
}

/// The value below which that share of the values lies, by nearest rank; 0 of nothing.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let below = |at: &usize| (0..=*at).count() as f64 >= share * sorted.len() as f64;
    let at = (0..sorted.len()).find(below).unwrap_or_default();
    sorted.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_by_nearest_rank() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!([quantile(&values, 0.5), quantile(&values, 0.99), quantile(&values, 1.0)], [50.0, 99.0, 100.0]);
        assert_eq!([quantile(&[3.0, 1.0, 2.0], 0.5), quantile(&[], 0.5)], [2.0, 0.0]);
    }
}
