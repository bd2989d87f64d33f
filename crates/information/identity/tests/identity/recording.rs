//! What cannot be recorded is not done.

use sekisho_identity::{Failure, Right, Secret};
use sekisho_model::Actor;
use sekisho_model::documents::SessionEnd;
use sekisho_software_passkey::SoftwarePasskey;

use crate::place::{ADDRESS, PASSWORD, Place, at, user};

#[tokio::test]
async fn without_the_ledger_nobody_gets_in_and_nothing_changes() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let session = place.session(place.give_passkey("alice", &mut passkey).await).await;
    let _ = place.give_password("alice").await;
    let pending = place.by_passkey(&mut passkey, at(1)).await.unwrap();
    let stronger = place.by_passkey(&mut passkey, at(2)).await.unwrap();
    let before = place.identity.authenticators(&user("alice")).await.unwrap();
    place.ledger.close().await;

    let cannot = Failure::Unavailable("record this");
    let (alice, right) = (user("alice"), Right::Session(&session.id));
    assert_eq!(place.by_passkey(&mut passkey, at(3)).await.unwrap_err(), cannot);
    let by_password = place.identity.password("alice", &Secret::from(PASSWORD), ADDRESS, at(3)).await;
    assert_eq!(by_password.unwrap_err(), cannot);
    let wrong = place.identity.password("alice", &Secret::from("wrong wrong wrong"), ADDRESS, at(3)).await;
    assert_eq!(wrong.unwrap_err(), cannot);
    assert_eq!(place.identity.establish(pending, ADDRESS, "", at(3)).await.unwrap_err(), cannot);
    assert_eq!(place.identity.elevate(&session.id, stronger, at(3)).await.unwrap_err(), cannot);
    assert_eq!(place.identity.enrolment_link(&alice, Actor::System, at(3)).await.unwrap_err(), cannot);
    assert_eq!(place.identity.set_password(right, &Secret::from("another phrase"), at(3)).await.unwrap_err(), cannot);
    assert_eq!(place.identity.reset(&alice, Actor::System, at(3)).await.unwrap_err(), cannot);

    assert_eq!(place.identity.authenticators(&alice).await.unwrap(), before);
    assert_eq!(place.stored_session(&session.id).await, Some(session.clone()));
    // Only an end comes first and is recorded after: a revocation must not wait for the ledger.
    let ended = place.identity.end(&session.id, SessionEnd::Revoked, Actor::System, at(4)).await;
    assert_eq!(ended.unwrap_err(), cannot);
    assert!(place.stored_session(&session.id).await.is_none());
}
