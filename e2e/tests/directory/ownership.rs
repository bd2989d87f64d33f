//! Who owns an account: what is handed over is found, what is taken back is not, and the command line shows it.

use serde_json::json;

use crate::place::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_handed_over_and_taken_back() {
    let place = Place::new().await;
    let total = async || place.scim("GET", "/Users", None).await.body["totalResults"].clone();
    assert_eq!(total().await, json!(0), "the administrators' accounts are not the identity provider's");
    place.platform.command(&["directory", "hand-over", "user", "visitor"]).await.unwrap();
    assert_eq!(total().await, json!(1));
    let shown = place.platform.command(&["directory", "show"]).await.unwrap();
    assert_eq!(shown["users"][0]["name"], "visitor", "{shown}");
    assert_eq!(shown["requests"][0]["path"], "/Users", "{shown}");
    place.platform.command(&["directory", "release", "user", "visitor"]).await.unwrap();
    assert_eq!(total().await, json!(0));
    let kept = place.chief.ask("GET", "/users/visitor", None).await.unwrap();
    assert_eq!((kept.status, &kept.body["status"]), (200, &json!("active")), "the account stays");
    assert!(
        place.platform.command(&["directory", "release", "user", "visitor"]).await.is_err(),
        "it is nobody else's now"
    );
}
