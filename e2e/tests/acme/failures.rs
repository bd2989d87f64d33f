//! An authority that refuses, limits, is down or confused: the own authority's certificate serves, the failure is seen everywhere,
//! and it is tried again.

use sekisho_e2e::acme::{Conduct, Refusal};
use sekisho_e2e::platform::example::OPEN;

use crate::place::{PORTAL, Place};

fn refusing(status: u16, kind: &'static str, retry_after: Option<&str>) -> Conduct {
    let refusal = Refusal { status, kind, retry_after: retry_after.map(str::to_owned) };
    Conduct { refusal: Some(refusal), ..Conduct::default() }
}

/// The order fails, in that way, and people are served.
async fn fails(place: &Place, outcome: &str, says: &str) {
    let row = place.becomes(PORTAL, |row| row["problem"].is_string()).await;
    assert!(row["problem"].as_str().unwrap().contains(says), "{row}");
    assert!(row["source"] == "own" && row["next_try_at"].is_string(), "{row}");
    place.platform.connector().unwrap().connect(PORTAL).await.unwrap();
    let metrics = place.observed("/metrics").await;
    let counted = format!("sekisho_certificate_orders_total{{outcome=\"{outcome}\"}} ");
    assert!(metrics.contains(&counted) && metrics.contains("sekisho_certificate_orders_failing 1"), "{metrics}");
    let ready = place.observed("/readyz").await;
    assert!(ready.starts_with("HTTP/1.1 200") && ready.contains("\"impaired\":{\"acme\":"), "{ready}");
    assert!(place.platform.log().contains("no certificate was issued"), "{}", place.platform.log());
}

#[tokio::test]
async fn a_refusal_is_told_and_a_reload_tries_at_once() {
    let place = Place::start(refusing(403, "rejectedIdentifier", None)).await;
    place.order(&[PORTAL]).await;
    fails(&place, "refused", "rejectedIdentifier").await;
    place.server.conduct(|conduct| conduct.refusal = None);
    place.platform.command(&["reload"]).await.unwrap();
    let row = place.is_certified(PORTAL).await;
    assert!(row["problem"].is_null(), "{row}");
    assert!(place.observed("/readyz").await.contains("\"impaired\":{}"));
}

#[tokio::test]
async fn a_limit_is_kept_to_as_long_as_the_authority_says() {
    for status in [429, 503] {
        let place = Place::start(refusing(status, "rateLimited", Some("3"))).await;
        place.order(&[PORTAL]).await;
        fails(&place, "limited", "limits").await;
        place.server.conduct(|conduct| conduct.refusal = None);
        // Nobody asks for it: it comes by itself.
        place.is_certified(PORTAL).await;
    }
}

#[tokio::test]
async fn an_authority_that_is_down_is_asked_again() {
    let place = Place::start(Conduct { is_down: true, ..Conduct::default() }).await;
    place.order(&[PORTAL]).await;
    fails(&place, "unreachable", "cannot be reached").await;
    place.server.conduct(|conduct| conduct.is_down = false);
    place.is_certified(PORTAL).await;
}

#[tokio::test]
async fn a_nonce_that_is_refused_once_costs_nothing() {
    let place = Place::start(Conduct { nonces_refused: 1, ..Conduct::default() }).await;
    place.order(&[PORTAL]).await;
    let row = place.is_certified(PORTAL).await;
    assert!(row["problem"].is_null(), "{row}");
    assert_eq!(place.server.wrongs().len(), 1, "{:?}", place.server.wrongs());
}

#[tokio::test]
async fn a_certificate_that_ends_unrenewed_makes_room_for_the_own_authority_s() {
    let place = Place::start(Conduct { life: 9, ..Conduct::default() }).await;
    place.order(&[PORTAL]).await;
    place.is_certified(PORTAL).await;
    place.server.conduct(|conduct| conduct.refusal = refusing(403, "rejectedIdentifier", None).refusal);
    place.becomes(PORTAL, |row| row["source"] == "own").await;
    fails(&place, "refused", "rejectedIdentifier").await;
    assert_eq!(place.server.issued(PORTAL), 1);
}

#[tokio::test]
async fn an_account_that_the_authority_forgot_is_made_anew() {
    let place = Place::start(Conduct::default()).await;
    place.order(&[PORTAL]).await;
    place.is_certified(PORTAL).await;
    place.server.forget_accounts();
    place.order(&[PORTAL, OPEN]).await;
    place.is_certified(OPEN).await;
    assert_eq!((place.server.accounts(), place.server.issued(OPEN), place.server.issued(PORTAL)), (1, 1, 1));
}

#[tokio::test]
async fn one_host_that_fails_stands_in_nobody_s_way() {
    let place = Place::start(Conduct { asks_for: Some(OPEN.to_owned()), ..Conduct::default() }).await;
    place.order(&[OPEN, PORTAL]).await;
    place.is_certified(OPEN).await;
    fails(&place, "unusable", "another host").await;
}

#[tokio::test]
async fn an_authority_that_wants_proof_without_end_is_not_followed() {
    let place = Place::start(Conduct { proofs: 3000, ..Conduct::default() }).await;
    place.order(&[PORTAL]).await;
    fails(&place, "unusable", "number of proofs").await;
}

#[tokio::test]
async fn a_chain_that_no_client_takes_is_not_shown() {
    let place = Place::start(Conduct { chain: 400, ..Conduct::default() }).await;
    place.order(&[PORTAL]).await;
    fails(&place, "unusable", "clients would not take it").await;
}
