//! The certificates that browsers see: where each is from, when it ends, and why one could not be renewed.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::{Span, Timestamp};
use sekisho_web::list::{Asked, Column, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::listing::{Pairs, at_hand, begins, typed};
use crate::{CertificateRow, Context, Routes};

const PATH: &str = "/console/certificates";
/// A certificate that ends within this time is shown as one to look at.
const SOON: Span = Span::from_minutes(7 * 24 * 60);

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::SETTINGS_READ), list)
}

#[derive(Template)]
#[template(path = "certificates.html")]
struct CertificatesPage {
    page: Page,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    host: Option<String>,
    source: &'static str,
    class: &'static str,
    state: &'static str,
    until: Timestamp,
    renew_at: Option<Timestamp>,
    problem: Option<String>,
}

async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &[]);
    let wanted = typed(&asked);
    let all = context.services.certificates.borrow().clone();
    let fits = |row: &CertificateRow| begins(wanted.as_ref(), row.host.as_deref());
    let found = all.into_iter().filter(|row| wanted.is_none() || fits(row)).collect();
    // The one that ends first stands first.
    let key = |row: &CertificateRow| {
        format!("{:015}~{}", row.until.as_millis().max(0), row.host.as_deref().unwrap_or_default())
    };
    let (rows, around) = at_hand(&asked, found, key, |name| Some(name.to_owned()));
    let columns = ["host", "state", "source", "ends", "renewed-at"].map(Column::new).into();
    let rows = rows.into_iter().map(|one| row(one, context.now)).collect();
    answer::html(&CertificatesPage {
        page: context.page_with_times(),
        list: around.list(asked, Vec::new(), columns),
        rows,
    })
}

fn row(row: CertificateRow, now: Timestamp) -> Row {
    let (class, state) = match &row.problem {
        _ if row.until <= now => ("stop", "certificate-ended"),
        Some(_) => ("stop", "certificate-not-renewed"),
        None if row.until <= now.plus(SOON) => ("ask", "certificate-ends-soon"),
        None => ("pass", "certificate-good"),
    };
    Row {
        host: row.host,
        source: match row.source {
            "acme" => "certificate-acme",
            "files" => "certificate-files",
            _ => "certificate-own",
        },
        class,
        state,
        until: row.until,
        renew_at: row.renew_at,
        problem: row.problem,
    }
}
