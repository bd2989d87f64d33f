//! How fast anybody may guess: pure bookkeeping of failed attempts, bounded in memory.
//!
//! Three scopes count at once. *Account and address*: the delay doubles from the sixth failure on. *Address*: guards
//! against one address trying many accounts. *Account, from addresses that never signed in to it*: guards against
//! many addresses trying one account, and leaves the owner's usual addresses alone, so that nobody can lock an owner
//! out by failing on purpose. An attempt counts as failed from its start, so that a hundred at once do not all slip
//! through before the first of them has failed.
//!
//! What was begun is a [`Ticket`], with which that one attempt can be taken back, once: what it added is gone, to the waiting
//! time too, and what anybody else's attempt added stays.

mod scope;

use sekisho_model::{Span, Timestamp};

use scope::{Counted, Scope};

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

/// An attempt that was let begin.
#[derive(Debug)]
pub(crate) struct Begun {
    /// How often it has failed before, of this pair or of strangers to the account.
    pub before: u32,
    /// With which it can be taken back.
    pub ticket: Ticket,
}

/// One attempt as it was counted. It is used up by taking the attempt back; dropped, the attempt has failed.
#[derive(Debug)]
pub(crate) struct Ticket {
    pair: Counted,
    address: Counted,
    stranger: Option<Counted>,
}

