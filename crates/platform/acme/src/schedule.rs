//! When to renew and when to try again. Pure: the clock and the dice are arguments.

use sekisho_model::{Span, Timestamp};

use crate::failure::OrderFailure;

/// A random number, evenly spread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dice(pub(crate) u16);

impl Dice {
    /// A random part of a span.
    fn of(self, span: Span) -> Span {
        let part = i128::from(span.as_millis()) * i128::from(self.0) / i128::from(u16::MAX);
        Span::from_millis(i64::try_from(part).unwrap_or(0))
    }
}

/// The least time between two certificates for a host, however short they live: other hosts have their turn.
const LEAST: Span = Span::from_seconds(5);

/// Renews with a third of the life left, and a little earlier by chance, so that not everything is renewed at once.
pub(crate) fn renew_at(from: Timestamp, until: Timestamp, dice: Dice) -> Timestamp {
    let life = until.since(from).as_millis();
    let early = dice.of(Span::from_millis(life / 60)).as_millis();
    let at = Timestamp::from_millis(until.as_millis().saturating_sub(life / 3).saturating_sub(early));
    at.max(from.plus(LEAST))
}

/// A moment within the window that an authority suggests (RFC 9773, section 4.2), but with a tenth of the life left at the
/// latest: an authority that errs must not have a certificate end unrenewed.
pub(crate) fn within(
    (start, end): (Timestamp, Timestamp),
    (from, until): (Timestamp, Timestamp),
    dice: Dice,
) -> Timestamp {
    let tenth = until.since(from).as_millis() / 10;
    start.plus(dice.of(end.since(start))).min(Timestamp::from_millis(until.as_millis().saturating_sub(tenth)))
}

/// When an authority is asked again for its suggestion: as it says, within bounds (RFC 9773, section 4.3).
pub(crate) fn ask_again(said: Span) -> Span {
    said.clamp(Span::from_minutes(1), Span::from_minutes(24 * 60))
}

/// How long to wait after so many failures in a row: longer each time, with jitter, or as long as the authority says.
pub(crate) fn wait_after(failure: &OrderFailure, failures: u32, dice: Dice) -> Span {
    let (first, most) = match failure {
        OrderFailure::Limited { wait: Some(wait), .. } => {
            let wait = (*wait).clamp(Span::from_seconds(1), Span::from_minutes(24 * 60));
            return Span::from_millis(wait.as_millis() + dice.of(Span::from_seconds(1)).as_millis());
        }
        OrderFailure::Limited { wait: None, .. } => (Span::from_minutes(60), Span::from_minutes(12 * 60)),
        // Authorities count failed validations: few are allowed in an hour.
        OrderFailure::Refused(_) | OrderFailure::Unusable(_) => (Span::from_minutes(5), Span::from_minutes(6 * 60)),
        OrderFailure::Unreachable(_) | OrderFailure::NoAccount | OrderFailure::Own(_) => {
            (Span::from_seconds(5), Span::from_minutes(60))
        }
    };
    let doubled = first.as_millis().saturating_mul(1_i64 << failures.saturating_sub(1).min(20));
    let wait = Span::from_millis(doubled.min(most.as_millis()));
    Span::from_millis(wait.as_millis() + dice.of(Span::from_millis(wait.as_millis() / 4)).as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLIEST: Dice = Dice(0);
    const LATEST: Dice = Dice(u16::MAX);

    #[test]
    fn a_third_of_the_life_is_left() {
        let (from, until) = (Timestamp::from_millis(0), Timestamp::from_millis(90_000));
        assert_eq!(renew_at(from, until, EARLIEST).as_millis(), 60_000);
        assert_eq!(renew_at(from, until, LATEST).as_millis(), 58_500);
    }

    #[test]
    fn the_suggested_window_is_kept() {
        let (start, end) = (Timestamp::from_millis(1000), Timestamp::from_millis(3000));
        let life = (Timestamp::from_millis(0), Timestamp::from_millis(9000));
        assert_eq!((within((start, end), life, EARLIEST), within((start, end), life, LATEST)), (start, end));
        assert_eq!(ask_again(Span::ZERO), Span::from_minutes(1));
        assert_eq!(ask_again(Span::from_minutes(100_000)), Span::from_minutes(1440));
    }

    #[test]
    fn no_suggestion_lets_a_certificate_end_unrenewed() {
        let life = (Timestamp::from_millis(0), Timestamp::from_millis(90_000));
        for window in [(81_001, 100_000), (90_000, 90_001), (i64::MAX - 1, i64::MAX)] {
            let window = (Timestamp::from_millis(window.0), Timestamp::from_millis(window.1));
            assert_eq!(within(window, life, EARLIEST).as_millis(), 81_000);
        }
    }

    #[test]
    fn what_has_ended_when_it_comes_is_not_ordered_again_at_once() {
        let from = Timestamp::from_millis(1000);
        for until in [0, 1000, 1001, 3000] {
            assert_eq!(renew_at(from, Timestamp::from_millis(until), EARLIEST).as_millis(), 6000);
        }
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        let unreachable = OrderFailure::Unreachable(String::new());
        let seconds = |failures, dice| wait_after(&unreachable, failures, dice).as_seconds();
        assert_eq!([1, 2, 3].map(|failures| seconds(failures, EARLIEST)), [5, 10, 20]);
        assert_eq!((seconds(1, LATEST), seconds(40, EARLIEST), seconds(u32::MAX, LATEST)), (6, 3600, 4500));
        let refused = OrderFailure::Refused(String::new());
        assert_eq!(wait_after(&refused, 1, EARLIEST), Span::from_minutes(5));
    }

    #[test]
    fn an_authority_says_how_long_within_reason() {
        let limited = |wait| OrderFailure::Limited { detail: String::new(), wait };
        let wait = |seconds| wait_after(&limited(Some(Span::from_seconds(seconds))), 9, EARLIEST).as_seconds();
        assert_eq!([wait(-5), wait(30), wait(i64::MAX)], [1, 30, 86_400]);
        assert_eq!(wait_after(&limited(None), 1, EARLIEST), Span::from_minutes(60));
    }
}
