//! What goes with an authenticator: the sessions that it opened, and the right to change others.

use sekisho_identity::{Failure, Right, Secret};
use sekisho_model::documents::{Kind, Session};
use sekisho_software_passkey::SoftwarePasskey;
use sekisho_store::{Expected, Write};
use serde_json::json;

use crate::place::{ADDRESS, PASSWORD, Place, at, user};

async fn stands(place: &Place, session: &Session) -> bool {
    place.stored_session(&session.id).await.is_some()
}

/// Alice's own passkey, a second one that somebody else has, and a session by each.
async fn with_a_stolen_passkey(place: &Place) -> (SoftwarePasskey, Session, SoftwarePasskey, Session, String) {
    let (mut own, mut stolen) = (SoftwarePasskey::default(), SoftwarePasskey::default());
    let owner = place.session(place.give_passkey("alice", &mut own).await).await;
    let added = place.register(Right::Session(&owner.id), &mut stolen, at(1)).await.unwrap();
    let thief = place.session(place.by_passkey(&mut stolen, at(2)).await.unwrap()).await;
    (own, owner, stolen, thief, added.id)
}

#[tokio::test]
async fn a_removed_passkey_takes_the_sessions_with_it_that_it_opened() {
    let place = Place::new().await;
    let (mut own, owner, mut stolen, thief, id) = with_a_stolen_passkey(&place).await;
    let elsewhere = place.session(place.by_passkey(&mut own, at(3)).await.unwrap()).await;
    let under_way = place.by_passkey(&mut stolen, at(3)).await.unwrap();
    place.identity.remove(&owner.id, &id, at(4)).await.unwrap();
    assert!(!stands(&place, &thief).await);
    assert!(stands(&place, &owner).await && stands(&place, &elsewhere).await);
    // The sign-in that was under way opens nothing, and the thief's session changes nothing.
    let late = place.identity.establish(under_way, ADDRESS, "Test/1.0", at(4)).await;
    assert_eq!(late.unwrap_err(), Failure::Expired);
    let taken_over = place.identity.set_password(Right::Session(&thief.id), &Secret::from(PASSWORD), at(4)).await;
    assert_eq!(taken_over.unwrap_err(), Failure::SessionEnded);
    let listed = place.identity.sessions(&user("alice"), at(5)).await.unwrap();
    assert_eq!(listed.len(), 2);
}

#[tokio::test]
async fn a_session_that_a_removed_passkey_elevated_ends_too() {
    let place = Place::new().await;
    let (mut own, owner, mut stolen, _, id) = with_a_stolen_passkey(&place).await;
    let other = place.session(place.by_passkey(&mut own, at(3)).await.unwrap()).await;
    let again = place.by_passkey(&mut stolen, at(4)).await.unwrap();
    place.identity.elevate(&other.id, again, at(4)).await.unwrap();
    let again = place.by_passkey(&mut own, at(5)).await.unwrap();
    place.identity.elevate(&other.id, again, at(5)).await.unwrap();
    place.identity.remove(&owner.id, &id, at(6)).await.unwrap();
    assert!(!stands(&place, &other).await);
}

#[tokio::test]
async fn a_replaced_password_ends_what_the_old_one_opened() {
    let place = Place::new().await;
    let own = place.session(place.give_password("alice").await).await;
    let thief = place.session(place.by_password("alice", at(1)).await).await;
    let new = Secret::from("another phrase entirely");
    place.identity.set_password(Right::Session(&own.id), &new, at(2)).await.unwrap();
    assert!(stands(&place, &own).await && !stands(&place, &thief).await);
    // The session goes on, but what it proved is no method any more: the next change asks for the new password.
    let next = place.identity.new_recovery_codes(&own.id, at(3)).await;
    assert!(matches!(next.unwrap_err(), Failure::AuthenticateAgain { .. }));
    let sekisho_identity::Progress::SignedIn(again) =
        place.identity.password("alice", &new, ADDRESS, at(4)).await.unwrap()
    else {
        panic!("the password should be enough")
    };
    place.identity.elevate(&own.id, again, at(4)).await.unwrap();
    place.identity.new_recovery_codes(&own.id, at(5)).await.unwrap();
}

#[tokio::test]
async fn what_is_added_or_named_ends_nothing() {
    let place = Place::new().await;
    let (_, owner, _, thief, id) = with_a_stolen_passkey(&place).await;
    place.identity.rename(&owner.id, &id, "blue", at(3)).await.unwrap();
    place.identity.set_password(Right::Session(&owner.id), &Secret::from(PASSWORD), at(3)).await.unwrap();
    place.register(Right::Session(&owner.id), &mut SoftwarePasskey::default(), at(3)).await.unwrap();
    place.identity.new_recovery_codes(&owner.id, at(3)).await.unwrap();
    assert!(stands(&place, &owner).await && stands(&place, &thief).await);
}

/// A token that was made in a session of that user, proven by that method at that second.
async fn give_token(place: &Place, id: &str, owner: &str, method: &str, second: i64) {
    let body = json!({ "id": id, "owner": owner, "roles": ["auditors"], "made_at": at(second), "expires_at": at(100_000),
        "secret_hash": "a".repeat(64), "methods": [method], "authenticated_at": at(second) });
    let write = Write::Put { kind: Kind::ApiToken, id: id.to_owned(), expected: Expected::New, body };
    place.store.commit(vec![write], "test", at(second)).await.unwrap();
}

#[tokio::test]
async fn tokens_that_a_removed_passkey_may_have_made_go_with_it_and_others_stay() {
    let place = Place::new().await;
    let (_, owner, _, _, id) = with_a_stolen_passkey(&place).await;
    for (token, owner, method, second) in [
        ("stolen", "alice", "passkey", 2),
        ("before", "alice", "passkey", 0),
        ("password", "alice", "password", 2),
        ("bobs", "bob", "passkey", 2),
    ] {
        give_token(&place, token, owner, method, second).await;
    }
    place.identity.rename(&owner.id, &id, "blue", at(3)).await.unwrap();
    assert_eq!(place.store.list_all(Kind::ApiToken).await.unwrap().len(), 4);
    place.identity.remove(&owner.id, &id, at(4)).await.unwrap();
    let left = place.store.list_all(Kind::ApiToken).await.unwrap();
    let left: Vec<&str> = left.iter().map(|token| token.id.as_str()).collect();
    assert_eq!(left, ["before", "bobs", "password"]);
}

#[tokio::test]
async fn nobody_goes_on_in_a_session_that_was_last_proven_by_what_they_remove() {
    let place = Place::new().await;
    let (mut own, owner, _, thief, id) = with_a_stolen_passkey(&place).await;
    assert!(!place.identity.remove(&thief.id, &id, at(4)).await.unwrap());
    assert!(!stands(&place, &thief).await && stands(&place, &owner).await);
    // Proven by another since, it goes on.
    let mut second = SoftwarePasskey::default();
    let added = place.register(Right::Session(&owner.id), &mut second, at(5)).await.unwrap();
    let other = place.session(place.by_passkey(&mut second, at(6)).await.unwrap()).await;
    let again = place.by_passkey(&mut own, at(7)).await.unwrap();
    place.identity.elevate(&other.id, again, at(7)).await.unwrap();
    assert!(place.identity.remove(&other.id, &added.id, at(8)).await.unwrap());
    assert!(stands(&place, &other).await);
}
