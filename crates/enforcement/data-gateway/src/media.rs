//! Which answers can be read.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use sekisho_data_scanner::{Encoding, Format};

/// An answer that cannot be read, and so not masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer cannot be read, and so not masked")]
pub struct Unreadable;

/// How an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) format: Format,
    pub(crate) encoding: Option<Encoding>,
    /// Server-sent events: each is passed when it is whole.
    pub(crate) is_events: bool,
}

/// Pictures, fonts and what pages are made with: they hold no records of people.
const PASSED: [&str; 5] = ["image/", "font/", "text/css", "text/javascript", "application/javascript"];
/// What is text.
const READ: [&str; 4] = ["text/", "application/json", "application/xml", "application/x-ndjson"];

/// How an answer with this head is read. `None` for one that passes as it is.
///
/// # Errors
/// [`Unreadable`].
pub(crate) fn reading(status: StatusCode, fields: &HeaderMap) -> Result<Option<Reading>, Unreadable> {
    let text = |name| fields.get(name).map_or(Ok(""), |value| value.to_str().map_err(|_| Unreadable));
    let (media_type, coding) = (text(CONTENT_TYPE)?.to_ascii_lowercase(), text(CONTENT_ENCODING)?);
    let has_body = !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let is_empty = fields.get(http::header::CONTENT_LENGTH).is_some_and(|length| length == "0");
    if !has_body || is_empty || status.is_redirection() && media_type.is_empty() {
        return Ok(None);
    }
    if PASSED.iter().any(|passed| media_type.starts_with(passed)) && !media_type.starts_with("image/svg") {
        return Ok(None);
    }
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let is_text =
        READ.iter().any(|read| essence.starts_with(read)) || essence.ends_with("+json") || essence.ends_with("+xml");
    let is_plain = coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    if !is_text || !is_plain || status == StatusCode::PARTIAL_CONTENT {
        return Err(Unreadable);
    }
    let is_events = essence == "text/event-stream";
    let encoding = match charset(&media_type) {
        Some(label) => Some(Encoding::of_label(label).ok_or(Unreadable)?),
        // Events are UTF-8 (HTML, section 9.2.5), and must not wait for a guess.
        None => is_events.then_some(Encoding::Utf8),
    };
    Ok(Some(Reading { format: Format::of_media_type(essence), encoding, is_events }))
}

fn charset(media_type: &str) -> Option<&str> {
    let parameters = media_type.split(';').skip(1).map(str::trim);
    parameters.filter_map(|parameter| parameter.strip_prefix("charset=")).map(|label| label.trim_matches('"')).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(media_type: &str, coding: &str) -> Result<Option<Reading>, Unreadable> {
        let mut fields = HeaderMap::new();
        for (name, value) in [(CONTENT_TYPE, media_type), (CONTENT_ENCODING, coding)] {
            if !value.is_empty() {
                fields.insert(name, value.parse().expect("a value"));
            }
        }
        reading(StatusCode::OK, &fields)
    }

    #[test]
    fn i39_what_cannot_be_read_is_refused_and_what_holds_no_records_passes() {
        for (media_type, coding) in [
            ("", ""),
            ("application/pdf", ""),
            ("application/octet-stream", ""),
            ("application/grpc", ""),
            ("text/csv", "gzip"),
            ("text/csv; charset=utf-16", ""),
        ] {
            assert_eq!(read(media_type, coding), Err(Unreadable), "{media_type} {coding}");
        }
        for media_type in ["image/png", "text/css", "text/javascript; charset=utf-8"] {
            assert_eq!(read(media_type, ""), Ok(None), "{media_type}");
        }
        for (media_type, format) in [
            ("text/csv; charset=Shift_JIS", Format::Csv),
            ("application/problem+json", Format::Json),
            ("text/html", Format::Unknown),
            ("image/svg+xml", Format::Unknown),
        ] {
            let reading = read(media_type, "identity");
            assert!(
                reading.is_ok_and(|reading| reading.is_some_and(|reading| reading.format == format)),
                "{media_type}"
            );
        }
        let mut part = HeaderMap::new();
        part.insert(CONTENT_TYPE, "text/csv".parse().expect("a value"));
        assert_eq!(reading(StatusCode::PARTIAL_CONTENT, &part), Err(Unreadable));
    }
}
