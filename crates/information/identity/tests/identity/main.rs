//! Identity over a real store and a real ledger, seen from outside. Beside each test of what is allowed stands the test
//! of what is not.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod authenticators;
mod enrolment;
mod passkey_registration;
mod passkey_sign_in;
mod password;
mod place;
mod recording;
mod recovery;
mod secrecy;
mod sessions;
mod terminal;
mod throttling;
mod totp;
mod voided;
