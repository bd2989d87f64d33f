//! Workloads: programs that ask in their own name. Each has an owner who answers for it.
//!
//! A workload is a document of the kind `workload`. It proves itself with a token that an administrator issued, with a token that it got
//! for one of an issuer whom it trusts (RFC 8693), or with a client certificate that holds its SPIFFE ID. Each of these is a document too,
//! the session in which the workload asks, so that revoking it, disabling the workload or disabling its owner ends what is open.
//!
//! The gateway recognises a credential from the World alone. This crate issues, exchanges, lists and revokes.
//!
//! Read on: `issuing` (what is made), `exchange` (the token endpoint), `sweep` (what is removed).

mod acts;
mod api;
mod capability;
mod exchange;
mod issuing;
mod oauth;
mod pages;
mod refusal;
mod revoking;
mod sweep;
mod views;
mod workloads;

pub use acts::{
    WORKLOAD_CERTIFICATE_ISSUED, WORKLOAD_CREDENTIAL_REVOKED, WORKLOAD_DISABLED, WORKLOAD_ENABLED,
    WORKLOAD_TOKEN_ISSUED, WORKLOADS_READ,
};
pub use api::api;
pub use capability::capability;
pub use pages::pages;
pub use workloads::Workloads;
