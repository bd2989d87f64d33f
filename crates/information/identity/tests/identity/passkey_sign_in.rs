//! Passkey sign-in, and everything that an authenticator or a browser may get wrong.

use sekisho_identity::{Failure, SignedIn};
use sekisho_model::Method;
use sekisho_software_passkey::{Behaviour, Counter, SoftwarePasskey};
use serde_json::{Value, json};

use crate::place::{ADDRESS, ORIGIN, Place, at, other_address, user};

/// One sign-in under a name, or none, with an authenticator that behaves in a certain way.
async fn sign_in(
    place: &Place,
    name: Option<&str>,
    passkey: &mut SoftwarePasskey,
    behaviour: Behaviour,
) -> Result<SignedIn, Failure> {
    let ceremony = place.identity.begin_passkey(name, ADDRESS, at(10)).await.unwrap();
    passkey.behaviour = behaviour;
    let answer = passkey.assert(&ceremony.options, ORIGIN).unwrap();
    passkey.behaviour = Behaviour::default();
    place.identity.finish_passkey(&ceremony.state, &answer, ADDRESS, at(11)).await
}

#[tokio::test]
async fn a_passkey_signs_in_with_and_without_a_name() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let by_link = place.give_passkey("alice", &mut passkey).await;
    assert_eq!((by_link.user(), by_link.methods().assurance()), (&user("alice"), 3));
    for name in [None, Some("alice"), Some(" ALICE")] {
        let signed_in = sign_in(&place, name, &mut passkey, Behaviour::default()).await.unwrap();
        assert_eq!(signed_in.user(), &user("alice"));
        assert!(signed_in.methods().contains(Method::Passkey) && signed_in.methods().phishing_resistant());
    }
    let without_handle = Behaviour { no_user_handle: true, ..Behaviour::default() };
    assert!(sign_in(&place, Some("alice"), &mut passkey, without_handle).await.is_ok());
    assert_eq!(place.count("sign-in", "alice").await, 4);
}

#[tokio::test]
async fn what_is_wrong_in_an_answer_is_refused_and_recorded() {
    let honest = Behaviour::default;
    let origin = |origin: &str| Behaviour { origin: Some(origin.to_owned()), ..honest() };
    let cases = [
        ("other-origin", origin("https://portal.localhost")),
        ("other-origin", origin("https://portal.localhost:444")),
        ("other-origin", origin("http://portal.localhost:8443")),
        ("other-origin", origin("https://evil.portal.localhost:8443")),
        ("other-origin", origin("https://portal.localhost:8443/")),
        ("other-origin", origin("https://portal.localhost.evil.example:8443")),
        ("cross-origin", Behaviour { cross_origin: true, ..honest() }),
        ("wrong-type", Behaviour { client_data_type: Some("webauthn.create".to_owned()), ..honest() }),
        ("wrong-challenge", Behaviour { challenge: Some("A".repeat(43)), ..honest() }),
        ("other-relying-party", Behaviour { rp_id: Some("localhost".to_owned()), ..honest() }),
        ("user-not-present", Behaviour { user_present: false, ..honest() }),
        ("user-not-verified", Behaviour { user_verified: false, ..honest() }),
        ("backup-flags", Behaviour { backup_eligible: true, ..honest() }),
        ("backup-flags", Behaviour { backed_up: true, ..honest() }),
        ("wrong-signature", Behaviour { wrong_signature: true, ..honest() }),
        ("other-user-handle", Behaviour { user_handle: Some("A".repeat(22)), ..honest() }),
        ("no-user-handle", Behaviour { no_user_handle: true, ..honest() }),
    ];
    for (why, behaviour) in cases {
        let place = Place::new().await;
        let mut passkey = SoftwarePasskey::default();
        let _ = place.give_passkey("alice", &mut passkey).await;
        let refused = sign_in(&place, None, &mut passkey, behaviour).await;
        assert_eq!(refused.unwrap_err(), Failure::WrongCredentials, "{why}");
        let acts = place.acts().await;
        assert_eq!(acts.last().unwrap().act, "sign-in-failed");
        assert_eq!(acts.last().unwrap().detail["why"], why);
        assert!(sign_in(&place, None, &mut passkey, honest()).await.is_ok(), "after {why}");
    }
}

