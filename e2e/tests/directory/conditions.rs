//! Entity tags, pages of lists, filters and what the server says of itself, over the wire.

use serde_json::{Value, json};

use crate::place::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_have_pages_and_filters_and_an_old_tag_changes_nothing() {
    let place = Place::new().await;
    let mut ids = Vec::new();
    for name in ["anna", "bert", "carl"] {
        ids.push(place.provisioned(name).await);
    }
    let page = place.scim("GET", "/Users?startIndex=2&count=1", None).await.body;
    assert_eq!(
        (&page["totalResults"], &page["itemsPerPage"], &page["Resources"][0]["userName"]),
        (&json!(3), &json!(1), &json!("bert"))
    );
    for (filter, found) in [
        ("externalId%20eq%20%22x-carl%22", vec!["carl"]),
        ("userName%20sw%20%22b%22%20or%20userName%20ew%20%22A%22", vec!["anna", "bert"]),
        ("active%20eq%20false", vec![]),
    ] {
        let list = place.scim("GET", &format!("/Users?filter={filter}&attributes=userName"), None).await.body;
        let names: Vec<&str> =
            list["Resources"].as_array().unwrap().iter().map(|one| one["userName"].as_str().unwrap()).collect();
        assert_eq!(names, found, "{filter}");
    }
    let wrong = place.scim("GET", "/Users?filter=userName%20is%20%22a%22", None).await;
    assert_eq!((wrong.status, &wrong.body["scimType"]), (400, &json!("invalidFilter")));
    // Nobody overwrites what somebody else changed since.
    let path = format!("/Users/{}", ids[0]);
    let old = place.scim("GET", &path, None).await.fields["etag"].to_str().unwrap().to_owned();
    place.chief.ask("POST", "/users/anna/disable", None).await.unwrap();
    let body = json!({ "Operations": [{ "op": "replace", "path": "title", "value": "x" }] });
    let late = place.conditional(&path, &old, &body).await;
    assert_eq!(late, 412);
    let new = place.scim("GET", &path, None).await.fields["etag"].to_str().unwrap().to_owned();
    assert_eq!(place.conditional(&path, &new, &body).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i36_what_an_administrator_disabled_stays_disabled() {
    let place = Place::new().await;
    let path = format!("/Users/{}", place.provisioned("anna").await);
    assert_eq!(place.chief.ask("POST", "/users/anna/disable", None).await.unwrap().status, 200);
    let active = |value: bool| json!({ "op": "replace", "path": "active", "value": value });
    for value in [true, false, true] {
        let said = place.patched(&path, active(value)).await;
        assert_eq!((said.status, &said.body["active"]), (200, &json!(false)), "{value}");
    }
    let whole = json!({ "userName": "anna", "active": true, "title": "Boss" });
    let said = place.scim("PUT", &path, Some(&whole)).await;
    assert_eq!((said.status, &said.body["active"], &said.body["title"]), (200, &json!(false), &json!("Boss")));
    let shown: Value = place.chief.ask("GET", "/directory", None).await.unwrap().body;
    assert_eq!(shown["users"][0]["difference"], "disabled-here", "{shown}");
    // The administrator enables it: now the identity provider decides again.
    assert_eq!(place.chief.ask("POST", "/users/anna/enable", None).await.unwrap().status, 200);
    for value in [false, true] {
        assert_eq!(place.patched(&path, active(value)).await.body["active"], json!(value));
    }
}
