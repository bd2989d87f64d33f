//! A body that arrives late: the request is decided on the facts of its end.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::{StreamExt as _, stream};
use sekisho_control_plane::{Desired, now};
use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use serde_json::json;
use tokio::sync::oneshot;

use crate::place::{Answer, Place, credential};

/// A request whose body begins at once and ends when the test says so, after it was done what `meanwhile` does.
async fn held(place: &Place, who: &str, method: &str, path: &str, body: &str, meanwhile: impl AsyncFnOnce()) -> Answer {
    let (end, ended) = oneshot::channel::<()>();
    let (first, rest) = body.split_at(body.len() / 2);
    let (first, rest) = (first.to_owned(), rest.to_owned());
    let begun = stream::once(async move { Ok::<_, Infallible>(first) });
    let ending = stream::once(async move {
        ended.await.unwrap();
        Ok::<_, Infallible>(rest)
    });
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {}", credential(who)))
        .header("content-type", "application/json")
        .body(Body::from_stream(begun.chain(ending)))
        .unwrap();
    let asking = place.answered(request);
    let acting = async {
        meanwhile().await;
        end.send(()).unwrap();
    };
    tokio::join!(asking, acting).0
}

async fn disable(place: &Place, who: &str) {
    let acts = place.here.control_plane.acts();
    acts.by(Actor::System, now()).disable_user(&who.parse().unwrap()).await.unwrap();
    // The World follows: a request now is nobody's.
    let mut world = place.here.control_plane.publication.world.clone();
    let gone = world.wait_for(|world| !world.sessions().any(|session| &*world.id(session.subject) == who));
    gone.await.unwrap();
}

#[tokio::test]
async fn i10_a_caller_who_is_disabled_while_the_body_is_held_back_does_nothing() {
    let place = Place::new().await;
    let mallory = json!({ "id": "mallory", "name": "M", "groups": ["administrators"] }).to_string();
    let second = json!({ "id": "second", "name": "S", "groups": ["administrators"] });
    place.administer("PUT", "/documents/user/second", &[], &second).await;
    for (method, path, body) in [
        ("PUT", "/documents/user/mallory", mallory.clone()),
        ("POST", "/apply", json!({ "documents": [{ "kind": "user", "id": "mallory", "body": {"id": "mallory", "name": "M"}, "origin": "-" }] }).to_string()),
        ("POST", "/tokens", json!({ "id": "late", "roles": ["administrators"], "expires_at": now().as_millis() + 60_000 }).to_string()),
        ("POST", "/users/alice/disable", "  ".to_owned()),
    ] {
        let place = Place::new().await;
        place.administer("PUT", "/documents/user/second", &[], &second).await;
        let answer = held(&place, "administrators", method, path, &body, async || disable(&place, "administrators").await).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}: {}", answer.body);
        let store = &place.here.control_plane.store;
        assert!(store.get(Kind::User, "mallory").await.unwrap().is_none(), "{method} {path}");
        assert!(store.get(Kind::ApiToken, "late").await.unwrap().is_none(), "{method} {path}");
    }
}

#[tokio::test]
async fn i10_a_person_who_gets_a_role_while_the_body_is_held_back_is_out_of_the_helpdesks_reach() {
    let place = Place::new().await;
    let promote = async || {
        let body = json!({ "id": "alice", "name": "alice", "groups": ["administrators"] });
        let desired = Desired { kind: Kind::User, id: "alice".to_owned(), body, origin: "-".to_owned() };
        place.here.apply(desired, Actor::System).await;
    };
    let answer = held(&place, "helpdesk", "POST", "/users/alice/enrolment-link", "  ", promote).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
}

#[tokio::test]
async fn a_slow_body_of_a_caller_who_stays_permitted_is_accepted_at_its_end() {
    let place = Place::new().await;
    let zoe = json!({ "id": "zoe", "name": "Zoe" }).to_string();
    let answer = held(&place, "administrators", "PUT", "/documents/user/zoe", &zoe, async || {}).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn bodies_are_limited_by_route_and_read_for_nobody_who_may_not_send_them() {
    let place = Place::new().await;
    let long = " ".repeat(2 * 1024 * 1024);
    let wide = place.ask(Some("administrators"), "PUT", "/documents/user/zoe", &[], &long).await;
    assert_eq!(wide.status, StatusCode::PAYLOAD_TOO_LARGE);
    let folder = place.ask(Some("administrators"), "POST", "/apply", &[], &long).await;
    assert_eq!(folder.status, StatusCode::BAD_REQUEST, "it is read, and is not JSON");
    for who in ["auditors", crate::place::NOBODY] {
        // A body that never ends: the answer does not wait for it.
        let body = Body::from_stream(stream::pending::<Result<String, Infallible>>());
        let request = Request::post("/api/v1/apply")
            .header("authorization", format!("Bearer {}", credential(who)))
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        assert_eq!(place.answered(request).await.status, StatusCode::FORBIDDEN, "{who}");
    }
}
