//! The gateway: the shell around the enforcement core. It accepts, shakes hands, reads, asks, forwards, watches and refuses.
//!
//! [`start`] takes everything it calls as [`GatewayParts`] and runs one thread per processor, each with a current-thread
//! runtime, its own listeners, its own upstream connections, its own memory of decisions and its own registry of streams.

mod accept;
mod acceptor;
mod activity;
mod admit;
mod assertion_cache;
mod assertion_signer;
mod assertions;
mod callbacks;
mod carried;
mod certificates;
mod client;
mod clients;
mod config;
mod connect;
mod connection_slots;
mod current_world;
mod decisions;
mod deferred_close;
mod denials;
mod device_tls;
mod event;
mod exchange;
mod exposition;
mod flow_cookie;
mod hosts;
mod listeners;
mod meter;
mod open_streams;
mod parts;
mod reassess;
mod recorder;
mod redirect;
mod refused;
mod refuser;
mod registration;
mod reply;
mod request_id;
mod running;
mod searcher;
mod serve;
mod services;
mod session_transfer;
mod shared;
mod start_error;
mod tls;
mod tls_configs;
mod tuning;
mod tunnel;
mod unauthenticated;
mod watched_body;
mod worker;

pub use assertion_signer::{AssertionKeyError, AssertionSigner, Claims};
pub use callbacks::{
    Body, Clock, DeviceReader, LocalHost, LocalService, Page, PageRenderer, SessionActivity, SessionTransfer,
    SessionTransferTicket, system_clock,
};
pub use certificates::{CertificateError, Certificates, ServerCertificate};
pub use config::GatewayConfig;
pub use decisions::{DecisionAnswer, DecisionHost, DecisionService, Decisions, Held, Passage, Question};
pub use device_tls::DeviceTls;
pub use listeners::ListeningSocket;
pub use meter::{Histogram, Metrics, Reading};
pub use parts::GatewayParts;
pub use request_id::new as new_request_id;
pub use running::{RunningGateway, start};
pub use searcher::Searcher;
pub use sekisho_http_server::BodyError;
pub use sekisho_upstream::{Health, open_plain, read_plain, read_private_key};
pub use start_error::StartError;
pub use tuning::Tuning;
