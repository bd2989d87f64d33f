//! How long decisions may rest on a World that nobody confirms.

use std::time::Duration;

use sekisho_model::{CLOCK_LEEWAY, Timestamp};

/// Whether decisions may still rest on a World that was last known to be whole at `confirmed`.
///
/// A confirmation of the future is none, but for what clocks are corrected by: whoever puts a clock back would otherwise
/// lengthen every lease by as much.
#[must_use]
pub fn lease_holds(confirmed: Timestamp, lease: Duration, now: Timestamp) -> bool {
    let age = now.since(confirmed).as_millis();
    age >= -CLOCK_LEEWAY.as_millis() && u128::try_from(age).unwrap_or(0) <= lease.as_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_holds_until_it_ends_and_not_for_a_confirmation_of_the_future() {
        let confirmed = Timestamp::from_millis(1_000_000);
        let holds = |now| lease_holds(confirmed, Duration::from_secs(3), Timestamp::from_millis(now));
        assert!(holds(1_000_000) && holds(1_003_000));
        assert!(!holds(1_003_001) && !holds(i64::MAX));
        let back = CLOCK_LEEWAY.as_millis();
        assert!(holds(1_000_000 - back));
        assert!(!holds(1_000_000 - back - 1) && !holds(i64::MIN));
    }
}
