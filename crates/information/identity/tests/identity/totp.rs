//! Codes of authenticator apps.

use sekisho_identity::{Failure, Right, Secret};
use sekisho_model::{Method, MethodSet, SessionId, Timestamp};
use sekisho_software_passkey::SoftwarePasskey;
use totp_rs::{Algorithm, Builder};

use crate::place::{ADDRESS, PASSWORD, Place, at, user};

/// What the app shows for its secret at a time.
pub(crate) fn code(secret: &Secret, now: Timestamp) -> Secret {
    let letter = |c: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap();
    let bits = secret.expose().chars().fold(Vec::new(), |mut bits, c| {
        bits.extend((0..5).rev().map(|bit| letter(c) >> bit & 1 == 1));
        bits
    });
    let byte = |bits: &[bool]| bits.iter().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit));
    let key: [u8; 20] = bits.chunks_exact(8).map(byte).collect::<Vec<u8>>().try_into().unwrap();
    let app = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(key).build().unwrap();
    Secret::from(app.generate(now.as_seconds().cast_unsigned()).to_string())
}

/// Gives alice a password and an app; the app's secret and her session.
pub(crate) async fn alice_with_app(place: &Place) -> (Secret, SessionId) {
    let session = place.session(place.give_password("alice").await).await;
    let setup = place.identity.begin_totp(&session.id, at(1)).await.unwrap();
    assert!(setup.uri.expose().starts_with("otpauth://totp/Sekisho%20test:alice?secret="));
    let first = code(&setup.secret, at(1));
    place.identity.finish_totp(&session.id, &setup.state, &first, at(1)).await.unwrap();
    (setup.secret, session.id)
}

#[tokio::test]
async fn password_and_code_are_two_factors() {
    let place = Place::new().await;
    let (secret, _) = alice_with_app(&place).await;
    let state = place.after_password("alice", at(60)).await;
    let signed_in = place.identity.totp(&state, &code(&secret, at(61)), ADDRESS, at(61)).await.unwrap();
    assert_eq!(signed_in.methods(), MethodSet::EMPTY.with(Method::Password).with(Method::Totp));
    assert_eq!(signed_in.methods().assurance(), 2);
    let apps = place.identity.authenticators(&user("alice")).await.unwrap();
    assert_eq!(apps.iter().find(|one| one.id == "totp").unwrap().last_used_at, Some(at(61)));
}

#[tokio::test]
async fn a_code_is_accepted_once() {
    let place = Place::new().await;
    let (secret, _) = alice_with_app(&place).await;
    let state = place.after_password("alice", at(60)).await;
    let code_now = code(&secret, at(60));
    assert!(place.identity.totp(&state, &code_now, ADDRESS, at(60)).await.is_ok());
    let again = place.identity.totp(&state, &code_now, ADDRESS, at(61)).await;
    assert_eq!(again.unwrap_err(), Failure::WrongCredentials);
    let older = place.identity.totp(&state, &code(&secret, at(30)), ADDRESS, at(61)).await;
    assert_eq!(older.unwrap_err(), Failure::WrongCredentials);
}

#[tokio::test]
async fn of_many_at_once_with_one_code_one_signs_in() {
    let place = Place::new().await;
    let (secret, _) = alice_with_app(&place).await;
    let state = place.after_password("alice", at(60)).await;
    let code = code(&secret, at(60));
    let one = || place.identity.totp(&state, &code, ADDRESS, at(60));
    let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
    assert_eq!([a, b, c, d].iter().filter(|result| result.is_ok()).count(), 1);
}

#[tokio::test]
async fn wrong_codes_and_stale_or_foreign_states_are_refused() {
    let place = Place::new().await;
    let (secret, session) = alice_with_app(&place).await;
    let state = place.after_password("alice", at(60)).await;
    let good = code(&secret, at(400));
    for wrong in ["000000x", "", "12345"] {
        let refused = place.identity.totp(&state, &Secret::from(wrong), ADDRESS, at(60)).await;
        assert_eq!(refused.unwrap_err(), Failure::WrongCredentials, "{wrong}");
    }
    assert_eq!(place.identity.totp(&state, &good, ADDRESS, at(361)).await.unwrap_err(), Failure::Expired);
    let passkey_state = place.identity.begin_passkey(None, ADDRESS, at(400)).await.unwrap().state;
    for state in ["", "x", &state[1..], &passkey_state] {
        assert_eq!(place.identity.totp(state, &good, ADDRESS, at(400)).await.unwrap_err(), Failure::Expired);
    }
    // A state from before the password was changed is worth nothing.
    let state = place.after_password("alice", at(100)).await;
    let new = Secret::from("an entirely other phrase");
    place.identity.elevate(&session, full(&place, &secret, at(130)).await, at(130)).await.unwrap();
    place.identity.set_password(Right::Session(&session), &new, at(131)).await.unwrap();
    let refused = place.identity.totp(&state, &code(&secret, at(190)), ADDRESS, at(190)).await;
    assert_eq!(refused.unwrap_err(), Failure::Expired);
}

async fn full(place: &Place, secret: &Secret, now: Timestamp) -> sekisho_identity::SignedIn {
    let state = place.after_password("alice", now).await;
    place.identity.totp(&state, &code(secret, now), ADDRESS, now).await.unwrap()
}

#[tokio::test]
async fn an_app_is_added_only_with_its_own_code_in_its_own_session() {
    let place = Place::new().await;
    let session = place.session(place.give_password("alice").await).await;
    let bobs = place.session(place.give_password("bob").await).await;
    let setup = place.identity.begin_totp(&session.id, at(1)).await.unwrap();
    let good = code(&setup.secret, at(2));
    let wrong = place.identity.finish_totp(&session.id, &setup.state, &Secret::from("000000"), at(2)).await;
    assert_eq!(wrong.unwrap_err(), Failure::CodeRefused);
    let of_bob = place.identity.finish_totp(&bobs.id, &setup.state, &good, at(2)).await;
    assert_eq!(of_bob.unwrap_err(), Failure::Expired);
    place.identity.finish_totp(&session.id, &setup.state, &good, at(2)).await.unwrap();
    // Signed in with the password alone, she may no longer change anything.
    let again = place.identity.begin_totp(&session.id, at(3)).await;
    assert!(matches!(again.unwrap_err(), Failure::AuthenticateAgain { assurance: 2, .. }));
}

#[tokio::test]
async fn a_passkey_needs_no_code() {
    let place = Place::new().await;
    let (_, session) = alice_with_app(&place).await;
    let mut passkey = SoftwarePasskey::default();
    let refused = place.register(Right::Session(&session), &mut passkey, at(2)).await;
    assert!(matches!(refused.unwrap_err(), Failure::AuthenticateAgain { assurance: 2, .. }));
    let _ = place.give_passkey("alice", &mut passkey).await;
    assert_eq!(place.by_passkey(&mut passkey, at(5)).await.unwrap().methods().assurance(), 3);
    assert!(place.identity.password("alice", &Secret::from(PASSWORD), ADDRESS, at(6)).await.is_ok());
}
