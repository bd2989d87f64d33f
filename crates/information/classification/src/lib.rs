//! What data is, and how sensitive a resource therefore is.
//!
//! A [`Label`](sekisho_model::documents::Label) is a document: its sensitivity, the wider label that it belongs to, its owner. Data carries
//! a label by rule, because the label names the resource, or by scan, because [`Scans`] found values of the label's kinds in it. The
//! most sensitive label of a resource becomes an assessment of the attribute `sensitivity`, which policies read.
//!
//! Of a value that was found, only a keyed hash and the last digits are kept.

pub mod acts;
mod api;
mod capability;
mod data_scan;
mod evidence;
mod labelling;
mod pages;
mod scans;
mod view;

pub use api::api;
pub use capability::capability;
pub use data_scan::{DataScan, KindFound, ValueEvidence};
pub use evidence::EvidenceKey;
pub use labelling::{Labelled, labelled, relabel, sensitivity};
pub use pages::pages;
pub use scans::{NewScan, ScanRefusal, Scanned, Scans};
