//! Versioned documents with history and a change feed, over SQLite (embedded) or PostgreSQL (several processes).
//!
//! Everything configured or enrolled is a [`Document`]: kind, id, revision, body. One revision counter for the whole store
//! counts commits, without gaps and in the order in which they become visible, so that a [`ChangeFeed`] can tell that it
//! missed one. An acknowledged commit survives power loss.
//!
//! The table of [`Kind`](sekisho_model::documents::Kind) says how the store keeps each kind:
//!
//! - **administered** kinds (users, devices, resources, policies, …) keep every past revision: [`Store::history`];
//! - **observed** kinds (sessions, postures, signals, …) keep only their present revision;
//! - **sealed** kinds (credentials, one-time documents, keys) are encrypted under the [`MasterKey`], are not in the change
//!   feed, and leave nothing behind when they are replaced, deleted or consumed.
//!
//! Rows of a kind that this program does not know are skipped, and the feed names the kind ([`ChangeFeed::unknown_kinds`]).
//!
//! Read on: [`Store`], [`Write`], [`ChangeFeed`], [`MasterKey`].

mod columns;
mod database;
mod document;
mod error;
mod feed;
mod many;
mod master_key;
mod schema;
mod seal;
mod some;
mod source;
mod store;
mod url;
mod write;

pub use document::{Document, Expected, Past, Write};
pub use error::{CommitError, StoreError};
pub use feed::ChangeFeed;
pub use master_key::{MasterKey, MasterKeyError};
pub use source::{Committed, Page, Source, UnknownKind};
pub use store::Store;
pub use url::{StoreUrl, StoreUrlError};