#[tokio::test]
async fn an_answer_is_good_for_its_own_ceremony_once_and_in_time() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let _ = place.give_passkey("alice", &mut passkey).await;
    let first = place.identity.begin_passkey(None, ADDRESS, at(10)).await.unwrap();
    let second = place.identity.begin_passkey(None, ADDRESS, at(10)).await.unwrap();
    let answer = passkey.assert(&first.options, ORIGIN).unwrap();
    let finish = async |state: &str, seconds| place.identity.finish_passkey(state, &answer, ADDRESS, at(seconds)).await;
    assert_eq!(finish(&second.state, 11).await.unwrap_err(), Failure::WrongCredentials);
    assert_eq!(finish(&first.state, 10 + 300).await.unwrap_err(), Failure::Expired);
    assert_eq!(finish(&first.state[1..], 11).await.unwrap_err(), Failure::Expired);
    assert!(finish(&first.state, 10 + 299).await.is_ok());
    assert_eq!(finish(&first.state, 10 + 299).await.unwrap_err(), Failure::WrongCredentials);
    assert_eq!(place.acts().await.last().unwrap().detail["why"], "used-ceremony");
}

#[tokio::test]
async fn of_many_replays_at_once_one_signs_in() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    // A synchronised passkey has no counter that would tell replays apart.
    passkey.behaviour.counter = Counter::Always(0);
    let _ = place.give_passkey("alice", &mut passkey).await;
    let ceremony = place.identity.begin_passkey(None, ADDRESS, at(10)).await.unwrap();
    let answer = passkey.assert(&ceremony.options, ORIGIN).unwrap();
    let one = || place.identity.finish_passkey(&ceremony.state, &answer, ADDRESS, at(11));
    let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
    assert_eq!([a, b, c, d].iter().filter(|result| result.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_counter_that_goes_back_ends_the_passkey() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let _ = place.give_passkey("alice", &mut passkey).await;
    let at_nine = Behaviour { counter: Counter::Always(9), ..Behaviour::default() };
    assert!(sign_in(&place, None, &mut passkey, at_nine.clone()).await.is_ok());
    let refused = sign_in(&place, None, &mut passkey, at_nine).await;
    assert_eq!(refused.unwrap_err(), Failure::WrongCredentials);
    assert_eq!(place.count("passkey-copy-suspected", "alice").await, 1);
    assert_eq!(place.signal("passkey-copied").await, Some(60));
    let listed = place.identity.authenticators(&user("alice")).await.unwrap();
    assert_eq!(listed[0].suspected_at, Some(at(11)));
    let later = Behaviour { counter: Counter::Always(100), ..Behaviour::default() };
    assert_eq!(sign_in(&place, None, &mut passkey, later).await.unwrap_err(), Failure::WrongCredentials);
}

#[tokio::test]
async fn passkeys_without_a_counter_work_and_may_not_begin_to_lie() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let synced = Behaviour { counter: Counter::Always(0), backup_eligible: true, ..Behaviour::default() };
    passkey.behaviour = synced.clone();
    let _ = place.give_passkey("alice", &mut passkey).await;
    assert!(!place.identity.authenticators(&user("alice")).await.unwrap()[0].synced);
    for backed_up in [false, true] {
        let behaviour = Behaviour { backed_up, ..synced.clone() };
        assert!(sign_in(&place, None, &mut passkey, behaviour).await.is_ok());
    }
    assert!(place.identity.authenticators(&user("alice")).await.unwrap()[0].synced);
    let not_eligible = Behaviour { counter: Counter::Always(0), ..Behaviour::default() };
    assert_eq!(sign_in(&place, None, &mut passkey, not_eligible).await.unwrap_err(), Failure::WrongCredentials);
}

