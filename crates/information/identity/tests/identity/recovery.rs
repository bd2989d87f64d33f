//! Recovery codes.

use sekisho_identity::{Failure, Secret, SignedIn};
use sekisho_model::{Method, SessionId};
use sekisho_software_passkey::SoftwarePasskey;

use crate::place::{ADDRESS, PASSWORD, Place, at, user};
use crate::totp::{alice_with_app, code};

async fn codes_of_alice_with_app(place: &Place) -> (Vec<Secret>, SessionId) {
    let (secret, session) = alice_with_app(place).await;
    let state = place.after_password("alice", at(60)).await;
    let full = place.identity.totp(&state, &code(&secret, at(60)), ADDRESS, at(60)).await.unwrap();
    place.identity.elevate(&session, full, at(60)).await.unwrap();
    (place.identity.new_recovery_codes(&session, at(61)).await.unwrap(), session)
}

#[tokio::test]
async fn a_recovery_code_stands_for_the_app_once() {
    let place = Place::new().await;
    let (codes, _) = codes_of_alice_with_app(&place).await;
    assert_eq!(codes.len(), 10);
    let state = place.after_password("alice", at(100)).await;
    let signed_in = place.identity.recovery_code(&state, &codes[0], ADDRESS, at(100)).await.unwrap();
    assert!(signed_in.methods().contains(Method::RecoveryCode));
    assert_eq!(signed_in.methods().assurance(), 2);
    assert_eq!(place.signal("recovery-code-used").await, Some(30));
    let again = place.identity.recovery_code(&state, &codes[0], ADDRESS, at(101)).await;
    assert_eq!(again.unwrap_err(), Failure::WrongCredentials);
    let left = place.identity.authenticators(&user("alice")).await.unwrap();
    assert_eq!(left.iter().find(|one| one.id == "recovery-codes").unwrap().left, Some(9));
    // With password and recovery code what was lost may be replaced.
    let session = place.session(signed_in).await;
    assert!(place.identity.begin_totp(&session.id, at(102)).await.is_ok());
}

#[tokio::test]
async fn of_many_at_once_with_one_recovery_code_one_signs_in() {
    let place = Place::new().await;
    let (codes, _) = codes_of_alice_with_app(&place).await;
    let state = place.after_password("alice", at(100)).await;
    let one = || place.identity.recovery_code(&state, &codes[0], ADDRESS, at(100));
    let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
    assert_eq!([a, b, c, d].iter().filter(|result| result.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_recovery_code_alone_is_one_factor_and_changes_nothing_where_there_is_a_password() {
    let place = Place::new().await;
    let (codes, _) = codes_of_alice_with_app(&place).await;
    let signed_in = place.identity.recover("alice", &codes[1], ADDRESS, at(100)).await.unwrap();
    assert_eq!(signed_in.methods().assurance(), 1);
    let session = place.session(signed_in).await;
    let refused = place.identity.begin_totp(&session.id, at(101)).await;
    assert!(matches!(refused.unwrap_err(), Failure::AuthenticateAgain { assurance: 2, .. }));
}

#[tokio::test]
async fn who_has_lost_the_only_passkey_recovers_with_a_code() {
    let place = Place::new().await;
    let session = place.session(place.give_passkey("alice", &mut SoftwarePasskey::default()).await).await;
    let codes = place.identity.new_recovery_codes(&session.id, at(1)).await.unwrap();
    let session = place.session(place.identity.recover("alice", &codes[9], ADDRESS, at(400)).await.unwrap()).await;
    let mut new = SoftwarePasskey::default();
    place.register(sekisho_identity::Right::Session(&session.id), &mut new, at(401)).await.unwrap();
    assert_eq!(place.by_passkey(&mut new, at(402)).await.unwrap().methods().assurance(), 3);
}

#[tokio::test]
async fn wrong_replaced_and_foreign_codes_are_refused() {
    let place = Place::new().await;
    let (codes, session) = codes_of_alice_with_app(&place).await;
    let newer = place.identity.new_recovery_codes(&session, at(62)).await.unwrap();
    let refusals: [Result<SignedIn, Failure>; 5] = [
        place.identity.recover("alice", &codes[2], ADDRESS, at(100)).await,
        place.identity.recover("alice", &Secret::from("aaaa-bbbb-cccc-dddd"), ADDRESS, at(100)).await,
        place.identity.recover("alice", &Secret::from(PASSWORD), ADDRESS, at(100)).await,
        place.identity.recover("bob", &newer[2], ADDRESS, at(100)).await,
        place.identity.recover("nobody", &newer[2], ADDRESS, at(100)).await,
    ];
    for refused in refusals {
        assert_eq!(refused.unwrap_err(), Failure::WrongCredentials);
    }
    place.put_user("alice", "disabled").await;
    let disabled = place.identity.recover("alice", &newer[2], ADDRESS, at(101)).await;
    assert_eq!(disabled.unwrap_err(), Failure::WrongCredentials);
    place.put_user("alice", "active").await;
    assert!(place.identity.recover("alice", &newer[2], ADDRESS, at(110)).await.is_ok());
}
