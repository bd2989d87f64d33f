//! What users do with their own authenticators.

use sekisho_identity::{Failure, Right, Secret};
use sekisho_model::Method;
use sekisho_software_passkey::SoftwarePasskey;

use crate::place::{PASSWORD, Place, at, user};

#[tokio::test]
async fn authenticators_are_listed_named_and_removed() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let session = place.session(place.give_passkey("alice", &mut passkey).await).await;
    place.identity.set_password(Right::Session(&session.id), &Secret::from(PASSWORD), at(1)).await.unwrap();
    place.identity.new_recovery_codes(&session.id, at(1)).await.unwrap();
    let listed = place.identity.authenticators(&user("alice")).await.unwrap();
    let methods: Vec<Method> = listed.iter().map(|one| one.method).collect();
    assert_eq!(methods, [Method::Passkey, Method::Password, Method::RecoveryCode]);
    place.identity.rename(&session.id, &listed[0].id, " blue key ", at(2)).await.unwrap();
    assert_eq!(place.identity.authenticators(&user("alice")).await.unwrap()[0].name, "blue key");
    assert!(place.identity.remove(&session.id, "recovery-codes", at(3)).await.unwrap());
    let unknown = place.identity.remove(&session.id, "passkey-000000000000", at(3)).await;
    assert_eq!(unknown.unwrap_err(), Failure::NotFound("authenticator"));
    let unknown = place.identity.rename(&session.id, "passkey-000000000000", "gone", at(3)).await;
    assert_eq!(unknown.unwrap_err(), Failure::NotFound("authenticator"));
    assert!(!place.identity.remove(&session.id, &listed[0].id, at(3)).await.unwrap());
    assert_eq!(place.by_passkey(&mut passkey, at(4)).await.unwrap_err(), Failure::WrongCredentials);
    assert_eq!(place.count("authenticator-removed", "alice").await, 2);
    // The session was proven by what is gone now.
    let proven = place.identity.rename(&session.id, &listed[0].id, "gone", at(4)).await;
    assert_eq!(proven.unwrap_err(), Failure::SessionEnded);
}

#[tokio::test]
async fn the_last_way_to_sign_in_stays() {
    let place = Place::new().await;
    let session = place.session(place.give_passkey("alice", &mut SoftwarePasskey::default()).await).await;
    place.identity.new_recovery_codes(&session.id, at(1)).await.unwrap();
    let id = place.identity.authenticators(&user("alice")).await.unwrap()[0].id.clone();
    assert_eq!(place.identity.remove(&session.id, &id, at(1)).await.unwrap_err(), Failure::LastAuthenticator);
    let mut passkey = SoftwarePasskey::default();
    let second = place.register(Right::Session(&session.id), &mut passkey, at(2)).await.unwrap();
    let again = place.by_passkey(&mut passkey, at(2)).await.unwrap();
    place.identity.elevate(&session.id, again, at(2)).await.unwrap();
    assert!(place.identity.remove(&session.id, &id, at(2)).await.unwrap(), "it was proven by the other since");
    assert_eq!(place.identity.remove(&session.id, &second.id, at(2)).await.unwrap_err(), Failure::LastAuthenticator);
}

#[tokio::test]
async fn a_stale_session_changes_nothing() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let session = place.session(place.give_passkey("alice", &mut passkey).await).await;
    let id = place.identity.authenticators(&user("alice")).await.unwrap()[0].id.clone();
    let (right, late) = (Right::Session(&session.id), at(301));
    let failures = [
        place.identity.begin_registration(right, late).await.unwrap_err(),
        place.identity.set_password(right, &Secret::from(PASSWORD), late).await.unwrap_err(),
        place.identity.begin_totp(&session.id, late).await.unwrap_err(),
        place.identity.new_recovery_codes(&session.id, late).await.unwrap_err(),
        place.identity.rename(&session.id, &id, "mine", late).await.unwrap_err(),
        place.identity.remove(&session.id, &id, late).await.unwrap_err(),
    ];
    for failure in failures {
        assert!(matches!(failure, Failure::AuthenticateAgain { assurance: 3, .. }));
    }
    let again = place.by_passkey(&mut passkey, at(302)).await.unwrap();
    place.identity.elevate(&session.id, again, at(302)).await.unwrap();
    place.identity.rename(&session.id, &id, "mine", at(303)).await.unwrap();
}

#[tokio::test]
async fn the_password_alone_cannot_add_to_an_account_with_a_passkey() {
    let place = Place::new().await;
    let _ = place.give_passkey("alice", &mut SoftwarePasskey::default()).await;
    let _ = place.give_password("alice").await;
    let session = place.session(place.by_password("alice", at(10)).await).await;
    let right = Right::Session(&session.id);
    let refused = place.register(right, &mut SoftwarePasskey::default(), at(11)).await;
    assert!(matches!(refused.unwrap_err(), Failure::AuthenticateAgain { assurance: 3, .. }));
    let refused = place.identity.set_password(right, &Secret::from("taken over by another"), at(11)).await;
    assert!(matches!(refused.unwrap_err(), Failure::AuthenticateAgain { assurance: 3, .. }));
    assert!(place.identity.new_recovery_codes(&session.id, at(11)).await.is_err());
}

#[tokio::test]
async fn an_ended_session_or_a_disabled_account_changes_nothing() {
    let place = Place::new().await;
    let session = place.session(place.give_password("alice").await).await;
    place.put_user("alice", "disabled").await;
    let refused = place.identity.new_recovery_codes(&session.id, at(1)).await;
    assert_eq!(refused.unwrap_err(), Failure::SessionEnded);
    place.put_user("alice", "active").await;
    let why = sekisho_model::documents::SessionEnd::SignedOut;
    let actor = sekisho_model::Actor::User("alice".to_owned());
    assert!(place.identity.end(&session.id, why, actor, at(2)).await.unwrap());
    let refused = place.identity.new_recovery_codes(&session.id, at(3)).await;
    assert_eq!(refused.unwrap_err(), Failure::SessionEnded);
}
