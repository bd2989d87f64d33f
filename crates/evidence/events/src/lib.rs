//! Events: every entry of the ledger and every access as an event of the Open Cybersecurity Schema Framework (OCSF) 1.8.
//!
//! The ledger is the proof, events are derived from it and can be made again. The newest are in memory; older ones are in files of the
//! format Parquet, which DuckDB, Trino, Spark and others read. A search passes over files by the time in their names, and over groups
//! of rows by their statistics and bloom filters. Each event can also be sent to a syslog server over TLS.

mod api;
mod capability;
mod class;
mod columns;
mod error;
mod event;
mod events;
mod file_name;
mod making;
mod ocsf;
mod pages;
mod read_file;
mod reading;
mod search;
mod syslog;
mod syslog_line;
mod tail;
mod wanted;
mod write_file;

pub use api::api;
pub use capability::{EVENTS_READ, capability};
pub use class::Class;
pub use error::EventsError;
pub use event::{Event, Position};
pub use events::Events;
pub use making::{event_of, event_of_access};
pub use pages::pages;
pub use syslog::SyslogServer;
pub use tail::Tail;
pub use wanted::{Found, Wanted};
pub use write_file::{Cursor, write};
