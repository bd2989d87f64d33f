//! How often something may happen per key: so many at once, then one per interval.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sekisho_model::{Span, Timestamp};

/// The most keys that are remembered; beyond them, new keys are refused until old ones are forgotten.
const MAX_KEYS: usize = 65_536;

/// A rate limit per key, kept as the time at which the key's allowance will be whole again.
pub struct Limiter {
    interval: i64,
    burst: i64,
    whole_at: Mutex<HashMap<String, i64>>,
}

impl Limiter {
    /// A limit of `burst` at once and then one per `interval`.
    #[must_use]
    pub fn new(burst: u16, interval: Span) -> Self {
        let interval = interval.as_millis();
        Self { interval, burst: interval.saturating_mul(i64::from(burst)), whole_at: Mutex::default() }
    }

    /// Takes one from the key's allowance, if there is one.
    pub fn take(&self, key: &str, now: Timestamp) -> bool {
        let now = now.as_millis();
        let mut keys = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= MAX_KEYS && !keys.contains_key(key) {
            keys.retain(|_, whole_at| *whole_at > now);
            if keys.len() >= MAX_KEYS {
                return false;
            }
        }
        let whole_at = get(&keys, key).max(now).saturating_add(self.interval);
        let allowed = whole_at.saturating_sub(now) <= self.burst;
        if allowed {
            keys.insert(key.to_owned(), whole_at);
        }
        allowed
    }

    /// Gives one back: what was taken turned out not to count.
    pub fn give_back(&self, key: &str) {
        let mut keys = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whole_at) = keys.get_mut(key) {
            *whole_at = whole_at.saturating_sub(self.interval);
        }
    }
}

fn get(keys: &HashMap<String, i64>, key: &str) -> i64 {
    keys.get(key).copied().unwrap_or(i64::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn so_many_at_once_and_then_one_per_interval() {
        let limiter = Limiter::new(3, Span::from_seconds(1));
        assert_eq!((0..10).filter(|_| limiter.take("a", at(0))).count(), 3);
        assert!(limiter.take("b", at(0)), "another key has an allowance of its own");
        assert!(!limiter.take("a", at(999)));
        assert!(limiter.take("a", at(1000)));
        assert!(!limiter.take("a", at(1000)));
        assert_eq!((0..10).filter(|_| limiter.take("a", at(100_000))).count(), 3);
    }

    #[test]
    fn what_is_given_back_can_be_taken() {
        let limiter = Limiter::new(1, Span::from_seconds(1));
        assert!(limiter.take("a", at(0)));
        assert!(!limiter.take("a", at(0)));
        limiter.give_back("a");
        assert!(limiter.take("a", at(0)));
    }

    #[test]
    fn the_memory_is_bounded_and_recovers() {
        let limiter = Limiter::new(1, Span::from_seconds(1));
        assert_eq!((0..MAX_KEYS + 10).filter(|n| limiter.take(&n.to_string(), at(0))).count(), MAX_KEYS);
        assert!(limiter.take("new", at(1000)));
    }
}