#[tokio::test]
async fn a_passkey_opens_its_owners_account_only() {
    let place = Place::new().await;
    let (mut alices, mut bobs) = (SoftwarePasskey::default(), SoftwarePasskey::default());
    let _ = place.give_passkey("alice", &mut alices).await;
    let _ = place.give_passkey("bob", &mut bobs).await;
    let forced = Behaviour { ignore_allow_list: true, ..Behaviour::default() };
    let refused = sign_in(&place, Some("alice"), &mut bobs, forced.clone()).await;
    assert_eq!(refused.unwrap_err(), Failure::WrongCredentials);
    let nobodys = sign_in(&place, Some("nobody-here"), &mut bobs, forced).await;
    assert_eq!(nobodys.unwrap_err(), Failure::WrongCredentials);
    assert_eq!(sign_in(&place, None, &mut bobs, Behaviour::default()).await.unwrap().user(), &user("bob"));
}

#[tokio::test]
async fn a_disabled_account_and_a_removed_passkey_are_refused() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let _ = place.give_passkey("mallory", &mut passkey).await;
    place.put_user("mallory", "disabled").await;
    let refused = sign_in(&place, None, &mut passkey, Behaviour::default()).await;
    assert_eq!(refused.unwrap_err(), Failure::WrongCredentials);
    place.put_user("mallory", "active").await;
    assert!(sign_in(&place, None, &mut passkey, Behaviour::default()).await.is_ok());
    place.identity.forget(&user("mallory"), sekisho_model::Actor::System, at(20)).await.unwrap();
    let refused = sign_in(&place, None, &mut passkey, Behaviour::default()).await;
    assert_eq!(refused.unwrap_err(), Failure::WrongCredentials);
}

#[tokio::test]
async fn malformed_answers_are_refused() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let _ = place.give_passkey("alice", &mut passkey).await;
    let mut cases =
        vec![("", json!(null)), ("", json!([])), ("", json!({"response": {}})), ("", json!({"response": 1}))];
    for field in ["clientDataJSON", "authenticatorData", "signature"] {
        for bad in [Value::Null, json!(""), json!("!!"), json!("AAAA"), json!("A".repeat(100_000)), json!(7)] {
            cases.push((field, bad));
        }
    }
    for (n, (field, bad)) in (0..).zip(cases) {
        // Each from an address of its own: it is the answer that must be refused, not the rate.
        let ceremony = place.identity.begin_passkey(None, other_address(n), at(10)).await.unwrap();
        let mut answer = passkey.assert(&ceremony.options, ORIGIN).unwrap();
        match field {
            "" => answer = bad,
            _ => answer["response"][field] = bad,
        }
        let refused = place.identity.finish_passkey(&ceremony.state, &answer, other_address(n), at(11)).await;
        assert_eq!(refused.unwrap_err(), Failure::WrongCredentials, "{answer}");
    }
    assert!(place.by_passkey(&mut passkey, at(12)).await.is_ok());
}

#[tokio::test]
async fn a_ceremony_is_not_tried_without_end() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let _ = place.give_passkey("alice", &mut passkey).await;
    let ceremony = place.identity.begin_passkey(None, ADDRESS, at(10)).await.unwrap();
    for _ in 0..5 {
        let refused = place.identity.finish_passkey(&ceremony.state, &json!({}), ADDRESS, at(11)).await;
        assert_eq!(refused.unwrap_err(), Failure::WrongCredentials);
    }
    let slowed = place.identity.finish_passkey(&ceremony.state, &json!({}), ADDRESS, at(11)).await;
    assert!(matches!(slowed.unwrap_err(), Failure::TooManyAttempts { .. }));
    assert!(place.by_passkey(&mut passkey, at(11)).await.is_ok());
}
