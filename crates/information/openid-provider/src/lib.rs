//! The platform as the OpenID provider of registered applications: authorization code with PKCE (S256), and nothing else.
//!
//! A registered application is a document of the kind `client`, which names the resource that it stands for. A sign-in at it is an
//! access to that resource: the policy engine decides it before a code exists, and again whenever a token is used. Codes and tokens
//! belong to the session in which the person signed in; when it ends, they open nothing.
//!
//! Read on: `authorize` (the page that people are sent to), `token` (the endpoints for programs), `grants` (codes and tokens),
//! `keys` (what ID tokens are signed with).

mod acts;
mod api;
mod authorize;
mod capability;
mod client_proof;
mod clients;
mod console;
mod deciding;
mod end_session;
mod endpoints;
mod grants;
mod id_token;
mod keys;
mod provider;
mod query;
mod refusal;
mod sweep;
mod token;

pub use acts::{CLIENT_SECRET_MADE, CLIENTS_READ};
pub use api::api;
pub use capability::capability;
pub use console::pages;
pub use endpoints::endpoints;
pub use provider::OpenIdProvider;
