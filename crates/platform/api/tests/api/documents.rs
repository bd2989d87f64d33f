//! Documents through the API: pages, search, entity tags, refusals that name the field.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::place::Place;

fn wiki(name: &str) -> Value {
    json!({ "id": "wiki", "name": { "en": name, "ja": "社内ウィキ" }, "host": "wiki.localhost" })
}

#[tokio::test]
async fn a_document_is_written_read_and_removed_at_the_revision_that_was_read() {
    let place = Place::new().await;
    let path = "/documents/resource/wiki";
    let made = place.administer("PUT", path, &[("if-none-match", "*")], &wiki("Wiki")).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let tag = made.headers["etag"].to_str().unwrap().to_owned();
    let read = place.administer("GET", path, &[], &Value::Null).await;
    assert_eq!((read.headers["etag"].to_str().unwrap(), &read.body), (tag.as_str(), &made.body));
    assert!(read.body["at"].as_str().unwrap().ends_with('Z'), "a time is text: {}", read.body["at"]);
    let same = place.administer("GET", path, &[("if-none-match", &tag)], &Value::Null).await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);

    let again = place.administer("PUT", path, &[("if-none-match", "*")], &wiki("Other")).await;
    assert_eq!(
        (again.status, again.body["code"].as_str()),
        (StatusCode::PRECONDITION_FAILED, Some("precondition-failed"))
    );
    let changed = place.administer("PUT", path, &[("if-match", &tag)], &wiki("Knowledge")).await;
    assert_eq!(changed.status, StatusCode::OK);
    let late = place.administer("PUT", path, &[("if-match", &tag)], &wiki("Late")).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    let removed_late = place.administer("DELETE", path, &[("if-match", &tag)], &Value::Null).await;
    assert_eq!(removed_late.status, StatusCode::PRECONDITION_FAILED);
    let removed = place.administer("DELETE", path, &[], &Value::Null).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(place.administer("GET", path, &[], &Value::Null).await.status, StatusCode::NOT_FOUND);
    let history = place.administer("GET", "/documents/resource/wiki/history", &[], &Value::Null).await;
    let bodies: Vec<&Value> =
        history.body["items"].as_array().unwrap().iter().map(|past| &past["body"]["name"]["en"]).collect();
    assert_eq!(bodies, [&Value::Null, &json!("Knowledge"), &json!("Wiki")]);
}

#[tokio::test]
async fn wrong_input_is_refused_with_the_field_and_changes_nothing() {
    let place = Place::new().await;
    for (method, path, body, status, says) in [
        ("PUT", "/documents/resource/wiki", json!({"id": "wiki", "nmae": "W"}), 422, "nmae"),
        ("PUT", "/documents/resource/wiki", json!({"id": "other", "name": {"en": "W"}}), 422, "says `other`"),
        (
            "PUT",
            "/documents/resource/wiki",
            json!({"id": "wiki", "name": {"en": "W"}, "host": "terminal.localhost"}),
            422,
            "Sekisho's own",
        ),
        ("PUT", "/documents/user/eve", json!({"id": "eve", "name": "E", "clearance": 9}), 422, "clearance"),
        ("PUT", "/documents/session/x", json!({}), 422, "made by Sekisho"),
        ("PUT", "/documents/policy/broken", json!({"text": "permit (principal, action"}), 422, "broken"),
        ("PUT", "/documents/nothing/x", json!({}), 404, "no kind"),
        ("PUT", "/documents/key/x", json!({}), 404, "no kind"),
        ("DELETE", "/documents/session/x", Value::Null, 422, "made by Sekisho"),
        ("DELETE", "/documents/resource/sekisho-console", Value::Null, 409, "cannot be removed"),
        ("DELETE", "/documents/resource/none", Value::Null, 404, "there is no resource"),
        ("POST", "/apply", json!({"documents": [], "prnue": true}), 422, "prnue"),
        ("POST", "/devices/tokens", json!({"id": "d", "ownership": "rented"}), 422, "ownership"),
        ("POST", "/users/alice%20b/disable", Value::Null, 400, "is not a name"),
    ] {
        let answer = place.administer(method, path, &[], &body).await;
        let text = answer.body.to_string();
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {text}");
        assert!(text.contains(says), "{method} {path}: {text}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    assert_eq!(
        place.administer("GET", "/documents/resource/wiki", &[], &Value::Null).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_list_is_read_in_pages_and_searched_by_the_beginning_of_names() {
    let place = Place::new().await;
    let people = ["sato", "suzuki", "takahashi", "tanaka", "watanabe"];
    for (index, id) in people.iter().enumerate() {
        let body = json!({ "id": id, "name": format!("{} 花子", ["佐藤", "鈴木", "高橋", "田中", "渡辺"][index]) });
        let answer = place.administer("PUT", &format!("/documents/user/{id}"), &[], &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = place.administer("GET", &format!("/users?limit=3{after}"), &[], &Value::Null).await.body;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(items.iter().map(|user| user["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let sorted: Vec<String> = {
        let mut all = seen.clone();
        all.sort();
        all.dedup();
        all
    };
    assert_eq!(seen, sorted);
    assert!(people.iter().all(|id| seen.iter().any(|found| found == id)));
    let found = async |q: &str| {
        let page = place.administer("GET", &format!("/users?q={q}"), &[], &Value::Null).await.body;
        let items = page["items"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned());
        items.collect::<Vec<_>>()
    };
    assert_eq!(found("ta").await, ["takahashi", "tanaka"]);
    assert_eq!(found("%E9%AB%98").await, ["takahashi"]);
    assert_eq!(found("%E8%8A%B1").await.len(), 5);
    assert!(found("anaka").await.is_empty());
    for wrong in ["limit=0", "limit=501", "limit=x", "lmit=3"] {
        let answer = place.administer("GET", &format!("/users?{wrong}"), &[], &Value::Null).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn decisions_are_read_in_pages_from_the_newest() {
    let place = Place::new().await;
    for _ in 0..5 {
        place.ask(Some("helpdesk"), "GET", "/users", &[], "").await;
    }
    let (mut indices, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/decisions?subject=helpdesk&limit=2{after}");
        let page = place.ask(Some("auditors"), "GET", &path, &[], "").await.body;
        indices.extend(page["items"].as_array().unwrap().iter().map(|entry| entry["index"].as_u64().unwrap()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(indices.len(), 5);
    assert!(indices.windows(2).all(|pair| pair[0] > pair[1]), "{indices:?}");
}
