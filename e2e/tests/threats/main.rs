//! Threat feeds: what others know of hostile addresses cuts what is open, and what they withdraw opens it again.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod large;
mod place;
mod taxii;

use std::time::Instant;

use place::Place;
use sekisho_e2e::platform::example::OPEN;
use serde_json::{Value, json};
use taxii::Taxii;

const FEED: &str = r#"
[[threat-feed]]
id = "cti"
url = "URL"
format = "taxii"
score = 90
minimum_confidence = 30
every = "1h"
allowed = ["127.0.0.77/32"]
"#;

#[tokio::test]
async fn an_indicator_cuts_and_its_revocation_opens_again() {
    let (place, mut taxii) = (Place::new().await, Taxii::start().await.unwrap());
    taxii.add(&[indicator(9, "127.0.0.9", 100, "2026-01-01T00:00:00Z", false)]).await.unwrap();
    place.apply("feed.toml", &FEED.replace("URL", &taxii.collection())).await;
    place.until_problem("cti", "answers 401").await;
    place.credentials("cti", taxii::USER, taxii::PASSWORD).await;
    place.until_networks("cti", 1).await;

    // Another address is named: what is open from here stays open.
    let mut socket = place.person.socket(OPEN, "/socket").await.unwrap();
    place::alive(&mut socket).await;
    assert_eq!(place.from([127, 0, 0, 1]).await.0, 200);

    // An uncertain indicator, one of another kind, and one that asks for more than an address name nothing.
    let mut both = indicator(3, "127.0.0.1", 100, "2026-01-01T00:00:00Z", false);
    both["pattern"] = json!("[ipv4-addr:value = '127.0.0.1' AND domain-name:value = 'example.jp']");
    taxii.add(&[indicator(2, "127.0.0.1", 29, "2026-01-01T00:00:00Z", false), both]).await.unwrap();
    place.read("cti").await;
    place.until_skipped("cti", 1).await;
    place::alive(&mut socket).await;

    // An indicator for this address appears.
    taxii.add(&[indicator(1, "127.0.0.1", 90, "2026-01-01T00:00:00Z", false)]).await.unwrap();
    let asked = Instant::now();
    place.read("cti").await;
    place::cut(&mut socket).await;
    println!("from the request to read to the cut: {} ms", asked.elapsed().as_millis());
    let (status, page) = place.from([127, 0, 0, 1]).await;
    assert!(status == 403 && page.contains("known to be hostile"), "{status} {page}");
    assert!(place.in_japanese().await.contains("脅威情報に載っています"));
    assert_eq!(place.from([127, 0, 0, 5]).await.0, 200, "its neighbour is not named");
    let known = place.command(&["threat", "show", "127.0.0.1"]).await;
    assert_eq!(known["threat"], 81, "90 × 90/100: {known}");
    assert_eq!(known.pointer("/feeds/0/why").unwrap(), "Botnet 1 (90/100)", "{known}");

    // It is revoked.
    taxii.add(&[indicator(1, "127.0.0.1", 90, "2026-01-02T00:00:00Z", true)]).await.unwrap();
    place.read("cti").await;
    place.until_networks("cti", 1).await;
    place.until_open([127, 0, 0, 1]).await;
    assert_eq!(place.command(&["threat", "show", "127.0.0.1"]).await["feeds"], json!([]));
    let acts = place.command(&["act", "list"]).await.to_string();
    assert!(acts.contains("threat-feed-renewed") && acts.contains("threat-feed-credentials-set"), "{acts}");
    assert!(!acts.contains(taxii::PASSWORD), "{acts}");
}

#[tokio::test]
async fn i29_what_a_feed_said_stays_in_force_when_it_is_gone_and_what_is_allowed_is_no_threat() {
    let (place, mut taxii) = (Place::new().await, Taxii::start().await.unwrap());
    taxii.add(&[indicator(1, "127.0.0.0/25", 100, "2026-01-01T00:00:00Z", false)]).await.unwrap();
    place.apply("feed.toml", &FEED.replace("URL", &taxii.collection())).await;
    place.credentials("cti", taxii::USER, taxii::PASSWORD).await;
    place.until_closed([127, 0, 0, 9]).await;
    assert_eq!(place.from([127, 0, 0, 77]).await.0, 200, "it is allowed");
    assert_eq!(place.from([127, 0, 0, 76]).await.0, 403, "its neighbour is not");

    // The server is gone.
    taxii.stop().await.unwrap();
    place.read("cti").await;
    place.until_problem("cti", "cannot be reached").await;
    assert_eq!(place.from([127, 0, 0, 76]).await.0, 403, "what it said stays in force");

    // Another address is allowed, without the server.
    let wider = FEED.replace("URL", &taxii.collection()).replace("127.0.0.77/32", "127.0.0.76/31");
    place.apply("feed.toml", &wider).await;
    place.until_open([127, 0, 0, 76]).await;
    assert_eq!(place.from([127, 0, 0, 75]).await.0, 403);

    // The feed is removed: another one takes its place, which nobody serves.
    let other = FEED.replace("cti", "other").replace("URL", &taxii.collection());
    place.prune("feed.toml", &other).await;
    place.until_open([127, 0, 0, 75]).await;
    assert_eq!(place.command(&["threat", "show", "127.0.0.75"]).await["feeds"], json!([]));
}

fn indicator(number: u8, address: &str, confidence: u8, modified: &str, revoked: bool) -> Value {
    json!({
        "type": "indicator", "spec_version": "2.1", "id": format!("indicator--00000000-0000-4000-8000-0000000000{number:02}"),
        "created": "2026-01-01T00:00:00Z", "modified": modified, "name": format!("Botnet {number}"), "revoked": revoked,
        "indicator_types": ["malicious-activity"], "pattern": format!("[ipv4-addr:value = '{address}']"),
        "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z", "confidence": confidence,
    })
}
