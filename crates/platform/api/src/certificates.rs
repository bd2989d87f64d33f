//! The certificates that are shown to browsers and agents.

use sekisho_certificates::CertificateRow;
use sekisho_control_plane::acts::table;
use sekisho_model::Timestamp;
use sekisho_rest::{Access, Answer, Page, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Context, Routes};

/// How the certificate of one host stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CertificateView {
    /// The host; null where one certificate is for all.
    host: Option<String>,
    /// Where it is from: `own`, `files` or `acme`.
    source: &'static str,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// When it is renewed; null where that is not for Sekisho to do.
    #[schema(value_type = Option<String>, format = DateTime)]
    renew_at: Option<Timestamp>,
    /// Why the last order came to nothing.
    problem: Option<String>,
    /// When it is tried again.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_try_at: Option<Timestamp>,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.add(Access::Act(table::SETTINGS_READ), route!(list))
}

/// List the certificates.
#[utoipa::path(get, path = "/certificates", tag = "platform", responses((status = 200, body = Page<CertificateView>)))]
async fn list(call: Context) -> Answer<Page<CertificateView>> {
    Answer::ok(Page { items: rows(&call), next: None })
}

/// How each certificate stands.
pub(crate) fn rows(call: &Context) -> Vec<CertificateView> {
    call.services.certificates.borrow().iter().cloned().map(view).collect()
}

fn view(row: CertificateRow) -> CertificateView {
    CertificateView {
        host: row.host,
        source: row.source,
        until: row.until,
        renew_at: row.renew_at,
        problem: row.problem,
        next_try_at: row.next_try_at,
    }
}
