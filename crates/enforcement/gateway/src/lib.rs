//! The gateway: the shell around the enforcement core. It accepts, shakes hands, reads, asks, forwards, watches and refuses.
//!
//! [`start`] takes everything it calls as [`GatewayParts`] and runs one thread per processor, each with a current-thread
//! runtime, its own listeners, its own upstream connections, its own memory of decisions and its own registry of streams.

mod accept;
mod admit;
mod assertion;
mod assertion_cache;
mod budget;
mod carry;
mod certificates;
mod config;
mod connect;
mod date;
mod decisions;
mod denials;
mod descriptors;
mod event;
mod exchange;
mod field_blocks;
mod forward;
mod frames;
mod gathered;
mod health;
mod http1;
mod http2;
mod interim;
mod leavings;
mod listeners;
mod meter;
mod pace;
mod parts;
mod phase;
mod places;
mod plain_file;
mod read_ahead;
mod redirect;
mod refused;
mod request_id;
mod running;
mod serve;
mod strangers;
mod stream_io;
mod tls;
mod tuning;
mod tunnel;
mod upstream;
mod watch;
mod watched;
mod worker;
mod write_through;

pub use assertion::{AssertionKeyError, AssertionSigner, Claims};
pub use certificates::{CertificateError, Certificates, ServerCertificate};
pub use config::GatewayConfig;
pub use decisions::{DecisionAnswer, DecisionHost, DecisionService, Decisions, Held, Passage, Question};
pub use health::Health;
pub use listeners::ListeningSocket;
pub use meter::{BOUNDS, Histogram, Metrics, Reading};
pub use parts::{
    Body, BodyError, Clock, DeviceReader, GatewayParts, Handoff, HandoffTicket, LocalHost, LocalService, Page,
    PageRenderer, SessionActivity, system_clock,
};
pub use plain_file::{open_plain, read_plain, read_private_key};
pub use running::{RunningGateway, StartError, start};
pub use tuning::Tuning;
