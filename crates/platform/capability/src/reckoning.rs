//! What time it is, reckoned from what the system's clock shows, what passed since, and what was seen before. Pure.

/// What the reckoning rests on, in milliseconds: since 1970 for what clocks show, since any moment for what passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reckoning {
    /// What the clock showed at a moment at which it was plausible, and what had passed then. Until there was one: the last time that
    /// was seen before the start.
    pub(crate) shown: i64,
    pub(crate) passed: i64,
    /// Whether the clock was plausible since the start.
    pub(crate) is_anchored: bool,
    /// The latest time that was told: no decision goes by an earlier one.
    pub(crate) floor: i64,
}

/// How far a clock may be off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// While the platform runs, and backwards at its start.
    pub(crate) off: i64,
    /// How long the platform may have been stopped.
    pub(crate) stopped: i64,
}

/// Whether the system's clock can be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockStanding {
    /// It can.
    Plausible,
    /// It shows a time that cannot have come yet, by that number of milliseconds.
    Ahead(i64),
    /// It shows a time that has passed, by that number of milliseconds.
    Behind(i64),
}

impl Reckoning {
    /// The time, and what to reckon from next.
    pub(crate) fn at(mut self, shown: i64, passed: i64, bounds: Bounds) -> (i64, ClockStanding, Self) {
        let expected = self.shown.saturating_add(passed.saturating_sub(self.passed));
        let off = shown.saturating_sub(expected);
        let ahead = if self.is_anchored { bounds.off } else { bounds.stopped };
        let standing = match off {
            _ if off > ahead => ClockStanding::Ahead(off),
            _ if off < -bounds.off => ClockStanding::Behind(-off),
            _ => ClockStanding::Plausible,
        };
        // INVARIANT I-10: what expired stays expired, and nothing expires early, whatever the clock is set to.
        let time = match standing {
            ClockStanding::Plausible => shown.max(self.floor),
            ClockStanding::Ahead(_) | ClockStanding::Behind(_) => expected.max(self.floor),
        };
        if standing == ClockStanding::Plausible && !self.is_anchored {
            (self.shown, self.passed, self.is_anchored) = (shown, passed, true);
        }
        self.floor = time;
        (time, standing, self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;
    const DAY: i64 = 1_440 * MINUTE;
    const BOUNDS: Bounds = Bounds { off: 10 * MINUTE, stopped: 30 * DAY };
    const START: i64 = 20_000 * DAY;

    fn started(shown: i64) -> (i64, ClockStanding, Reckoning) {
        Reckoning { shown: START, passed: 0, is_anchored: false, floor: START }.at(shown, 0, BOUNDS)
    }

    #[test]
    fn i10_a_clock_that_is_off_is_not_gone_by() {
        let (_, standing, reckoning) = started(START + DAY);
        assert_eq!(standing, ClockStanding::Plausible, "it was stopped for a day");
        let half_an_hour_ahead = reckoning.at(START + DAY + 31 * MINUTE, MINUTE, BOUNDS);
        assert_eq!(half_an_hour_ahead.0, START + DAY + MINUTE, "time goes on as it passes");
        assert_eq!(half_an_hour_ahead.1, ClockStanding::Ahead(30 * MINUTE));
        let corrected = half_an_hour_ahead.2.at(START + DAY + 2 * MINUTE, 2 * MINUTE, BOUNDS);
        assert_eq!((corrected.0, corrected.1), (START + DAY + 2 * MINUTE, ClockStanding::Plausible));
    }

    #[test]
    fn i10_a_start_at_another_time_is_noticed_in_both_directions() {
        let (time, standing, reckoning) = started(START - 3_650 * DAY);
        assert_eq!((time, standing), (START, ClockStanding::Behind(3_650 * DAY)));
        // The network's time comes later: then it is plausible.
        assert_eq!(reckoning.at(START + DAY, MINUTE, BOUNDS).1, ClockStanding::Plausible);
        assert_eq!(started(START + 31 * DAY).1, ClockStanding::Ahead(31 * DAY));
        assert_eq!(started(START - 5 * MINUTE).0, START, "never before what was seen");
    }

    proptest! {
        #[test]
        fn i10_time_never_goes_back_and_is_never_further_off_than_the_bound(
            steps in prop::collection::vec((0..DAY, -DAY..DAY), 1..40)
        ) {
            let (mut last, _, mut reckoning) = started(START);
            let mut passed = 0;
            for (step, off) in steps {
                passed += step;
                let (time, _, next) = reckoning.at(START + passed + off, passed, BOUNDS);
                prop_assert!(time >= last);
                prop_assert!((time - START - passed).abs() <= BOUNDS.off);
                (last, reckoning) = (time, next);
            }
        }
    }
}
