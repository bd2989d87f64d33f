//! What provisioning does not reach: roles on the platform, administrators, and everything else that its token's owner may not do.

use serde_json::json;

use crate::place::{Place, SCIM, account};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i35_no_role_is_given_or_taken_by_provisioning() {
    let place = Place::new().await;
    let id = place.provisioned("mallory").await;
    for group in ["administrators", "Auditors", "help desk", "HELPDESK"] {
        let made =
            place.scim("POST", "/Groups", Some(&json!({ "displayName": group, "members": [{ "value": id }] }))).await;
        // "help desk" is `help-desk`, which is no role.
        assert_eq!(made.status, if group == "help desk" { 201 } else { 403 }, "{group}: {}", made.body);
    }
    // A group that an administrator made part of a role's group afterwards is out of reach from then on.
    let made = place.scim("POST", "/Groups", Some(&json!({ "displayName": "crew" }))).await;
    assert_eq!(made.status, 201);
    let nested = "[[group]]\nid = \"crew\"\nname = \"Crew\"\ngroups = [\"administrators\"]\n";
    place.platform.apply(&[("crew.toml", nested)]).await.unwrap();
    let path = format!("/Groups/{}", made.body["id"].as_str().unwrap());
    let joined = place.patched(&path, json!({ "op": "add", "path": "members", "value": [{ "value": id }] })).await;
    assert_eq!(
        (joined.status, &joined.body["schemas"][0]),
        (403, &json!("urn:ietf:params:scim:api:messages:2.0:Error"))
    );
    let groups = place.chief.ask("GET", "/users/mallory", None).await.unwrap().body["groups"].clone();
    assert_eq!(groups, json!(["help-desk"]));
    // Nor is an administrator's account handed over, and what belongs to administrators is not taken.
    let owned = json!({ "kind": "user", "name": "chief" });
    assert_eq!(place.chief.ask("POST", "/directory/hand-over", Some(&owned)).await.unwrap().status, 403);
    let taken = place.scim("POST", "/Users", Some(&account("chief"))).await;
    assert_eq!((taken.status, &taken.body["scimType"]), (409, &json!("uniqueness")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i35_an_account_that_became_an_administrators_is_not_disabled_or_removed() {
    let place = Place::new().await;
    let id = place.provisioned("deputy").await;
    let deputy = "[[user]]\nid = \"deputy\"\nname = \"Deputy\"\ngroups = [\"administrators\"]\n";
    place.platform.apply(&[("deputy.toml", deputy)]).await.unwrap();
    let path = format!("/Users/{id}");
    let disabled = place.patched(&path, json!({ "op": "replace", "path": "active", "value": false })).await;
    assert_eq!(disabled.status, 403, "{}", disabled.body);
    assert_eq!(place.scim("DELETE", &path, None).await.status, 403);
    // Its title is the identity provider's all the same.
    let titled = place.patched(&path, json!({ "op": "replace", "path": "title", "value": "Deputy" })).await;
    assert_eq!((titled.status, &titled.body["title"]), (200, &json!("Deputy")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_provisions_and_nothing_else_and_others_do_not_provision() {
    let place = Place::new().await;
    for (method, path) in [("GET", "/users"), ("POST", "/users/runner/disable"), ("GET", "/ledger")] {
        assert_eq!(place.provider.ask(method, path, None).await.unwrap().status, 403, "{method} {path}");
    }
    let owned = json!({ "kind": "user", "name": "runner" });
    assert_eq!(place.provider.ask("POST", "/directory/hand-over", Some(&owned)).await.unwrap().status, 403);
    let mut runner = place.platform.signed_in("visitor").await.unwrap();
    let (_, stranger) = place.platform.token(&mut runner, "visitor-program", "visitors").await.unwrap();
    for (method, path) in [
        ("GET", "/Users"),
        ("POST", "/Users"),
        ("POST", "/.search"),
        ("GET", "/Groups/g-0-x"),
        ("DELETE", "/Groups/g-0-x"),
    ] {
        let body = (method == "POST").then(|| account("mallory"));
        let refused = stranger.ask(method, &format!("{SCIM}{path}"), body.as_ref()).await.unwrap();
        assert_eq!(
            (refused.status, &refused.body["status"]),
            (403, &json!("403")),
            "{method} {path}: {}",
            refused.body
        );
    }
}
