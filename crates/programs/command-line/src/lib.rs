//! What commands are made with, for every program that administers a platform.
//!
//! - [`Connection`]: which platform a command asks, as its options and the environment say;
//! - [`client`]: asking it, over the local socket or over TLS from another machine;
//! - [`agent_folder`]: where the agent of this machine keeps its key;
//! - [`agent_open`]: proving this device to a browser by a code;
//! - [`output`]: tables for people, JSON and YAML for programs; [`browser`]: pages;
//! - [`decision_query`], [`what_if`]: what commands about decisions ask for, and an answer as text;
//! - [`progress`]: a line that moves while something takes long;
//! - [`folder`]: reading the documents that a person wrote;
//! - [`Failure`]: how a command fails, with its exit status.

pub mod agent_folder;
pub mod agent_open;
pub mod browser;
pub mod client;
pub mod connection;
pub mod core_dumps;
pub mod decision_query;
mod document_file;
pub mod exit;
pub mod folder;
pub mod output;
pub mod progress;
pub mod what_if;

pub use client::AdminClient;
pub use connection::Connection;
pub use exit::Failure;
pub use output::{Output, Printing, line, note};
