//! Refusals of the API, problem documents (RFC 9457), as a person reads them.

use http::StatusCode;
use http::response::Parts;
use sekisho_model::{Language, is_shown};
use sekisho_terminal::language;
use serde_json::Value;

use super::credential::Credential;
use crate::Failure;

/// The most characters of one text of an answer that are shown.
const MOST: usize = 2000;

/// What a refusal says: title and detail, each problem, reason and remedy on a line, and the request's number.
pub(super) fn failure(parts: &Parts, problem: &Value, credential: Option<&Credential>) -> Failure {
    let status = parts.status;
    let own = |text: &str| plain(text, credential);
    let title = match problem {
        Value::String(text) if !text.trim().is_empty() => own(text),
        // What the OAuth endpoints of the same host answer (RFC 6749, 5.2) has no title.
        _ => ["title", "error_description"]
            .into_iter()
            .find_map(|name| problem.get(name)?.as_str())
            .map_or_else(|| status.to_string(), own),
    };
    let mut message = match problem.get("detail").and_then(Value::as_str) {
        Some(detail) if !detail.is_empty() => format!("{title}: {}", own(detail)),
        _ => title,
    };
    for (list, sign) in [("problems", ""), ("reasons", ""), ("remedies", "→ ")] {
        for text in problem.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(text) {
            message.push_str(&format!("\n  {sign}{}", own(text)));
        }
    }
    if let (StatusCode::UNAUTHORIZED, Some(credential)) = (status, credential) {
        message.push_str(&format!("\n  → {}", credential.remedy));
    }
    let request = problem.get("request").and_then(Value::as_str);
    let request = request.or_else(|| parts.headers.get("x-request-id")?.to_str().ok());
    if let Some(request) = request.filter(|request| !request.is_empty()) {
        let label = if language() == Language::Japanese { "リクエスト番号" } else { "request" };
        message.push_str(&format!("\n  {label} {}", own(request)));
    }
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Failure::not_permitted(message),
        status if status.is_client_error() => Failure::data(message),
        _ => Failure::failed(message),
    }
}

/// A text of an answer without what could steer a terminal, and without the credential.
pub(super) fn plain(text: &str, credential: Option<&Credential>) -> String {
    let hidden = credential.map(|credential| credential.hidden(text));
    let text = hidden.as_deref().unwrap_or(text).trim();
    // Again afterwards: what is left out could have stood between two parts of it.
    let shown: String = text.chars().filter(|c| *c == '\n' || is_shown(*c)).take(MOST).collect();
    credential.map_or_else(|| shown.clone(), |credential| credential.hidden(&shown))
}

/// One reason or remedy: a text, or an object with the text in one or both languages.
fn text(item: &Value) -> Option<&str> {
    let field = |name: &str| item.get(name).and_then(Value::as_str);
    let own = || if language() == Language::Japanese { field("text_ja") } else { None };
    item.as_str().or_else(own).or_else(|| field("text"))
}
