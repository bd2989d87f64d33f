//! The certificates that are shown: where each is from, when it ends, and why another did not come.

use axum::{Extension, Json};
pub use sekisho_certificates::{CertificateRow, CertificateRows};

pub(super) async fn list(Extension(rows): Extension<CertificateRows>) -> Json<Vec<CertificateRow>> {
    Json(rows.borrow().clone())
}
