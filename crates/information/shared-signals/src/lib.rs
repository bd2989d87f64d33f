//! Shared signals: what other systems report of sessions, credentials and devices, as facts that cut what is open.
//!
//! A transmitter is a document of the kind `transmitter`. It sends its events to an address of the API ([`receive`]): signed security event
//! tokens (RFC 8417, RFC 8935) or JSON webhooks with a keyed hash. What an event proves and says is decided by functions without a clock
//! or a socket ([`set`], [`webhook`]); what it then does, [`carrying`] does, once.
//!
//! The other way, receivers (documents of the kind `signal-receiver`) are told when a session ends here: a task takes that out of the
//! ledger into an outbox, and sends it until it arrives ([`sending`]).
//!
//! Read on: `receive` (one request), `set` (one token), `carrying` (what an event does).

mod acts;
mod api;
mod capability;
mod carrying;
mod event;
mod keys;
mod outbox;
mod pages;
mod published;
mod receipt;
mod receive;
mod refusal;
mod resolving;
mod secret;
mod sending;
mod set;
mod shared_signals;
mod signing;
mod standing;
mod subject;
mod view;
mod webhook;

pub use acts::{SHARED_SIGNALS_READ, TRANSMITTER_SECRET_SET};
pub use api::api;
pub use capability::capability;
pub use pages::pages;
pub use shared_signals::{Outgoing, Post, ReadKeys, SharedSignals};
