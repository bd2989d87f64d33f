//! The OpenAPI document.

use axum::http::StatusCode;
use serde_json::Value;

use crate::place::Place;

#[tokio::test]
async fn every_route_is_described_with_its_refusals_and_its_acts() {
    let place = Place::new().await;
    let answer = place.ask(None, "GET", "/openapi.json", &[], "").await;
    assert_eq!((answer.status, answer.body["openapi"].as_str()), (StatusCode::OK, Some("3.1.0")));
    for route in sekisho_api::routes().table() {
        let operation = &answer.body["paths"][&route.path][route.method.to_lowercase()];
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{} {}", route.method, route.path);
        let is_open = matches!(route.access, sekisho_rest::Access::Anyone);
        assert_eq!(operation["security"].is_null(), is_open, "{}", route.path);
        assert_eq!(operation["responses"]["403"].is_null(), is_open, "{}", route.path);
        let acts = operation["x-sekisho-acts"].as_array().map_or(0, Vec::len);
        let has_act = !matches!(
            route.access,
            sekisho_rest::Access::Anyone | sekisho_rest::Access::SignedIn | sekisho_rest::Access::Operator
        );
        assert_eq!(acts > 0, has_act, "{}", route.path);
    }
    assert!(missing_schemas(&answer.body).is_empty(), "{:?}", missing_schemas(&answer.body));
}

/// The schemas that something refers to and the document does not have.
fn missing_schemas(document: &Value) -> Vec<String> {
    let (known, mut missing) = (&document["components"]["schemas"], Vec::new());
    let mut left = vec![document];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                let name = fields.get("$ref").and_then(Value::as_str).and_then(|text| text.rsplit('/').next());
                missing.extend(name.filter(|name| known.get(name).is_none()).map(ToOwned::to_owned));
                left.extend(fields.values());
            }
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    missing
}
