//! Versioned documents with history and a change feed, over SQLite (embedded) or PostgreSQL (several processes).
//!
//! Everything configured or enrolled is a [`Document`]: kind, id, revision, body. One revision counter for the whole store
//! counts commits, without gaps and in the order in which they become visible, so that a [`ChangeFeed`] can tell that it
//! missed one. An acknowledged commit survives power loss.
//!
//! Three classes of documents, told apart by their [`Kind`](sekisho_model::documents::Kind):
//!
//! - **administered** kinds (users, devices, resources, policies, …) keep every past revision: [`Store::history`];
//! - **live** kinds (sessions, postures) keep only their present revision. What happened to them is in the ledger;
//! - **sealed** kinds (credentials, one-time things, keys) are encrypted under the [`MasterKey`], are not told in the change
//!   feed, and leave nothing behind when they are replaced, deleted or consumed.
//!
//! Read on: [`Store`], [`Write`], [`ChangeFeed`], [`MasterKey`].

mod database;
mod document;
mod error;
mod feed;
mod master_key;
mod schema;
mod seal;
mod source;
mod store;
mod url;
mod write;

pub use document::{Document, Expected, Past, Write};
pub use error::{CommitError, StoreError};
pub use feed::ChangeFeed;
pub use master_key::{MasterKey, MasterKeyError};
pub use source::{Committed, Page, Source};
pub use store::Store;
pub use url::{StoreUrl, StoreUrlError};
