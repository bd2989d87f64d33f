//! The resolver of the built binary, asked by kdig and forwarding to unbound over TLS: who is permitted a listed name gets its answer, who is
//! not is denied and is in the record with their device, and who is not known gets nothing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod asking;
mod client;
mod place;
mod upstream;

use std::time::{Duration, Instant};

use place::{ADS, Place};
use serde_json::Value;

/// How long what must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i49_a_listed_name_is_answered_as_policies_say_of_person_and_device() {
    let place = Place::new().await;
    let (alice, mallory) = (place.device("laptop", "alice").await, place.device("desk", "mallory").await);

    // A name on no list is for everybody who is known.
    assert!(alice.ask("plain.test", "A").await.has("192.0.2.10"));
    assert!(mallory.ask("plain.test", "A").await.has("192.0.2.10"));
    // A listed one is for whom the policies permit it, in every spelling, and by way of an alias.
    assert!(alice.ask(ADS, "A").await.has("192.0.2.66"));
    for (name, kind) in
        [(ADS, "A"), (ADS, "AAAA"), ("ADS.Test", "A"), ("deep.below.ads.test", "TXT"), ("alias.test", "A")]
    {
        let denied = mallory.ask(name, kind).await;
        assert!(denied.is("NXDOMAIN") && !denied.has("192.0.2.66"), "{name} {kind}: {denied:?}");
        assert!(denied.has("EDE: 15 (Blocked)") && denied.has("denied by policy: decision "), "{denied:?}");
    }
    let alias = alice.ask("alias.test", "A").await;
    assert!(alias.is("NOERROR") && alias.has("CNAME"), "the same alias, for whom it is permitted: {alias:?}");
    // Another answer, for another list.
    let walled = mallory.ask("walled.test", "A").await;
    assert!(walled.is("NOERROR") && walled.has("0.0.0.0") && !walled.has("192.0.2.77"), "{walled:?}");

    // The record names person and device, and what was asked; it says nothing of names on no list.
    let denials = place.denials("names-ads").await;
    let denial = denials.iter().find(|one| one.get("host").is_some_and(|host| host == "deep.below.ads.test")).unwrap();
    assert_eq!((&denial["subject"], &denial["device"]), (&Value::from("mallory"), &Value::from("desk")), "{denial}");
    let number = mallory.ask(ADS, "A").await.decision();
    let shown = place.command(&["decision", "show", &number]).await;
    assert!(shown.to_string().contains("no-policy-permits"), "{shown}");
    assert!(!place.command(&["decision", "list", "--limit", "200"]).await.to_string().contains("plain.test"));
    place.until_event("4003", ADS).await;

    // The policy changes: an answer that is in the cache is not given any more.
    place.apply("ads.cedar", "// nobody\n").await;
    place.until(async || alice.ask(ADS, "A").await.is("NXDOMAIN")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i49_a_name_that_is_added_to_a_feed_is_denied_within_a_second() {
    let place = Place::new().await;
    let mallory = place.device("desk", "mallory").await;
    assert!(mallory.ask("new.test", "A").await.has("192.0.2.88"));
    place.feed("new.test CNAME .\n");
    let added = Instant::now();
    place.until(async || mallory.ask("new.test", "A").await.is("NXDOMAIN")).await;
    println!("from the name in the file to its denial: {} ms", added.elapsed().as_millis());
    assert!(mallory.ask("plain.test", "A").await.has("192.0.2.10"), "its neighbour is answered");
    // It is left out again.
    place.feed("new.test CNAME rpz-passthru.\n");
    place.until(async || mallory.ask("new.test", "A").await.has("192.0.2.88")).await;
    let shown = place.command(&["name", "show", ADS]).await;
    assert!(shown.to_string().contains("names-ads"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i50_who_is_not_known_gets_no_answer() {
    let place = Place::new().await;
    let mallory = place.device("desk", "mallory").await;
    let address = place.token("mallory", "phone").await;
    // Over HTTPS, by the token in the path, with GET and POST.
    for get in [true, false] {
        let plain = place.over_https(&address, "plain.test", get).await;
        assert!(plain.has("192.0.2.10"), "{plain:?}");
        let denied = place.over_https(&address, ADS, get).await;
        assert!(denied.is("NXDOMAIN") && denied.has("EDE: 15 (Blocked)"), "{denied:?}");
    }
    let of_token = place.denials("names-ads").await;
    let is_without_device = |one: &Value| one["subject"] == "mallory" && one["device"].is_null();
    assert!(!of_token.is_empty() && of_token.iter().all(is_without_device), "a token proves no device: {of_token:?}");
    // Another token, and none.
    let none = address.rsplit_once('/').unwrap().0.to_owned();
    let wrong = format!("{none}/{}", "0".repeat(64));
    for unknown in [wrong, none] {
        let refused = place.over_https(&unknown, "plain.test", false).await;
        assert!(!refused.has("192.0.2.10") && !refused.is("NOERROR"), "{refused:?}");
    }
    // Over TLS without a certificate.
    assert!(!place.nobody().ask("plain.test", "A").await.is("NOERROR"));
    // What is no ordinary question.
    for kind in ["ANY", "AXFR"] {
        assert!(!mallory.ask("plain.test", kind).await.has("192.0.2.10"), "{kind}");
    }
    // The token is revoked.
    place.command(&["name", "revoke", "phone"]).await;
    place.until(async || !place.over_https(&address, "plain.test", false).await.is("NOERROR")).await;
    // The token is in no record and in no log.
    let secret = address.rsplit('/').next().unwrap();
    assert!(!place.command(&["act", "list"]).await.to_string().contains(secret));
    assert!(!place.platform.log().contains(secret));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i50_a_connection_ends_as_soon_as_its_device_is_no_longer_known() {
    let place = Place::new().await;
    let desk = place.device("desk", "mallory").await;
    let (mut revoked, mut long) = (desk.connect().await, desk.connect().await);
    assert!(revoked.asks("plain.test").await, "it is answered");
    // A message that is longer than a question can be ends its connection.
    long.says(&[0xFF; 2]).await;
    assert!(long.ends().await);
    assert!(revoked.asks("plain.test").await, "its neighbour goes on");
    place.command(&["device", "revoke", "desk"]).await;
    let began = Instant::now();
    assert!(revoked.ends().await);
    println!("from the revocation to the end of the connection: {} ms", began.elapsed().as_millis());
    assert!(!desk.ask("plain.test", "A").await.is("NOERROR"), "and no other is accepted");
}
