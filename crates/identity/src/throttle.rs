//! How fast anybody may guess: pure bookkeeping of failed attempts, bounded in memory.
//!
//! Three scopes count at once. *Account and address*: the delay doubles from the sixth failure on. *Address*: guards
//! against one address trying many accounts. *Account, from addresses that never signed in to it*: guards against
//! many addresses trying one account, and leaves the owner's usual addresses alone, so that nobody can lock an owner
//! out by failing on purpose. An attempt counts as failed from its start, so that a hundred at once do not all slip
//! through before the first of them has failed.

use std::collections::{BTreeSet, HashMap};

use sekisho_model::{Span, Timestamp};

/// What is counted about an attempt: digests, never names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// The account together with the address.
    pub pair: Key,
    /// The address.
    pub address: Key,
    /// The account; `None` from an address that has signed in to it before.
    pub stranger: Option<Key>,
}

/// A digest of an account, an address or both.
pub(crate) type Key = [u8; 16];

/// The memory of failed attempts.
#[derive(Debug)]
pub(crate) struct Throttle {
    pairs: Scope,
    addresses: Scope,
    strangers: Scope,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::with_capacity(50_000)
    }
}

impl Throttle {
    /// A throttle that remembers at most that many keys in each scope.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let scope = |free, longest_minutes| Scope {
            capacity,
            free,
            longest: Span::from_minutes(longest_minutes),
            counts: HashMap::new(),
            by_age: BTreeSet::new(),
        };
        Self { pairs: scope(5, 15), addresses: scope(30, 5), strangers: scope(50, 15) }
    }

    /// Begins an attempt: how often it has failed before, of this pair or of strangers to the account; or how long to wait.
    pub(crate) fn begin(&mut self, attempt: &Attempt, now: Timestamp) -> Result<u32, Span> {
        let stranger = attempt.stranger.as_ref().map(|key| self.strangers.wait(key, now));
        let waits = [self.pairs.wait(&attempt.pair, now), self.addresses.wait(&attempt.address, now)];
        let longest = waits.into_iter().chain(stranger).max().unwrap_or(Span::ZERO);
        if longest > Span::ZERO {
            return Err(longest);
        }
        self.addresses.count(attempt.address, now);
        let strangers = attempt.stranger.map_or(0, |key| self.strangers.count(key, now));
        Ok(self.pairs.count(attempt.pair, now).max(strangers))
    }

    /// Takes the attempt back: it did not fail, but proved only a part (one of two factors), or was never checked.
    pub(crate) fn undo(&mut self, attempt: &Attempt) {
        self.pairs.undo(&attempt.pair);
        self.undo_wider(attempt);
    }

    /// The attempt completed a sign-in: the pair starts anew. The address and the account only forget this one attempt,
    /// or an attacker could wash an address clean with an account of their own.
    pub(crate) fn succeeded(&mut self, attempt: &Attempt) {
        self.pairs.forget(&attempt.pair);
        self.undo_wider(attempt);
    }

    fn undo_wider(&mut self, attempt: &Attempt) {
        self.addresses.undo(&attempt.address);
        if let Some(key) = &attempt.stranger {
            self.strangers.undo(key);
        }
    }
}

/// How long a failure is remembered after the last one.
const MEMORY: Span = Span::from_minutes(60);

#[derive(Debug)]
struct Scope {
    capacity: usize,
    free: u32,
    longest: Span,
    counts: HashMap<Key, Count>,
    by_age: BTreeSet<(Timestamp, Key)>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    failures: u32,
    last: Timestamp,
}

impl Scope {
    /// How long this key must wait now.
    fn wait(&self, key: &Key, now: Timestamp) -> Span {
        let Some(count) = self.counts.get(key) else { return Span::ZERO };
        let Some(over) = count.failures.checked_sub(self.free) else { return Span::ZERO };
        let delay = Span::from_seconds(1_i64 << over.min(20)).min(self.longest);
        count.last.plus(delay).since(now).max(Span::ZERO)
    }

    /// Counts a failure and says how many there were before.
    fn count(&mut self, key: Key, now: Timestamp) -> u32 {
        self.drop_old(now);
        let before = match self.counts.get(&key) {
            Some(count) => {
                self.by_age.remove(&(count.last, key));
                count.failures
            }
            None => 0,
        };
        self.counts.insert(key, Count { failures: before.saturating_add(1), last: now });
        self.by_age.insert((now, key));
        if self.counts.len() > self.capacity {
            self.drop_oldest();
        }
        before
    }

