//! The trust algorithm: named signals, each with a weight and an end, that add up to a risk from 0 to 100.
//!
//! | reads | adds |
//! |---|---|
//! | `user.risk` | the signals about the user, but [`FAILED_SIGN_INS`] |
//! | `device.risk` | the signals about the device, and [`NOT_COMPLIANT`] while a check fails |
//! | `context.risk` | both of these for the request's user and device, and [`THREAT_ADDRESS`] with the address's score |
//! | `context.trust` | 100 less `context.risk` |
//!
//! Failed sign-ins are what strangers can cause. They count in `context.risk` for sessions that were established after them, and for
//! no session that stood before: nobody ends another's work by failing on purpose.
//!
//! A device counts in `context.risk` as soon as the request names it, also when its evidence is stale: a risk does not go
//! away by silence. `user.risk` and `device.risk` are facts of the snapshot, weighed when it is published, which the shell
//! does every second; from a signal's end to the next publication they are too high, never too low. `context.risk` is weighed at the moment of the decision.
//!
//! A new signal is a new name: a document of kind `signal` for what is observed, a line in [`World::risk_of`] for what
//! is derived from other facts. Neither changes the shape of [`Risk`].

mod names;
mod risk;
mod weigh;

pub use names::{FAILED_SIGN_INS, NEW_DEVICE, NOT_COMPLIANT, THREAT_ADDRESS};
pub use risk::{Contribution, Risk};
pub(crate) use weigh::{ActiveSignal, standing};

#[cfg(doc)]
use crate::World;