/// The memory of failed attempts.
#[derive(Debug)]
pub(crate) struct Throttle {
    /// The number of the last attempt.
    number: u64,
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
        let scope = |free, longest_minutes| Scope::new(capacity, free, Span::from_minutes(longest_minutes));
        Self { number: 0, pairs: scope(5, 15), addresses: scope(30, 5), strangers: scope(50, 15) }
    }

    /// Begins an attempt, or says how long to wait.
    pub(crate) fn begin(&mut self, attempt: &Attempt, now: Timestamp) -> Result<Begun, Span> {
        let stranger = attempt.stranger.as_ref().map(|key| self.strangers.wait(key, now));
        let waits = [self.pairs.wait(&attempt.pair, now), self.addresses.wait(&attempt.address, now)];
        let longest = waits.into_iter().chain(stranger).max().unwrap_or(Span::ZERO);
        if longest > Span::ZERO {
            return Err(longest);
        }
        self.number += 1;
        let ticket = Ticket {
            pair: self.pairs.count(attempt.pair, self.number, now),
            address: self.addresses.count(attempt.address, self.number, now),
            stranger: attempt.stranger.map(|key| self.strangers.count(key, self.number, now)),
        };
        let strangers = ticket.stranger.as_ref().map_or(0, |counted| counted.failures_before);
        Ok(Begun { before: ticket.pair.failures_before.max(strangers), ticket })
    }

    /// Takes the attempt back: it did not fail, but proved only a part (one of two factors), or was never checked. Nobody waits
    /// longer for it: whoever proves the first factor would otherwise be kept from the second one.
    pub(crate) fn undo(&mut self, ticket: Ticket) {
        self.pairs.undo(&ticket.pair);
        self.undo_wider(&ticket);
    }

    /// The attempt completed a sign-in: the pair starts anew. The address and the account only forget this one attempt,
    /// or an attacker could wash an address clean with an account of their own.
    pub(crate) fn succeeded(&mut self, ticket: Ticket) {
        self.pairs.forget(&ticket.pair.key);
        self.undo_wider(&ticket);
    }

    fn undo_wider(&mut self, ticket: &Ticket) {
        self.addresses.undo(&ticket.address);
        if let Some(counted) = &ticket.stranger {
            self.strangers.undo(counted);
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

    fn begin(throttle: &mut Throttle, attempt: &Attempt, now: Timestamp) -> Result<u32, Span> {
        throttle.begin(attempt, now).map(|begun| begun.before)
    }

    #[test]
    fn a_proven_part_does_not_make_anybody_wait_and_gives_no_guess_away() {
        let mut throttle = Throttle::default();
        let who = attempt(1, 1, true);
        for n in 0..6 {
            assert_eq!(begin(&mut throttle, &who, at(n)), Ok(u32::try_from(n).expect("few")));
        }
        // The first factor is right, again and again, as soon as the wait is over: each guess at the second one counts.
        let mut now = at(7);
        for n in 6..12 {
            let first = throttle.begin(&who, now).expect("the wait is over");
            throttle.undo(first.ticket);
            assert_eq!(begin(&mut throttle, &who, now), Ok(n));
            let wait = Span::from_seconds(1 << (n - 4));
            assert_eq!(begin(&mut throttle, &who, now), Err(wait), "the first factor waits too");
            now = now.plus(wait);
        }
    }

    #[test]
    fn the_failure_of_another_stays_when_an_attempt_is_taken_back() {
        let mut throttle = Throttle::default();
        let who = attempt(1, 1, true);
        for _ in 0..4 {
            assert!(throttle.begin(&who, at(0)).is_ok());
        }
        // Two at the same moment, of which the first proves a part.
        let proven = throttle.begin(&who, at(9)).expect("let begin");
        throttle.undo(proven.ticket);
        let proven = throttle.begin(&who, at(9)).expect("let begin");
        throttle.number += 1;
        let number = throttle.number;
        throttle.pairs.count(who.pair, number, at(9));
        throttle.undo(proven.ticket);
        assert_eq!(begin(&mut throttle, &who, at(9)), Err(Span::from_seconds(1)));
        // A count that was made anew knows nothing of an attempt before.
        let late = throttle.begin(&who, at(20)).expect("let begin");
        let done = throttle.begin(&who, at(40)).expect("let begin");
        throttle.succeeded(done.ticket);
        assert_eq!(begin(&mut throttle, &who, at(40)), Ok(0));
        throttle.undo(late.ticket);
        assert_eq!(begin(&mut throttle, &who, at(40)), Ok(1));
    }

    #[test]
    fn the_delay_doubles_after_five_failures_and_ends() {
        let mut throttle = Throttle::default();
        let guess = attempt(1, 1, true);
        for n in 0..5 {
            assert_eq!(begin(&mut throttle, &guess, at(0)), Ok(n));
        }
        assert_eq!(begin(&mut throttle, &guess, at(0)), Err(Span::from_seconds(1)));
        assert_eq!(begin(&mut throttle, &guess, at(1)), Ok(5));
        assert_eq!(begin(&mut throttle, &guess, at(2)), Err(Span::from_seconds(1)));
        assert_eq!(begin(&mut throttle, &guess, at(3)), Ok(6));
        assert_eq!(begin(&mut throttle, &guess, at(3)), Err(Span::from_seconds(4)));
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
        assert_eq!(begin(&mut throttle, &attempt(1, 251, true), at(0)), Ok(0));
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_slowed_and_others_are_not() {
        let mut throttle = Throttle::default();
        let let_through =
            (0..200).filter(|account| throttle.begin(&attempt(*account, 9, false), at(0)).is_ok()).count();
        assert_eq!(let_through, 30);
        assert_eq!(begin(&mut throttle, &attempt(201, 8, false), at(0)), Ok(0));
    }

    #[test]
    fn success_clears_the_pair_but_does_not_wash_the_address() {
        let mut throttle = Throttle::default();
        for account in 0..29 {
            assert!(throttle.begin(&attempt(account, 9, false), at(0)).is_ok());
        }
        let own = attempt(100, 9, true);
        let begun = throttle.begin(&own, at(0)).expect("let begin");
        throttle.succeeded(begun.ticket);
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
            let (mut now, mut open) = (at(0), Vec::new());
            for (account, address, what, later) in steps {
                let guess = attempt(account, address, what == 3);
                now = now.plus(Span::from_seconds(later));
                match (what, open.pop()) {
                    (0, Some(ticket)) => throttle.undo(ticket),
                    (1, Some(ticket)) => throttle.succeeded(ticket),
                    (_, kept) => open.extend(kept.into_iter().chain(throttle.begin(&guess, now).ok().map(|begun| begun.ticket))),
                }
                for scope in [&throttle.pairs, &throttle.addresses, &throttle.strangers] {
                    prop_assert!(scope.counts.len() <= 20);
                    prop_assert_eq!(scope.counts.len(), scope.by_age.len());
                }
            }
        }

        /// Beside a history of other attempts, one that is begun and taken back changes nothing of anybody's wait.
        #[test]
        fn what_is_taken_back_was_never_there(
            steps in proptest::collection::vec((0_u8..3, 0_u8..3, any::<bool>(), 0_i64..90, any::<bool>()), 1..60)
        ) {
            let (mut with, mut without) = (Throttle::default(), Throttle::default());
            let mut now = at(0);
            for (account, address, familiar, later, is_proven) in steps {
                let guess = attempt(account, address, familiar);
                now = now.plus(Span::from_seconds(later));
                if is_proven {
                    if let Ok(begun) = with.begin(&guess, now) {
                        with.undo(begun.ticket);
                    }
                } else {
                    prop_assert_eq!(begin(&mut with, &guess, now), begin(&mut without, &guess, now));
                }
                let scopes = [&with.pairs, &with.addresses, &with.strangers].map(remembered);
                prop_assert_eq!(scopes, [&without.pairs, &without.addresses, &without.strangers].map(remembered));
            }
        }

        /// In whatever order many at once are taken back: what failed stays counted, and nobody waits shorter for it.
        #[test]
        fn taking_back_gives_no_guess_away(
            steps in proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>(), 0_i64..5), 1..80)
        ) {
            let mut scope = Throttle::default().pairs;
            let (mut now, mut open, key) = (at(0), Vec::<(Timestamp, Counted)>::new(), [1; 16]);
            for (number, (is_begun, which, later)) in steps.into_iter().enumerate() {
                now = now.plus(Span::from_seconds(later));
                if is_begun || open.is_empty() {
                    open.push((now, scope.count(key, number as u64 + 1, now)));
                } else {
                    let (_, counted) = open.swap_remove(which.index(open.len()));
                    scope.undo(&counted);
                }
                let kept = scope.counts.get(&key);
                prop_assert_eq!(kept.map_or(0, |count| count.failures) as usize, open.len());
                prop_assert!(kept.map(|count| count.last) >= open.iter().map(|(at, _)| *at).max());
            }
        }
    }

    /// What decides how long each key waits.
    fn remembered(scope: &Scope) -> Vec<(Key, u32, Timestamp)> {
        let mut all: Vec<_> = scope.counts.iter().map(|(key, count)| (*key, count.failures, count.last)).collect();
        all.sort_unstable();
        all
    }
}
