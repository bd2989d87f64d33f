//! Sign-in through the OpenID providers that the organisation has: authorization code with PKCE, and nothing else.
//!
//! A person is sent to a provider ([`Federation::begin`]) and comes back with its answer ([`Federation::finish`]). The answer counts when
//! state, issuer, signature, audience, nonce and freshness are what the redirection asked for; the subject that it proves opens the account
//! that is linked to it, and no other. Links are authenticators of accounts, which `identity` keeps.

mod acts;
mod answer;
mod api;
mod assurance;
mod capability;
mod claims;
mod console;
mod federation;
mod finish;
mod https;
mod id_token;
mod identities;
mod issuers;
mod metadata;
mod redirection;
mod refusal;
mod secret;
mod token_request;

pub use acts::{IDENTITY_PROVIDER_SECRET_SET, IDENTITY_PROVIDERS_READ};
pub use answer::ProviderAnswer;
pub use api::api;
pub use capability::capability;
pub use console::{pages, routes};
pub use federation::Federation;
pub use finish::Came;
pub use issuers::{IssuedToken, Issuers};
pub use redirection::{Purpose, Sent};
pub use refusal::Refusal;
