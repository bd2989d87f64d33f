//! The path that an application gets where it is not the one that people type: prefixes, by whole segments.

use http::uri::PathAndQuery;
use sekisho_model::documents::Upstream;

/// The path lies outside of what the resource serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outside;

/// The target for the application, if it is another than that of the request. The policy is asked about
/// what comes out of here, so what is decided is what is sent.
pub(crate) fn rewritten(target: &PathAndQuery, upstream: &Upstream) -> Result<Option<PathAndQuery>, Outside> {
    let (strip, add) = (&upstream.strip_prefix, &upstream.add_prefix);
    if strip.is_none() && add.is_none() {
        return Ok(None);
    }
    // The path holds no dot segment in any reading. A disguise of the prefix is no prefix: it lies outside.
    let rest = strip.strip(target.path()).ok_or(Outside)?;
    let mut text = format!("{add}{rest}");
    if let Some(query) = target.query() {
        text.push('?');
        text.push_str(query);
    }
    PathAndQuery::from_maybe_shared(bytes::Bytes::from(text)).map(Some).map_err(|_| Outside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    fn sent(path: &str, strip: &str, add: &str) -> Option<String> {
        let mut upstream = Upstream::plain(([127, 0, 0, 1], 80).into());
        upstream.strip_prefix = strip.parse().unwrap_or_default();
        upstream.add_prefix = add.parse().unwrap_or_default();
        let target = Target::read(path.as_bytes(), &http::Method::GET, crate::Scheme::Https).expect("a target").path?;
        let rewritten = rewritten(&target, &upstream).ok()?;
        Some(rewritten.unwrap_or(target).to_string())
    }

    #[test]
    fn prefixes_are_taken_off_and_put_on_by_segment() {
        for (path, strip, add, expected) in [
            ("/x?a=/api", "", "", Some("/x?a=/api")),
            ("/api/x?a", "/api", "", Some("/x?a")),
            ("/api", "/api", "", Some("/")),
            ("/api/x", "/api", "/v1/inner", Some("/v1/inner/x")),
            ("/x", "", "/v1", Some("/v1/x")),
            ("/api//x;y%2Fz", "/api", "", Some("//x;y%2Fz")),
            // PATH-22 and PATH-23: what only begins like the prefix lies outside of it.
            ("/apiary", "/api", "", None),
            ("/api../admin", "/api", "", None),
            ("/api%2e/admin/secret", "/api", "", None),
            ("/%61pi/x", "/api", "", None),
            ("/api;v=1/x", "/api", "", None),
            ("//api/x", "/api", "", None),
            ("/api%2Fx", "/api", "", None),
            ("/API/x", "/api", "", None),
        ] {
            assert_eq!(sent(path, strip, add).as_deref(), expected, "{path}");
        }
    }
}
