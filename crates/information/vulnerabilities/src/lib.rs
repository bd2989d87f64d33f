//! Vulnerable software of devices and applications, as facts that decisions read.
//!
//! A source is a document that names files below the folder `vulnerabilities` of the data folder: advisories, known exploited
//! vulnerabilities, statements of makers. What devices report of their packages, and the bills of materials of resources, are held
//! against them. The result is a [`Report`] for each device and resource, and two assessments: `worst_vulnerability`, `known_exploited`.
//!
//! Read on: `judgement` (what a report says, pure), `source` (one source), `assessing` (the task).

mod acts;
mod api;
mod assessing;
mod capability;
mod failure;
mod inventory;
mod judgement;
mod pages;
mod reading;
mod report;
mod source;
mod standing;
mod stored;
mod upload;
mod view;
mod vulnerabilities;

pub use acts::{SOFTWARE_INVENTORY_SET, VULNERABILITIES_READ, VULNERABILITY_SOURCE_REQUESTED};
pub use api::api;
pub use capability::capability;
pub use pages::pages;
pub use report::{Report, Target};
pub use standing::Standing;
pub use vulnerabilities::Vulnerabilities;
