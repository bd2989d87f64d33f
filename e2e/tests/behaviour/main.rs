//! Behaviour of the built binary: once there is enough history, a sign-in from a new country raises the risk and cuts what is open, and a
//! step-up answers it; a restart forgets nothing; with too short a history nothing is unusual.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod place;

use std::net::Ipv4Addr;

use futures_util::StreamExt;
use place::{ELSEWHERE, HERE, Place, said};
use sekisho_e2e::platform::example::{ACCOUNT, CLOSED, OPEN};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_country_raises_the_risk_and_cuts_and_a_step_up_answers() {
    let mut place = Place::new().await;
    let mut stranger = place.platform.signed_in("stranger").await.unwrap();
    let mut colleague = place.platform.signed_in("colleague").await.unwrap();
    colleague.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    let mut colleagues = colleague.socket(OPEN, "/socket").await.unwrap();
    place.sign_in_until_known().await;
    // The country and the number of the network are facts, and those of an address that no file names are not.
    place.until_status(CLOSED, HERE, 200).await;
    place.until_status(CLOSED, Ipv4Addr::new(127, 0, 0, 201), 403).await;
    // An application that was never used is noted, with what was used before.
    let known = place.until(ACCOUNT, |known| said(known, "first-access").is_some()).await;
    assert_eq!(said(&known, "first-access").unwrap(), ("open".to_owned(), "closed".to_owned()));
    place.until_status(OPEN, HERE, 200).await;
    let mut socket = place.person.socket(OPEN, "/socket").await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("welcome"));

    // Somebody signs in from elsewhere: what is open is cut.
    place.sign_in_from(ELSEWHERE).await;
    place::cut(&mut socket).await;
    let known = place.until(ACCOUNT, |known| said(known, "impossible-travel").is_some()).await;
    assert_eq!(said(&known, "new-country").unwrap(), ("JP".to_owned(), "BR".to_owned()));
    let (usual, seen) = said(&known, "impossible-travel").unwrap();
    assert!(usual.contains("1000 km/h") && seen.starts_with("18"), "{known}");
    let (status, _) = place.asked(OPEN, ELSEWHERE).await;
    assert_ne!(status, 200);
    place::alive(&mut colleagues).await;

    // Who may look at sessions sees it in both languages, and others do not.
    for (path, texts) in [
        ("/console/behaviour", ["Usual: JP.", "Seen: BR."]),
        ("/api/v1/behaviour/people/runner", ["\"usual\":\"JP\"", "\"seen\":\"BR\""]),
    ] {
        let shown = colleague.portal(path).await.unwrap().expect(200).unwrap().body;
        assert!(texts.iter().all(|text| shown.contains(text)), "{shown}");
        assert_eq!(stranger.portal(path).await.unwrap().status, 403, "{path}");
    }

    // They prove that it was them.
    place.person.step_up().await.unwrap();
    let known = place.until(ACCOUNT, |known| said(known, "new-country").is_none()).await;
    assert!(said(&known, "impossible-travel").is_none() && said(&known, "first-access").is_some(), "{known}");
    place.until_status(OPEN, ELSEWHERE, 200).await;
    place.until_status(CLOSED, ELSEWHERE, 403).await;

    // What was raised and what was answered is recorded, and is an event.
    let findings = place.command(&["event", "list", "--class", "2004", "--reason", "new-country"]).await;
    let findings = findings.get("items").unwrap_or(&findings).clone();
    assert_eq!(findings.as_array().unwrap().len(), 1, "{findings}");
    assert_eq!(findings[0]["person"], ACCOUNT);
    let acts = place.command(&["act", "list", "--limit", "200"]).await.to_string();
    assert!(acts.contains("signal-answered") && acts.contains("place-files-changed"), "{acts}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_keeps_what_is_known_bit_for_bit() {
    let mut place = Place::new().await;
    place.sign_in_until_known().await;
    place.sign_in_from(ELSEWHERE).await;
    let before = place.until(ACCOUNT, |known| said(known, "new-country").is_some()).await;
    let mut place = place.kill_and_restart().await;
    let after = place.until(ACCOUNT, |_| true).await;
    assert_eq!(after.to_string(), before.to_string());
    // It goes on from there: the same country is as new as before, because nobody answered.
    place.sign_in_from(ELSEWHERE).await;
    let known = place
        .until(ACCOUNT, |known| known["open"].as_array().unwrap().len() > before["open"].as_array().unwrap().len())
        .await;
    assert_eq!((&known["sign_ins"], &known["countries"]), (&before["sign_ins"], &before["countries"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i66_too_short_a_history_is_a_state_and_no_signal() {
    let mut place = Place::new().await;
    let known = place.until(ACCOUNT, |known| known["sign_ins"].as_u64().unwrap() >= 1).await;
    assert_eq!((&known["history"], &known["open"]), (&json!("not-enough"), &json!([])));
    place.until_status(OPEN, HERE, 200).await;
    let mut socket = place.person.socket(OPEN, "/socket").await.unwrap();
    place.sign_in_from(ELSEWHERE).await;
    let known = place.until(ACCOUNT, |known| known["countries"].as_array().unwrap().len() == 2).await;
    assert_eq!((&known["history"], &known["open"]), (&json!("not-enough"), &json!([])));
    place::alive(&mut socket).await;
    let findings = place.command(&["event", "list", "--class", "2004", "--reason", "new-country"]).await;
    assert_eq!(findings.get("items").unwrap_or(&findings), &json!([]));
}
