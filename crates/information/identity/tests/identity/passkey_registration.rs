//! Registration of passkeys.

use sekisho_identity::{Failure, Right};
use sekisho_model::Actor;
use sekisho_software_passkey::{Behaviour, Refused, SoftwarePasskey};
use serde_json::json;

use crate::place::{ORIGIN, Place, at, user};

#[tokio::test]
async fn a_second_passkey_is_added_in_a_fresh_session_and_the_first_is_excluded() {
    let place = Place::new().await;
    let (mut first, mut second) = (SoftwarePasskey::default(), SoftwarePasskey::default());
    let session = place.session(place.give_passkey("alice", &mut first).await).await;
    let right = Right::Session(&session.id);
    let ceremony = place.identity.begin_registration(right, at(10)).await.unwrap();
    assert_eq!(first.create(&ceremony.options, ORIGIN), Err(Refused::Excluded));
    assert_eq!(ceremony.options["publicKey"]["authenticatorSelection"]["userVerification"], "required");
    assert!(place.register(right, &mut second, at(10)).await.unwrap().signed_in.is_none());
    assert_eq!(place.identity.authenticators(&user("alice")).await.unwrap().len(), 2);
    assert!(place.by_passkey(&mut second, at(11)).await.is_ok());
}

#[tokio::test]
async fn an_excluded_credential_is_refused_even_if_the_browser_lets_it_pass() {
    let place = Place::new().await;
    let same = Behaviour { credential_id: Some(vec![6; 32]), ignore_exclude_list: true, ..Behaviour::default() };
    let mut passkey = SoftwarePasskey::with(same);
    let session = place.session(place.give_passkey("alice", &mut passkey).await).await;
    let refused = place.register(Right::Session(&session.id), &mut passkey, at(1)).await;
    assert_eq!(refused.unwrap_err(), Failure::PasskeyRefused);
    assert_eq!(place.acts().await.last().unwrap().detail["why"], "algorithm-or-excluded");
}

#[tokio::test]
async fn what_is_wrong_in_a_registration_is_refused_and_uses_it_up() {
    let honest = Behaviour::default;
    let cases = [
        ("other-origin", Behaviour { origin: Some("https://portal.localhost:8444".to_owned()), ..honest() }),
        ("cross-origin", Behaviour { cross_origin: true, ..honest() }),
        ("wrong-type", Behaviour { client_data_type: Some("webauthn.get".to_owned()), ..honest() }),
        ("wrong-challenge", Behaviour { challenge: Some("A".repeat(43)), ..honest() }),
        ("other-relying-party", Behaviour { rp_id: Some("localhost".to_owned()), ..honest() }),
        ("user-not-present", Behaviour { user_present: false, ..honest() }),
        ("user-not-verified", Behaviour { user_verified: false, ..honest() }),
        ("backup-flags", Behaviour { backed_up: true, ..honest() }),
        ("not-verifiable", Behaviour { trailing_bytes: true, ..honest() }),
    ];
    let place = Place::new().await;
    for (why, behaviour) in cases {
        let link = place.identity.enrolment_link(&user("alice"), Actor::System, at(0)).await.unwrap();
        let right = Right::Link(link.token.expose());
        let ceremony = place.identity.begin_registration(right, at(0)).await.unwrap();
        let mut passkey = SoftwarePasskey::with(behaviour);
        let bad = passkey.create(&ceremony.options, ORIGIN).unwrap();
        let refused = place.identity.finish_registration(right, &ceremony.state, &bad, "key", at(1)).await;
        assert_eq!(refused.unwrap_err(), Failure::PasskeyRefused, "{why}");
        assert_eq!(place.acts().await.last().unwrap().detail["why"], why);
        let mut honest = SoftwarePasskey::default();
        let good = honest.create(&ceremony.options, ORIGIN).unwrap();
        let late = place.identity.finish_registration(right, &ceremony.state, &good, "key", at(1)).await;
        assert_eq!(late.unwrap_err(), Failure::Expired, "{why}");
    }
    assert!(place.identity.authenticators(&user("alice")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_registration_belongs_to_the_right_it_began_under_and_expires() {
    let place = Place::new().await;
    let link = place.identity.enrolment_link(&user("alice"), Actor::System, at(0)).await.unwrap();
    let bobs = place.identity.enrolment_link(&user("bob"), Actor::System, at(0)).await.unwrap();
    let (alice, bob) = (Right::Link(link.token.expose()), Right::Link(bobs.token.expose()));
    for (right, seconds) in [(bob, 1), (alice, 300)] {
        let ceremony = place.identity.begin_registration(alice, at(0)).await.unwrap();
        let answer = SoftwarePasskey::default().create(&ceremony.options, ORIGIN).unwrap();
        let refused = place.identity.finish_registration(right, &ceremony.state, &answer, "key", at(seconds)).await;
        assert_eq!(refused.unwrap_err(), Failure::Expired);
    }
    assert!(place.register(alice, &mut SoftwarePasskey::default(), at(299)).await.is_ok());
}

#[tokio::test]
async fn a_credential_id_that_somebody_has_is_refused() {
    let place = Place::new().await;
    let twin = Behaviour { credential_id: Some(vec![5; 32]), ..Behaviour::default() };
    let mut alices = SoftwarePasskey::with(twin.clone());
    let mut mallorys = SoftwarePasskey::with(twin);
    let _ = place.give_passkey("alice", &mut alices).await;
    let link = place.identity.enrolment_link(&user("mallory"), Actor::System, at(0)).await.unwrap();
    let refused = place.register(Right::Link(link.token.expose()), &mut mallorys, at(1)).await;
    assert_eq!(refused.unwrap_err(), Failure::PasskeyRefused);
    assert_eq!(place.by_passkey(&mut alices, at(2)).await.unwrap().user(), &user("alice"));
    assert_eq!(place.by_passkey(&mut mallorys, at(2)).await.unwrap_err(), Failure::WrongCredentials);
}

#[tokio::test]
async fn names_are_checked_and_malformed_answers_are_refused() {
    let place = Place::new().await;
    let link = place.identity.enrolment_link(&user("alice"), Actor::System, at(0)).await.unwrap();
    let right = Right::Link(link.token.expose());
    for name in ["", "   ", "a\nb", &"x".repeat(65)] {
        let ceremony = place.identity.begin_registration(right, at(0)).await.unwrap();
        let answer = SoftwarePasskey::default().create(&ceremony.options, ORIGIN).unwrap();
        let refused = place.identity.finish_registration(right, &ceremony.state, &answer, name, at(1)).await;
        assert_eq!(refused.unwrap_err(), Failure::NameRefused);
    }
    // Indefinite lengths, deep nesting, duplicate keys, a length of 4 GiB.
    for cbor in ["v_8", &"gYGBgYGB".repeat(500), "omEBYQEBYQEB", "owFb_____w", "", "AA"] {
        let ceremony = place.identity.begin_registration(right, at(0)).await.unwrap();
        let mut answer = SoftwarePasskey::default().create(&ceremony.options, ORIGIN).unwrap();
        answer["response"]["attestationObject"] = json!(cbor);
        let refused = place.identity.finish_registration(right, &ceremony.state, &answer, "key", at(1)).await;
        assert_eq!(refused.unwrap_err(), Failure::PasskeyRefused);
    }
}
