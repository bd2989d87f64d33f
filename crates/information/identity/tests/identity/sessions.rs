//! Sessions.

use std::collections::HashSet;

use sekisho_identity::Failure;
use sekisho_model::documents::{Kind, Session, SessionEnd};
use sekisho_model::{Actor, PresentedDevice, Span};
use sekisho_software_passkey::SoftwarePasskey;
use sekisho_store::{Expected, Write};

use crate::place::{ADDRESS, Place, at, other_address, user};

fn by(name: &str) -> Actor {
    Actor::User(name.to_owned())
}

fn proven(device: &str, key: &str) -> PresentedDevice {
    PresentedDevice { id: device.parse().unwrap(), key_sha256: key.repeat(32) }
}

#[tokio::test]
async fn a_session_is_opened_kept_and_recorded() {
    let place = Place::new().await;
    let signed_in = place.give_password("alice").await;
    let agent = format!("Browser\u{0}\n{}", "x".repeat(500));
    let session = place.identity.establish(signed_in, ADDRESS, &agent, at(1)).await.unwrap();
    assert_eq!(place.stored_session(&session.id).await.as_ref(), Some(&session));
    assert_eq!((session.rotation, session.device.as_ref(), session.methods.assurance()), (0, None, 1));
    assert_eq!((session.authenticated_at, session.established_at), (at(0), at(1)));
    assert_eq!(session.expires_at, at(1).plus(Span::from_minutes(12 * 60)));
    assert!(session.user_agent.len() == 200 && session.user_agent.starts_with("Browserxxx"));
    assert_eq!(place.count_of("session-established", &session.id).await, 1);
    assert_eq!(place.identity.sessions(&user("alice"), at(2)).await.unwrap(), [session]);
    assert!(place.identity.sessions(&user("alice"), at(13 * 3600)).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_configured_length_counts() {
    let place = Place::new().await;
    let body = serde_json::json!({"session_length": "1h"});
    let write = Write::Put { kind: Kind::Settings, id: "settings".to_owned(), expected: Expected::Any, body };
    place.store.commit(vec![write], "test", at(0)).await.unwrap();
    let session = place.session(place.give_password("alice").await).await;
    assert_eq!(session.expires_at, at(3600));
}

#[tokio::test]
async fn an_old_sign_in_or_a_disabled_account_opens_nothing() {
    let place = Place::new().await;
    let old = place.give_password("alice").await;
    let refused = place.identity.establish(old, ADDRESS, "", at(301)).await;
    assert_eq!(refused.unwrap_err(), Failure::Expired);
    let signed_in = place.by_password("alice", at(302)).await;
    place.put_user("alice", "disabled").await;
    let refused = place.identity.establish(signed_in, ADDRESS, "", at(303)).await;
    assert_eq!(refused.unwrap_err(), Failure::WrongCredentials);
    assert!(place.identity.sessions(&user("alice"), at(304)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_re_authentication_renews_and_strengthens_a_session() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let _ = place.give_passkey("alice", &mut passkey).await;
    let session = place.session(place.give_password("alice").await).await;
    let device = proven("laptop-1", "ab");
    place.put_device(&device, Some("alice"), "active").await;
    place.identity.bind_device(&session.id, &device, at(10)).await.unwrap();
    let stronger = place.by_passkey(&mut passkey, at(600)).await.unwrap();
    let raised = place.identity.elevate(&session.id, stronger, at(601)).await.unwrap();
    assert_eq!((raised.rotation, raised.methods.assurance(), raised.authenticated_at), (2, 3, at(600)));
    assert_eq!((raised.device.as_ref(), raised.expires_at), (Some(&device.id), session.expires_at));
    assert_eq!(place.stored_session(&session.id).await, Some(raised));
    let weaker = place.by_password("alice", at(700)).await;
    let refused = place.identity.elevate(&session.id, weaker, at(700)).await;
    assert_eq!(refused.unwrap_err(), Failure::Weaker);
    let late = place.by_passkey(&mut passkey, at(800)).await.unwrap();
    assert_eq!(place.identity.elevate(&session.id, late, at(1101)).await.unwrap_err(), Failure::Expired);
    assert_eq!(place.stored_session(&session.id).await.unwrap().rotation, 2);
}

#[tokio::test]
async fn another_user_cannot_step_up_in_a_session() {
    let place = Place::new().await;
    let mut bobs = SoftwarePasskey::default();
    let _ = place.give_passkey("bob", &mut bobs).await;
    let session = place.session(place.give_password("alice").await).await;
    let bob = place.by_passkey(&mut bobs, at(10)).await.unwrap();
    let refused = place.identity.elevate(&session.id, bob, at(10)).await;
    assert_eq!(refused.unwrap_err(), Failure::OtherUser);
    assert_eq!(place.count_of("step-up-refused", &session.id).await, 1);
    assert_eq!(place.stored_session(&session.id).await, Some(session));
}

#[tokio::test]
async fn ended_sessions_stay_ended() {
    let place = Place::new().await;
    let session = place.session(place.give_password("alice").await).await;
    let other = place.session(place.by_password("alice", at(1)).await).await;
    assert!(place.identity.end(&session.id, SessionEnd::SignedOut, by("alice"), at(2)).await.unwrap());
    assert!(!place.identity.end(&session.id, SessionEnd::SignedOut, by("alice"), at(2)).await.unwrap());
    let again = place.by_password("alice", at(3)).await;
    assert_eq!(place.identity.elevate(&session.id, again, at(3)).await.unwrap_err(), Failure::SessionEnded);
    let bound = place.identity.bind_device(&session.id, &proven("laptop-1", "ab"), at(3)).await;
    assert_eq!(bound.unwrap_err(), Failure::SessionEnded);
    assert_eq!(place.identity.sessions(&user("alice"), at(3)).await.unwrap(), [other]);
    let ended = place.acts().await.into_iter().find(|act| act.act == "session-ended").unwrap();
    assert_eq!((ended.actor, &ended.detail["why"]), (by("alice"), &serde_json::json!("signed-out")));
}

#[tokio::test]
async fn ending_all_reaches_sign_ins_under_way_and_nobody_else() {
    let place = Place::new().await;
    let bobs = place.session(place.give_password("bob").await).await;
    let _ = place.session(place.give_password("alice").await).await;
    let _ = place.session(place.by_password("alice", at(1)).await).await;
    let under_way = place.by_password("alice", at(2)).await;
    let ended = place.identity.end_all(&user("alice"), SessionEnd::Revoked, by("admin"), at(3)).await.unwrap();
    assert_eq!(ended, 2);
    let refused = place.identity.establish(under_way, ADDRESS, "", at(4)).await;
    assert_eq!(refused.unwrap_err(), Failure::Expired);
    assert!(place.identity.sessions(&user("alice"), at(4)).await.unwrap().is_empty());
    assert_eq!(place.identity.sessions(&user("bob"), at(4)).await.unwrap(), [bobs]);
    let after = place.by_password("alice", at(5)).await;
    assert!(place.identity.establish(after, ADDRESS, "", at(5)).await.is_ok());
}

#[tokio::test]
async fn the_oldest_session_ends_for_one_too_many() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let first = place.session(place.give_passkey("alice", &mut passkey).await).await;
    let mut ids = HashSet::from([first.id]);
    for n in 1..=32 {
        let signed_in = place.by_passkey(&mut passkey, at(n)).await.unwrap();
        let session = place.identity.establish(signed_in, other_address(1), "", at(n)).await.unwrap();
        assert!(ids.insert(session.id));
    }
    assert!(place.stored_session(&first.id).await.is_none());
    assert_eq!(place.identity.sessions(&user("alice"), at(40)).await.unwrap().len(), 32);
}

#[tokio::test]
async fn sessions_opened_at_once_are_all_known() {
    let place = Place::new().await;
    let mut signed_in = vec![place.give_password("alice").await];
    for n in 1..4 {
        signed_in.push(place.by_password("alice", at(n)).await);
    }
    let mut each = signed_in.into_iter().map(|one| place.identity.establish(one, ADDRESS, "", at(5)));
    let mut next = || each.next().unwrap();
    let (a, b, c, d) = tokio::join!(next(), next(), next(), next());
    assert!([a, b, c, d].iter().all(Result::is_ok));
    assert_eq!(place.identity.sessions(&user("alice"), at(6)).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_device_is_bound_once_and_its_first_time_raises_the_risk() {
    let place = Place::new().await;
    let session = place.session(place.give_password("alice").await).await;
    let (device, other) = (proven("laptop-1", "ab"), proven("laptop-2", "cd"));
    for device in [&device, &other] {
        place.put_device(device, None, "active").await;
    }
    let bound = place.identity.bind_device(&session.id, &device, at(1)).await.unwrap();
    assert_eq!((&bound.device, &bound.device_key), (&Some(device.id.clone()), &Some(device.key_sha256.clone())));
    assert_eq!(bound.rotation, session.rotation + 1, "a cookie copied before the proof must not gain the device");
    place.identity.bind_device(&session.id, &device, at(2)).await.unwrap();
    assert_eq!(place.count_of("session-device-bound", &session.id).await, 1);
    assert_eq!(place.signal("new-device").await, Some(20));
    let wandered = place.identity.bind_device(&session.id, &other, at(3)).await;
    assert_eq!(wandered.unwrap_err(), Failure::OtherDevice);
    assert_eq!(place.count_of("session-device-refused", &session.id).await, 1);
    assert_eq!(place.stored_session(&session.id).await.unwrap().device, Some(device.id.clone()));
    let second = place.session(place.by_password("alice", at(4)).await).await;
    place.identity.bind_device(&second.id, &device, at(5)).await.unwrap();
    assert_eq!(place.count("signal-raised", "alice").await, 1);
}

/// A session that names a device without the key that it proved, as it was stored before keys were, is none: under the device's
/// name another may be enrolled.
#[tokio::test]
async fn i5_a_session_without_its_devices_key_is_none() {
    let place = Place::new().await;
    let session = place.session(place.give_password("alice").await).await;
    let device = proven("laptop-1", "ab");
    place.put_device(&device, None, "active").await;
    let bound = place.identity.bind_device(&session.id, &device, at(1)).await.unwrap();
    assert_eq!(place.identity.sessions(&user("alice"), at(2)).await.unwrap().len(), 1);
    place.put_session(&Session { device_key: None, ..bound }).await;
    assert_eq!(place.identity.sessions(&user("alice"), at(3)).await.unwrap(), []);
}
