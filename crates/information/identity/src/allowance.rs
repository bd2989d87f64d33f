//! How many one-time documents each holder may have made: a fixed number in a window, bounded in memory.

use std::collections::HashMap;

use sekisho_model::{Span, Timestamp};

use crate::throttle::Key;

/// How many one-time documents a holder may have made within [`WINDOW`]; more are refused until it ends. A browser that opens a page
/// for each of its tabs needs one for each.
pub(crate) const AT_MOST: u32 = 120;
/// The window. One-time documents live for 30 seconds to 5 minutes, so a holder has at most six times [`AT_MOST`] of them at a time.
const WINDOW: Span = Span::from_minutes(1);
/// The number of holders that are counted. Where there are more, the windows that ended are forgotten, and then all of them.
const HOLDERS: usize = 100_000;

/// What each holder has had made lately.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    windows: HashMap<Key, Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends_at: Timestamp,
    made: u32,
}

impl Allowance {
    /// Takes one out of a holder's allowance, or says how long to wait.
    pub(crate) fn take(&mut self, holder: Key, now: Timestamp) -> Result<(), Span> {
        if self.windows.len() >= HOLDERS && !self.windows.contains_key(&holder) {
            self.windows.retain(|_, window| now < window.ends_at);
            if self.windows.len() >= HOLDERS {
                self.windows.clear();
            }
        }
        let fresh = Window { ends_at: now.plus(WINDOW), made: 0 };
        let window = self.windows.entry(holder).or_insert(fresh);
        // A clock that was set back does not make anybody wait longer than a window.
        if now >= window.ends_at || window.ends_at.since(now) > WINDOW {
            *window = fresh;
        }
        if window.made >= AT_MOST {
            return Err(window.ends_at.since(now));
        }
        window.made += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000).plus(Span::from_seconds(seconds))
    }

    #[test]
    fn a_holder_gets_so_many_in_a_window_and_others_theirs() {
        let mut allowance = Allowance::default();
        for _ in 0..AT_MOST {
            assert_eq!(allowance.take([1; 16], at(0)), Ok(()));
        }
        assert_eq!(allowance.take([1; 16], at(10)), Err(Span::from_seconds(50)));
        assert_eq!(allowance.take([2; 16], at(10)), Ok(()));
        assert_eq!(allowance.take([1; 16], at(60)), Ok(()));
    }

    #[test]
    fn holders_are_bounded() {
        let mut allowance = Allowance::default();
        for number in 0..HOLDERS + 10 {
            let mut holder = [0; 16];
            holder[..8].copy_from_slice(&number.to_be_bytes());
            assert_eq!(allowance.take(holder, at(0)), Ok(()));
        }
        assert!(allowance.windows.len() <= HOLDERS);
    }
}
