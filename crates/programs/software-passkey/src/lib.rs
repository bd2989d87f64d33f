//! A WebAuthn authenticator in software, together with the part of a browser that stands before it.
//!
//! [`SoftwarePasskey::create`] answers `navigator.credentials.create()` and [`SoftwarePasskey::assert`] answers
//! `navigator.credentials.get()`: options in as JSON, the `PublicKeyCredential` out as JSON, bytes as base64url.
//! It makes discoverable ES256 credentials with attestation `none`. It is for `sekisho-demo --check` and for tests:
//! private keys live in the memory of the process, and [`Behaviour`] makes it lie in every way that a relying party
//! must notice.
//!
//! ```
//! use sekisho_software_passkey::SoftwarePasskey;
//! # let options = serde_json::json!({"publicKey": {"challenge": "AAAA", "rp": {"id": "portal.localhost", "name": "x"},
//! #     "user": {"id": "AQID", "name": "alice", "displayName": "Alice"}, "pubKeyCredParams": [{"type": "public-key", "alg": -7}]}});
//! let mut passkey = SoftwarePasskey::default();
//! let registration = passkey.create(&options, "https://portal.localhost:8443")?;
//! assert_eq!(registration["type"], "public-key");
//! # Ok::<(), sekisho_software_passkey::Refused>(())
//! ```

mod authenticator_data;
mod behaviour;
mod cbor;
mod options;
mod passkey;

pub use behaviour::{Behaviour, Counter};
pub use passkey::{Refused, SoftwarePasskey};
