//! Serves the stylesheet, the mark and the scripts: compressed for who takes it, and kept by browsers for as long as they stay the same.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};

use crate::asset_files::{self, folder};
use crate::guard::Access;
use crate::problem::Problem;
use crate::routes::Routes;

/// The routes of this file.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/assets/{name}", Access::Anyone, |Path(name): Path<String>, headers: HeaderMap| async move {
            asset(&name, &headers, BRIEFLY)
        })
        .get("/assets/{version}/{name}", Access::Anyone, versioned)
}

/// How long a browser keeps what may be another content under the same address: a page of another version of this program names it.
const BRIEFLY: &str = "public, max-age=300";

async fn versioned(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let is_this = folder().strip_prefix("/assets/") == Some(version.as_str());
    asset(&name, &headers, if is_this { "public, max-age=31536000, immutable" } else { BRIEFLY })
}

fn asset(name: &str, headers: &HeaderMap, cache: &'static str) -> Response {
    let Some(file) = asset_files::file(name) else { return Problem::NotFound.into_response() };
    let common = [(CONTENT_TYPE, file.kind), (CACHE_CONTROL, cache), (VARY, "accept-encoding")];
    match file.compressed {
        Some(compressed) if takes_gzip(headers) => (common, [(CONTENT_ENCODING, "gzip")], compressed).into_response(),
        _ => (common, file.text).into_response(),
    }
}

/// Whether the client takes an answer in gzip.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut codings = fields.flat_map(|field| field.split(',')).map(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        (name.trim(), weight.is_some_and(|weight| weight > 0.0))
    });
    codings.any(|(name, is_taken)| name.eq_ignore_ascii_case("gzip") && is_taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(name: &str, encodings: &str) -> Response {
        let headers = [(ACCEPT_ENCODING, encodings.parse().expect("a header value"))].into_iter().collect();
        asset(name, &headers, BRIEFLY)
    }

    #[test]
    fn an_asset_is_compressed_for_who_takes_it() {
        for takes in ["gzip", "br, gzip;q=0.5", "deflate,GZIP"] {
            let answer = answered("sekisho.css", takes);
            assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip", "{takes}");
            assert_eq!(answer.headers()[VARY], "accept-encoding");
        }
        for takes_not in ["", "br", "gzip;q=0", "gzip;q=0.0, br", "gzip;q=x", "x-gzipped"] {
            let answer = answered("sekisho.css", takes_not);
            assert!(!answer.headers().contains_key(CONTENT_ENCODING), "{takes_not}");
            assert_eq!(answer.headers()[VARY], "accept-encoding");
        }
    }
}
