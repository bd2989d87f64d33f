//! The platform's own certificate authorities (PKI).
//!
//! Two authorities, each trusted for one purpose: the *device authority* signs certificates that authenticate clients (devices,
//! enforcement points), the *server authority* signs those of the platform's own hosts. Their keys are sealed documents, made once.

mod authority;
mod certificate_authority;
mod client_certificate;
mod error;
mod pem;
mod server_certificate;

pub use authority::Authority;
pub use client_certificate::{ClientCertificate, ClientKey, ClientName};
pub use error::AuthorityError;
pub use pem::certificate_pem;
pub use server_certificate::ServerCertificate;
