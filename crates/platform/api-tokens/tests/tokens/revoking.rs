//! Who sees and revokes which token.

use std::collections::BTreeSet;

use sekisho_api_tokens::{ApiTokenId, Reach, TokenActRefusal, TokenRefusal};
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Span};
use serde_json::json;

use crate::place::{Place, user};

fn audit() -> ApiTokenId {
    "audit".parse().unwrap()
}

fn token(id: &str) -> Actor {
    Actor::Token { owner: "alice".to_owned(), token: id.to_owned() }
}

#[tokio::test]
async fn a_revoked_token_is_refused_and_is_no_workload_any_more() {
    let place = Place::new().await;
    let text = place.alices().await;
    assert!(place.workload_exists("audit"));
    let (alice, now) = (Actor::User("alice".to_owned()), place.here.clock.now());
    place.tokens.revoke(&audit(), alice.clone(), Reach::Own, now).await.unwrap();
    place.settled().await;
    assert_eq!(place.authenticate(&text).unwrap_err(), TokenRefusal::Unknown);
    assert!(!place.workload_exists("audit"));
    let again = place.tokens.revoke(&audit(), alice, Reach::Own, now).await;
    assert!(matches!(again, Err(TokenActRefusal::NoToken(_))), "{again:?}");
    assert_eq!(place.here.act_codes().await, ["token-made", "token-revoked"]);
    // A new token of the same name has another secret.
    let second = place.alices().await;
    assert!(place.authenticate(&second).is_ok());
    assert_eq!(place.authenticate(&text).unwrap_err(), TokenRefusal::Unknown);
}

#[tokio::test]
async fn nobody_revokes_or_sees_the_token_of_somebody_else_without_permission() {
    let place = Place::new().await;
    let text = place.alices().await;
    let now = place.here.clock.now();
    for other in [
        Actor::User("bob".to_owned()),
        Actor::User("root".to_owned()),
        token("another"),
        Actor::Device("alice".to_owned()),
        Actor::Operator("alice".to_owned()),
    ] {
        let refused = place.tokens.revoke(&audit(), other.clone(), Reach::Own, now).await;
        assert!(matches!(refused, Err(TokenActRefusal::NoToken(_))), "{other}: {refused:?}");
    }
    assert!(place.authenticate(&text).is_ok());
    let world = place.here.world();
    let bobs = place.tokens.list(Some(&user("bob")), &world, now).await.unwrap();
    assert!(bobs.is_empty());
    for (actor, reach) in [(token("audit"), Reach::Own), (Actor::User("root".to_owned()), Reach::Everybody)] {
        place.tokens.revoke(&audit(), actor, reach, now).await.unwrap();
        place.settled().await;
        assert!(place.authenticate(&text).is_err());
        place.alices().await;
    }
}

#[tokio::test]
async fn a_list_shows_limits_last_use_and_why_a_token_is_refused_but_no_secret() {
    let place = Place::new().await;
    let text = place.alices().await;
    let now = place.here.clock.now();
    let list =
        async || place.tokens.list(Some(&user("alice")), &place.here.world(), place.here.clock.now()).await.unwrap();
    assert_eq!((list().await[0].refused, list().await[0].used_at), (None, None));
    place.here.put(Kind::ApiTokenUse, "audit", json!({ "id": "audit", "at": now, "address": "192.0.2.9" })).await;
    place.here.clock.pass(Span::from_minutes(60));
    let shown = &list().await[0];
    assert_eq!(
        (shown.refused, shown.used_at, shown.used_from),
        (Some("token-expired"), Some(now), "192.0.2.9".parse().ok())
    );
    let shown = serde_json::to_string(shown).unwrap();
    let token = place.here.world().api_token(&audit()).unwrap().clone();
    assert!(
        !shown.contains(token.secret_hash.as_str()) && !shown.contains(text.rsplit('_').next().unwrap()),
        "{shown}"
    );
}

#[tokio::test]
async fn all_tokens_of_a_user_go_and_those_of_others_stay() {
    let place = Place::new().await;
    place.alices().await;
    place.make(place.wanted("more", "alice", &["helpdesk"]), "alice", Reach::Own).await.unwrap();
    let bobs = place.make(place.wanted("bobs", "bob", &["helpdesk"]), "bob", Reach::Own).await.unwrap();
    let now = place.here.clock.now();
    assert_eq!(place.tokens.revoke_all_of(&BTreeSet::from([user("alice")]), Actor::System, now).await.unwrap(), 2);
    assert_eq!(place.tokens.revoke_all_of(&BTreeSet::from([user("alice")]), Actor::System, now).await.unwrap(), 0);
    let world = place.settled().await;
    assert_eq!(world.api_tokens().map(|token| token.id.to_string()).collect::<Vec<_>>(), ["bobs"]);
    assert!(place.authenticate(&bobs.text).is_ok());
}