    fn undo(&mut self, key: &Key) {
        let Some(count) = self.counts.get_mut(key) else { return };
        count.failures = count.failures.saturating_sub(1);
        if count.failures == 0 {
            self.forget(key);
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(count) = self.counts.remove(key) {
            self.by_age.remove(&(count.last, *key));
        }
    }

    fn drop_old(&mut self, now: Timestamp) {
        while self.by_age.first().is_some_and(|(last, _)| now.since(*last) > MEMORY) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, key)) = self.by_age.pop_first() {
            self.counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000).plus(Span::from_seconds(seconds))
    }

    fn attempt(account: u8, address: u8, familiar: bool) -> Attempt {
        let mut pair = [account; 16];
        pair[0] = address;
        Attempt { pair, address: [address; 16], stranger: (!familiar).then_some([account; 16]) }
    }

    #[test]
    fn the_delay_doubles_after_five_failures_and_ends() {
        let mut throttle = Throttle::default();
        let guess = attempt(1, 1, true);
        for n in 0..5 {
            assert_eq!(throttle.begin(&guess, at(0)), Ok(n));
        }
        assert_eq!(throttle.begin(&guess, at(0)), Err(Span::from_seconds(1)));
        assert_eq!(throttle.begin(&guess, at(1)), Ok(5));
        assert_eq!(throttle.begin(&guess, at(2)), Err(Span::from_seconds(1)));
        assert_eq!(throttle.begin(&guess, at(3)), Ok(6));
        assert_eq!(throttle.begin(&guess, at(3)), Err(Span::from_seconds(4)));
        assert!(throttle.begin(&guess, at(3 + 3601)).is_ok());
    }

    #[test]
    fn ten_thousand_guesses_take_months() {
        let mut throttle = Throttle::default();
        let (mut now, mut guesses) = (at(0), 0);
        while guesses < 10_000 {
            match throttle.begin(&attempt(1, 1, false), now) {
                Ok(_) => guesses += 1,
                Err(wait) => now = now.plus(wait),
            }
        }
        assert!(now.since(at(0)) > Span::from_minutes(60 * 24 * 90));
    }

    #[test]
    fn an_owner_at_a_usual_address_is_not_locked_out_by_others() {
        let mut throttle = Throttle::default();
        for address in 0..200 {
            for _ in 0..5 {
                let _ = throttle.begin(&attempt(1, address, false), at(0));
            }
        }
        assert!(throttle.begin(&attempt(1, 250, false), at(0)).is_err());
        assert_eq!(throttle.begin(&attempt(1, 251, true), at(0)), Ok(0));
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_slowed_and_others_are_not() {
        let mut throttle = Throttle::default();
        let let_through =
            (0..200).filter(|account| throttle.begin(&attempt(*account, 9, false), at(0)).is_ok()).count();
        assert_eq!(let_through, 30);
        assert_eq!(throttle.begin(&attempt(201, 8, false), at(0)), Ok(0));
    }

    #[test]
    fn success_clears_the_pair_but_does_not_wash_the_address() {
        let mut throttle = Throttle::default();
        for account in 0..29 {
            assert!(throttle.begin(&attempt(account, 9, false), at(0)).is_ok());
        }
        let own = attempt(100, 9, true);
        assert!(throttle.begin(&own, at(0)).is_ok());
        throttle.succeeded(&own);
        assert!(throttle.begin(&attempt(50, 9, false), at(0)).is_ok());
        assert!(throttle.begin(&attempt(51, 9, false), at(0)).is_err());
        assert!(throttle.begin(&own, at(0)).is_err());
    }

    proptest! {
        #[test]
        fn memory_stays_bounded_and_consistent(
            steps in proptest::collection::vec((any::<u8>(), any::<u8>(), 0_u8..4, 0_i64..5000), 1..300)
        ) {
            let mut throttle = Throttle::with_capacity(20);
            let mut now = at(0);
            for (account, address, what, later) in steps {
                let guess = attempt(account, address, what == 3);
                now = now.plus(Span::from_seconds(later));
                match what {
                    0 => throttle.undo(&guess),
                    1 => throttle.succeeded(&guess),
                    _ => { let _ = throttle.begin(&guess, now); }
                }
                for scope in [&throttle.pairs, &throttle.addresses, &throttle.strangers] {
                    prop_assert!(scope.counts.len() <= 20);
                    prop_assert_eq!(scope.counts.len(), scope.by_age.len());
                }
            }
        }
    }
}
