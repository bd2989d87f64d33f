//! Which shown token is recognised, and when it stops.

use proptest::prelude::*;
use sekisho_api_tokens::{Reach, TokenRefusal, authenticate};
use sekisho_model::documents::Kind;
use sekisho_model::facts::EntityType;
use sekisho_model::{Actor, Method, Span};
use sekisho_policy_information::{World, WorldBuilder};
use serde_json::json;

use crate::place::Place;

#[tokio::test]
async fn who_shows_a_token_is_its_workload_with_the_sign_in_of_its_maker_and_no_device() {
    let place = Place::new().await;
    let caller = place.authenticate(&place.alices().await).unwrap();
    let session = caller.session();
    let world = place.here.world();
    assert_eq!(session.subject, world.facts().find(EntityType::Workload, "audit").unwrap());
    assert_eq!((session.device, session.expires_at), (None, caller.expires_at()));
    assert!(session.methods.contains(Method::Passkey) && session.authenticated_at == place.here.clock.now());
    assert_eq!((caller.id().as_str(), caller.owner().as_str()), ("audit", "alice"));
    assert_eq!(caller.actor(), Actor::Token { owner: "alice".to_owned(), token: "audit".to_owned() });
}

#[tokio::test]
async fn an_unknown_name_a_wrong_secret_and_a_secret_of_another_token_get_one_answer() {
    let place = Place::new().await;
    let text = place.alices().await;
    let other = place.make(place.wanted("other", "alice", &["auditors"]), "alice", Reach::Own).await.unwrap();
    let (secret, digits) = (text.rsplit('_').next().unwrap(), other.text.rsplit('_').next().unwrap());
    for wrong in [
        format!("sekisho_ghost_{secret}"),
        format!("sekisho_other_{secret}"),
        format!("sekisho_audit_{digits}"),
        format!("sekisho_audit_{}", "0".repeat(64)),
        "secret".to_owned(),
        String::new(),
    ] {
        assert_eq!(place.authenticate(&wrong).unwrap_err(), TokenRefusal::Unknown, "{wrong}");
    }
    assert!(place.authenticate(&text).is_ok());
}

#[tokio::test]
async fn i25_a_token_stops_when_it_ends_and_when_its_owner_may_not_sign_in() {
    let place = Place::new().await;
    let text = place.alices().await;
    assert!(place.authenticate(&text).is_ok());
    place.put_user("alice", &["auditors", "helpdesk"], "disabled").await;
    assert_eq!(place.authenticate(&text).unwrap_err(), TokenRefusal::OwnerDisabled);
    place.put_user("alice", &["auditors"], "active").await;
    assert!(place.authenticate(&text).is_ok(), "the account is enabled, and the token is not revoked");
    place.here.delete(Kind::User, "alice").await;
    assert_eq!(place.authenticate(&text).unwrap_err(), TokenRefusal::OwnerGone);
    place.put_user("alice", &["auditors"], "active").await;
    place.here.clock.pass(Span::from_minutes(60));
    assert_eq!(place.authenticate(&text).unwrap_err(), TokenRefusal::Expired, "its last moment has passed");
}

#[tokio::test]
async fn i25_a_token_stops_when_its_owner_loses_one_of_its_roles() {
    let place = Place::new().await;
    let made = place.make(place.wanted("both", "alice", &["auditors", "helpdesk"]), "alice", Reach::Own).await.unwrap();
    place.put_user("alice", &["auditors"], "active").await;
    assert_eq!(place.authenticate(&made.text).unwrap_err(), TokenRefusal::RoleLost);
    // A group that is in the role's group is as good as the group itself, until it is not in it any more.
    place.here.put(Kind::Group, "desk", json!({ "id": "desk", "name": "desk", "groups": ["helpdesk"] })).await;
    place.put_user("alice", &["auditors", "desk"], "active").await;
    assert!(place.authenticate(&made.text).is_ok());
    place.here.put(Kind::Group, "desk", json!({ "id": "desk", "name": "desk" })).await;
    assert_eq!(place.authenticate(&made.text).unwrap_err(), TokenRefusal::RoleLost);
}

#[tokio::test]
async fn a_sign_in_of_the_future_is_no_evidence() {
    let place = Place::new().await;
    let text = place.alices().await;
    place.here.clock.pass(Span::from_minutes(-2));
    assert!(place.authenticate(&text).is_err());
}

#[test]
fn every_refusal_is_told_in_both_languages() {
    for refusal in [
        TokenRefusal::Unknown,
        TokenRefusal::Expired,
        TokenRefusal::OwnerDisabled,
        TokenRefusal::OwnerGone,
        TokenRefusal::RoleLost,
    ] {
        let text = refusal.text();
        assert!(!text.en.is_empty() && text.ja.is_some_and(|ja| ja != text.en), "{refusal:?}");
    }
}

/// A token and a World that knows it.
fn known() -> (String, std::sync::Arc<World>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let place = Place::new().await;
        (place.alices().await, place.here.world())
    })
}

#[test]
fn no_altered_token_is_recognised() {
    let (text, world) = known();
    let now = world.published_at();
    assert!(authenticate(&text, &world, now).is_ok());
    let nowhere = WorldBuilder::new().publish(now);
    assert!(authenticate(&text, &nowhere, now).is_err(), "a World that does not know it");
    let length = text.len();
    let altered = (0..length, any::<char>(), 0..4_u8).prop_map(|(at, by, how)| {
        let (before, after) = text.split_at(at);
        match how {
            0 => format!("{before}{by}{}", after.chars().skip(1).collect::<String>()),
            1 => format!("{before}{by}{after}"),
            2 => format!("{before}{}", after.chars().skip(1).collect::<String>()),
            _ => format!("{before}{}", after.to_uppercase()),
        }
    });
    proptest!(ProptestConfig::with_cases(4000), |(shown in altered)| {
        prop_assume!(shown != text);
        prop_assert_eq!(authenticate(&shown, &world, now).unwrap_err(), TokenRefusal::Unknown);
    });
    proptest!(|(shown in "\\PC*")| {
        prop_assert!(authenticate(&shown, &world, now).is_err());
    });
}
