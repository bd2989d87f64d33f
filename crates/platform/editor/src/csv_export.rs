//! Lists as CSV files: users, devices, applications. No cell is a formula to a spreadsheet.

use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use sekisho_control_plane::acts::table;
use sekisho_model::documents::Kind;
use sekisho_web::{Access, Problem};
use serde_json::Value;

use crate::csv_users;
use crate::{Context, Routes};

/// How many documents are read at once.
const ROWS: u32 = 1_000;
/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A column: its name, and the field of the document with the language of a text in two.
type Column = (&'static str, &'static str);

const DEVICES: &[Column] = &[
    ("id", "/id"),
    ("name", "/name"),
    ("owner", "/owner"),
    ("ownership", "/ownership"),
    ("platform", "/platform"),
    ("managed", "/managed"),
    ("status", "/status"),
];

const APPLICATIONS: &[Column] = &[
    ("id", "/id"),
    ("name_en", "/name/en"),
    ("name_ja", "/name/ja"),
    ("kind", "/kind"),
    ("host", "/host"),
    ("owner", "/owner"),
    ("sensitivity", "/sensitivity"),
    ("categories", "/categories"),
    ("environment", "/environment"),
];

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/console/export/users.csv", Access::Act(table::USERS_READ), users)
        .get("/console/export/devices.csv", Access::Act(table::DEVICES_READ), devices)
        .get("/console/export/applications.csv", Access::Act(table::RESOURCES_READ), applications)
}

async fn users(context: Context) -> Result<Response, Problem> {
    file(&context, Kind::User, "users.csv", csv_users::COLUMNS).await
}

async fn devices(context: Context) -> Result<Response, Problem> {
    file(&context, Kind::Device, "devices.csv", DEVICES).await
}

async fn applications(context: Context) -> Result<Response, Problem> {
    file(&context, Kind::Resource, "applications.csv", APPLICATIONS).await
}

async fn file(context: &Context, kind: Kind, name: &str, columns: &[Column]) -> Result<Response, Problem> {
    let store = &context.services.control_plane.store;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a list could not be written");
        Problem::Unavailable
    };
    writer.write_record(columns.iter().map(|(name, _)| name)).map_err(|error| failed(&error))?;
    let mut after: Option<String> = None;
    loop {
        let found = store.list(kind, after.as_deref(), ROWS).await?;
        for document in &found {
            let cells = columns.iter().map(|(_, field)| cell(document.body.pointer(field)));
            writer.write_record(cells).map_err(|error| failed(&error))?;
        }
        match found.last() {
            Some(last) if u32::try_from(found.len()).is_ok_and(|length| length == ROWS) => {
                after = Some(last.id.clone())
            }
            _ => break,
        }
    }
    let text = writer.into_inner().map_err(|error| failed(&error))?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    // Spreadsheets take the file for UTF-8 by its byte order mark.
    Ok((headers, [b"\xef\xbb\xbf".as_slice(), &text].concat()).into_response())
}

/// The text of a cell.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(values)) => values
            .iter()
            .map(|one| one.as_str().map_or_else(|| one.to_string(), ToOwned::to_owned))
            .collect::<Vec<_>>()
            .join(" "),
        Some(other) => other.to_string(),
    };
    harmless(text)
}

/// A text that a spreadsheet shows and does not calculate.
pub(crate) fn harmless(text: String) -> String {
    match text.starts_with(FORMULA) || (text.starts_with('\'') && text.trim_start_matches('\'').starts_with(FORMULA)) {
        true => format!("'{text}"),
        false => text,
    }
}

/// The text behind [`harmless`].
pub(crate) fn original(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(FORMULA) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_is_read_again() {
        for text in ["=1+1", "+81-3", "-x", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1", "plain", "'quoted", "", "山田"]
        {
            let shown = harmless(text.to_owned());
            assert!(!shown.starts_with(FORMULA), "{text}");
            assert_eq!(original(&shown), text);
        }
    }
}
