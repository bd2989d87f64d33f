//! Who someone is: accounts, authenticators, sign-in and sessions.
//!
//! A sign-in is a chain of steps ([`Identity::password`], [`Identity::totp`], [`Identity::begin_passkey`], …) that ends
//! in [`SignedIn`], a proof that only this crate makes; [`Identity::establish`] turns it into a session and
//! [`Identity::elevate`] takes it into one. Everything is kept in the store as sealed documents, every act is in the
//! ledger before the answer leaves, times are arguments, and no answer tells whether an account exists.

pub mod acts;

mod account;
mod allowance;
mod authenticator;
mod authenticators;
mod base32;
mod capability;
mod claimant;
mod enrolment;
mod exposed_links;
mod failure;
mod federated;
mod federated_link;
mod hashing;
mod identity;
mod origin;
mod passkey_sign_in;
mod password;
mod password_rules;
mod problem;
mod random;
mod recovery;
mod registration;
mod relying_party;
mod right;
mod sealed;
mod secret;
mod session_list;
mod sessions;
mod sign_in;
mod signals;
mod signed_in;
mod terminal;
mod terminal_codes;
mod throttle;
mod throttle_owner;
mod tokens;
mod totp;

pub use authenticator::{Authenticator, Enrolled, EnrolmentLink, FirstAdministrator, Invitation, Right};
pub use capability::capability;
pub use failure::{Failure, PasswordProblem};
pub use federated::{UsedRedirection, Vouched};
pub use federated_link::{FederatedLink, FederatedSubject};
pub use identity::{Identity, Settings};
pub use origin::Origin;
pub use secret::Secret;
pub use signed_in::{Ceremony, NextFactor, Progress, SignedIn, TotpSetup};
pub use terminal::{TerminalAnswer, TerminalAsk, TerminalCodes, TerminalRequest};
