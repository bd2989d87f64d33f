//! What an identity provider disables or removes is cut at once, and the neighbour goes on.

use std::time::Duration;

use futures_util::StreamExt;
use sekisho_e2e::client::Socket;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::place::{Place, account};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long after the answer what was open may go on.
const CUT: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn active_false_cuts_an_open_websocket_within_a_second() {
    let mut place = Place::new().await;
    // The account was there before: an administrator hands it over.
    let owned = json!({ "kind": "user", "name": ACCOUNT });
    let handed = place.chief.ask("POST", "/directory/hand-over", Some(&owned)).await.unwrap();
    assert_eq!(handed.status, 200, "{}", handed.body);
    let found = place.scim("GET", &format!("/Users?filter=userName%20eq%20%22{ACCOUNT}%22"), None).await;
    assert_eq!(found.body["totalResults"], 1, "{}", found.body);
    let id = found.body["Resources"][0]["id"].as_str().unwrap().to_owned();
    place.runner.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    let mut socket = place.runner.socket(OPEN, "/socket").await.unwrap();
    timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    // The neighbour: another account is disabled, and the socket goes on.
    let other = place.provisioned("somebody-else").await;
    let disabled =
        place.patched(&format!("/Users/{other}"), json!({ "op": "replace", "path": "active", "value": false })).await;
    assert_eq!((disabled.status, &disabled.body["active"]), (200, &json!(false)));
    timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    let cut = tokio::spawn(end_of(socket));
    let disabled =
        place.patched(&format!("/Users/{id}"), json!({ "op": "Replace", "value": { "active": "False" } })).await;
    let answered = Instant::now();
    assert_eq!((disabled.status, &disabled.body["active"]), (200, &json!(false)), "{}", disabled.body);
    let (at, code) = timeout(PATIENCE, cut).await.unwrap().unwrap();
    let late = at.saturating_duration_since(answered);
    assert!(late < CUT && code == Some(1008), "{late:?}, {code:?}");
    assert!(place.runner.open(OPEN, "/").await.unwrap().url.contains("/sign-in"), "nothing opens any more");
    recorded(&place).await;
    // Enabled again, the person signs in again: no session came back.
    let enabled =
        place.patched(&format!("/Users/{id}"), json!({ "op": "replace", "path": "active", "value": true })).await;
    assert_eq!((enabled.status, &enabled.body["active"]), (200, &json!(true)));
    assert!(place.runner.open(OPEN, "/").await.unwrap().url.contains("/sign-in"), "no session came back");
    place.runner.sign_in().await.unwrap();
    place.runner.open(OPEN, "/").await.unwrap().expect(200).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_account_is_another_one_when_it_is_made_again() {
    let place = Place::new().await;
    let id = place.provisioned("temp").await;
    let group = json!({ "displayName": "Sales Team", "members": [{ "value": id }] });
    let group = place.scim("POST", "/Groups", Some(&group)).await;
    assert_eq!((group.status, group.body["members"][0]["value"].as_str()), (201, Some(id.as_str())), "{}", group.body);
    let user = place.chief.ask("GET", "/users/temp", None).await.unwrap().body;
    assert_eq!(user["groups"], json!(["sales-team"]));
    assert_eq!(place.scim("DELETE", &format!("/Users/{id}"), None).await.status, 204);
    assert_eq!(place.chief.ask("GET", "/users/temp", None).await.unwrap().status, 404);
    let again = place.provisioned("temp").await;
    assert_ne!(id, again);
    assert_eq!(place.scim("GET", &format!("/Users/{id}"), None).await.status, 404);
    let group = place.scim("GET", &format!("/Groups/{}", group.body["id"].as_str().unwrap()), None).await;
    assert_eq!((group.status, group.body.get("members")), (200, None), "the new account is in no group");
    assert_eq!(place.scim("POST", "/Users", Some(&account("temp"))).await.status, 409, "and is there once");
}

async fn recorded(place: &Place) {
    let acts = place.chief.ask("GET", "/acts?limit=100", None).await.unwrap();
    let text = acts.body.to_string();
    for word in ["directory-provisioned", "sessions-ended", "token:idp/idp-program"] {
        assert!(
            text.contains(word) || text.contains(&word.replace("token:idp/idp-program", "idp-program")),
            "{word}: {text}"
        );
    }
}

/// Reads a socket to its end: when it ended, and with which code.
async fn end_of(mut socket: Socket) -> (Instant, Option<u16>) {
    let mut code = None;
    while let Some(Ok(message)) = socket.next().await {
        if let tokio_tungstenite::tungstenite::Message::Close(frame) = message {
            code = frame.map(|frame| frame.code.into());
        }
    }
    (Instant::now(), code)
}
