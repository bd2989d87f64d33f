//! The example capability runs beside the platform's own: its task, its metric, its readiness, its page and its route.

#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

mod place;

use place::{ALL, Place, readiness};
use prometheus_client::registry::Registry;
use sekisho_capability::{Readiness, Tasks};
use sekisho_example_capability::UNOWNED_READ;
use sekisho_model::Language;
use sekisho_model::documents::Kind;
use sekisho_testbed::eventually;
use serde_json::json;

use crate::place::{Metrics, PAGES};

#[tokio::test]
async fn a_fact_changes_what_the_capability_says() {
    let place = Place::new().await;
    let services = &place.here.services;
    let mut tasks = Tasks::new(services.leases.clone(), services.clock.clone());
    for capability in ALL {
        tasks.start(&place.state, capability.tasks);
    }
    let impaired = [Readiness::Impaired("1 resource(s) have no owner".to_owned())];
    eventually("the first look", async || (readiness(&place.state) == impaired).then_some(())).await;
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Metrics(place.state.clone())));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).expect("metrics");
    assert!(text.contains("sekisho_unowned_resources 1"), "{text}");
    // Who may look at resources sees the page and the way to it; the texts are the capability's own.
    let page = place.get("/console/unowned", Some("olivia"), "en").await;
    assert!(page.0.is_success(), "{page:?}");
    for text in ["Without an owner", "<code>wiki</code>", "href=\"/console/unowned\"", "Sign out"] {
        assert!(page.1.contains(text), "{text}: {}", page.1);
    }
    let page = place.get("/console/unowned", Some("olivia"), "ja").await;
    assert!(page.1.contains("これらのリソースには責任者がいません。"), "{}", page.1);
    let listed = place.ask("/api/v1/unowned", Some("olivia")).await;
    assert_eq!(listed, (http::StatusCode::OK, r#"{"items":["wiki"],"next":null}"#.to_owned()));
    let owned = json!({ "id": "wiki", "name": { "en": "Wiki", "ja": "Wiki" }, "host": "wiki.localhost", "upstream": "http://127.0.0.1:9", "owner": "alice" });
    place.here.put(Kind::Resource, "wiki", owned).await;
    eventually("the next look", async || (readiness(&place.state) == [Readiness::Ready]).then_some(())).await;
    tasks.stop().await;
}

#[tokio::test]
async fn the_page_is_refused_without_permission_and_without_sign_in() {
    let place = Place::new().await;
    let (status, text) = place.get("/console/unowned", Some("alice"), "en").await;
    assert_eq!(status, http::StatusCode::FORBIDDEN);
    assert!(!text.contains("Without an owner"), "neither the page nor the way to it: {text}");
    let (status, _) = place.get("/console/unowned", None, "en").await;
    assert_eq!(status, http::StatusCode::SEE_OTHER, "to the sign-in");
}

#[tokio::test]
async fn the_route_is_refused_without_permission_and_without_a_credential() {
    let place = Place::new().await;
    assert_eq!(place.ask("/api/v1/unowned", Some("alice")).await.0, http::StatusCode::FORBIDDEN);
    assert_eq!(place.ask("/api/v1/unowned", None).await.0, http::StatusCode::UNAUTHORIZED);
}

#[test]
fn the_act_is_contributed_and_its_texts_are_in_both_languages() {
    assert_eq!(ALL.iter().flat_map(|capability| capability.acts).collect::<Vec<_>>(), [&UNOWNED_READ]);
    let languages: Vec<Language> = PAGES.iter().flat_map(|pages| pages.texts).map(|(language, _)| *language).collect();
    assert_eq!(languages, [Language::English, Language::Japanese]);
}
