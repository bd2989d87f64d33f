//! Who someone is: accounts, authenticators, sign-in and sessions.
//!
//! A sign-in is a chain of steps ([`Identity::password`], [`Identity::totp`], [`Identity::begin_passkey`], …) that ends
//! in [`SignedIn`], a proof that only this crate makes; [`Identity::establish`] turns it into a session and
//! [`Identity::elevate`] takes it into one. Everything is kept in the store as sealed documents, every act is in the
//! ledger before the answer leaves, times are arguments, and no answer tells whether an account exists.

mod authenticator;
mod failure;
mod identity;
mod secret;
mod signed_in;

pub use authenticator::{Authenticator, Enrolled, EnrolmentLink, Invitation, Right};
pub use failure::{Failure, PasswordProblem};
pub use identity::{Identity, Settings};
pub use secret::Secret;
pub use signed_in::{Ceremony, NextFactor, Progress, SignedIn, TotpSetup};
