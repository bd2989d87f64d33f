//! The certificates that browsers see: from files, from an ACME authority, or issued by the platform's own authority for every
//! host it serves.
//!
//! [`Certificates`] keeps them. One task follows the World's hosts, looks at the files every second, renews what the own authority
//! issued long before its end, takes what came from the ACME authority, and takes up other [`Sources`] when the configuration is read
//! again. New ones are for new handshakes; open connections go on. What cannot be used changes nothing, and a host for which no
//! certificate has come is served with the own authority's.
//!
//! Where they are shown is the caller's: [`Show`] puts them on the listeners that there are.

mod capability;
mod certificates;
mod files;
mod keeper;
mod problem;
mod row;
mod served;
mod sources;
mod table;

pub use capability::capability;
pub use certificates::{Certificates, Show};
pub use files::{Files, Reader};
pub use problem::CertificateProblem;
pub use row::{CertificateRow, CertificateRows};
pub use served::ServedCertificate;
pub use sources::{Ordering, OwnHosts, Sources};
