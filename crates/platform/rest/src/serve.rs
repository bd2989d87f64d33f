//! The service: the routes under their prefix, the OpenAPI document, and the layer that knows each request.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::ser::Error as _;

use crate::problem::documented;
use crate::{Call, Problem, Rest, Routes, limits, openapi};

/// The service of the API under `prefix` (`/api/v1`), with its OpenAPI document at `<prefix>/openapi.json`.
///
/// Every request must carry the extension [`sekisho_model::Peer`], or, at the local socket, the [`crate::Caller`] who is the operator.
///
/// # Errors
/// When the OpenAPI document cannot be written, or a name in it stands for two types.
pub fn serve(rest: &Rest, prefix: &str, routes: impl IntoIterator<Item = Routes>) -> Result<Router, serde_json::Error> {
    let routes = routes.into_iter().fold(Routes::new(), Routes::merge);
    if let Some(name) = routes.ambiguous().first() {
        return Err(serde_json::Error::custom(format_args!("two types of the API are called `{name}`: rename one")));
    }
    let (router, document) = routes.split();
    let document: Arc<str> = serde_json::to_string(&openapi::complete(document, prefix))?.into();
    let described = move || {
        let document = Arc::clone(&document);
        async move { ([(CONTENT_TYPE, "application/json")], document.to_string()) }
    };
    let api = router
        .route("/openapi.json", get(described))
        .fallback(|| async { Problem::not_found("the API has no such route: its document is `openapi.json`") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "this address has other methods")
        })
        .layer(DefaultBodyLimit::max(limits::FOLDER));
    // As a service it answers `/api/v1/` too, which is how the document writes the path of the API itself. The layer stands around it, so
    // that decisions are about the whole path.
    Ok(Router::new().nest_service(prefix, api).layer(from_fn_with_state(rest.clone(), enter)))
}

/// The outermost layer: reads who calls, and makes problem documents last.
async fn enter(State(rest): State<Rest>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let Some(call) = Call::read(&rest, &head) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let number = call.origin.as_ref().map(|origin| origin.request.clone());
    head.extensions.insert(call);
    let response = next.run(Request::from_parts(head, body)).await;
    let mut response = documented(response, number.as_ref()).await;
    for (name, value) in PROTECTION {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// An answer is never a page: whatever it holds, a browser must not run it.
const PROTECTION: [(&str, &str); 3] = [
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("strict-transport-security", "max-age=31536000"),
];

#[cfg(test)]
mod tests {
    use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
    use utoipa::openapi::{RefOr, Schema};

    use super::*;

    fn named(kind: Type) -> Routes {
        let schema = RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(SchemaType::new(kind)).build()));
        let mut routes = Routes::new();
        routes.name([("Wanted".to_owned(), schema)]);
        routes
    }

    #[test]
    fn a_name_stands_for_one_type() {
        let merged = |one, two| named(one).merge(named(two)).ambiguous().len();
        assert_eq!(merged(Type::String, Type::String), 0);
        assert_eq!(merged(Type::String, Type::Integer), 1);
    }
}
