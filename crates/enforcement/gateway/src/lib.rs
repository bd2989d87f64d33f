//! The gateway: the shell around the enforcement core. It accepts, shakes hands, reads, asks, forwards, watches and refuses.
//!
//! [`start`] takes everything it calls as [`GatewayParts`] and runs one thread per processor, each with a current-thread
//! runtime, its own listeners, its own upstream connections, its own memory of decisions and its own registry of streams.

mod accept;
mod admit;
mod assertion;
mod assertion_cache;
mod carry;
mod certificates;
mod client;
mod config;
mod connect;
mod decisions;
mod denials;
mod descriptors;
mod end_reasons;
mod event;
mod exchange;
mod leavings;
mod listeners;
mod meter;
mod parts;
mod places;
mod reassess;
mod redirect;
mod refused;
mod registration;
mod request_id;
mod running;
mod serve;
mod strangers;
mod tls;
mod tuning;
mod tunnel;
mod watched_body;
mod worker;

pub use assertion::{AssertionKeyError, AssertionSigner, Claims};
pub use certificates::{CertificateError, Certificates, ServerCertificate};
pub use config::GatewayConfig;
pub use decisions::{DecisionAnswer, DecisionHost, DecisionService, Decisions, Held, Passage, Question};
pub use listeners::ListeningSocket;
pub use meter::{BOUNDS, Histogram, Metrics, Reading};
pub use parts::{
    Body, Clock, DeviceReader, GatewayParts, Handoff, HandoffTicket, LocalHost, LocalService, Page, PageRenderer,
    SessionActivity, system_clock,
};
pub use running::{RunningGateway, StartError, start};
pub use sekisho_http_server::BodyError;
pub use sekisho_upstream::{Health, open_plain, read_plain, read_private_key};
pub use tuning::Tuning;
