//! Provisioning: an identity provider makes, changes and disables accounts and groups by SCIM 2.0 (RFC 7643, RFC 7644).
//!
//! A provisioned account is a normal [`sekisho_model::documents::User`] with a [`sekisho_model::documents::DirectoryEntry`] beside it:
//! decisions read the account, and the entry keeps what the identity provider supplied. The bearer token is an API token whose owner may
//! administer the part `directory` of the platform.
//!
//! Read on: `scim` (the protocol), `provisioning` (the writes), `account` (what an account becomes), `roles` (what is out of reach).

mod account;
pub mod acts;
mod api;
mod capability;
mod directory;
mod entries;
mod members;
mod ownership;
mod pages;
mod provisioning;
mod requests;
mod roles;
mod scim;

pub use api::api;
pub use capability::capability;
pub use directory::{Directory, Ending, Endings};
pub use pages::pages;
pub use requests::{ProvisioningRequest, Requests};
