//! What must not be learnt: whether an account exists, and any secret from what is kept.

use sekisho_identity::{Failure, Right, Secret};
use sekisho_model::Actor;
use sekisho_software_passkey::{Behaviour, SoftwarePasskey};
use serde_json::Value;

use crate::place::{ADDRESS, ORIGIN, PASSWORD, Place, anywhere, at, other_address, user};
use crate::totp::alice_with_app;

#[tokio::test]
async fn i14_unknown_disabled_and_wrong_get_one_answer() {
    let place = Place::new().await;
    let _ = place.give_password("alice").await;
    let _ = place.give_password("mallory").await;
    place.put_user("mallory", "disabled").await;
    let wrong = Secret::from("not the right phrase");
    let right = Secret::from(PASSWORD);
    let cases = [("alice", &wrong), ("nobody", &wrong), ("bob", &right), ("mallory", &right), ("Ünknown name", &wrong)];
    for (n, (name, password)) in (1..).zip(cases) {
        let refused = place.identity.password(name, password, other_address(n), at(1)).await.unwrap_err();
        assert_eq!(refused, Failure::WrongCredentials, "{name}");
        let refused = place.identity.recover(name, password, other_address(n), at(1)).await.unwrap_err();
        assert_eq!(refused, Failure::WrongCredentials, "{name}");
    }
    assert_eq!(Failure::WrongCredentials.text().en, "The user name or what you entered is not right.");
}

#[tokio::test]
async fn i14_passkey_options_have_one_shape_and_stay_the_same() {
    let place = Place::new().await;
    let _ = place.give_passkey("alice", &mut SoftwarePasskey::default()).await;
    let options = async |name: &str| {
        let options = place.identity.begin_passkey(Some(name), ADDRESS, at(1)).await.unwrap().options;
        options["publicKey"].clone()
    };
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let alice = options("alice").await;
    for name in ["bob", "nobody", "no name at all!"] {
        let (first, second) = (options(name).await, options(name).await);
        assert_eq!(fields(&first), fields(&alice));
        assert_eq!(first["allowCredentials"], second["allowCredentials"]);
        assert_ne!(first["challenge"], second["challenge"]);
        let listed = first["allowCredentials"].as_array().unwrap();
        assert!((1..=2).contains(&listed.len()));
        assert_eq!(fields(&listed[0]), fields(&alice["allowCredentials"][0]));
    }
    assert_ne!(options("bob").await["allowCredentials"], options("nobody").await["allowCredentials"]);
    assert_eq!(options("ALICE ").await["allowCredentials"], alice["allowCredentials"]);
}

#[tokio::test]
async fn i14_a_refused_passkey_tells_nothing() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let _ = place.give_passkey("alice", &mut passkey).await;
    passkey.behaviour = Behaviour { ignore_allow_list: true, ..Behaviour::default() };
    for name in ["bob", "nobody", "mallory"] {
        let ceremony = place.identity.begin_passkey(Some(name), ADDRESS, at(1)).await.unwrap();
        let answer = passkey.assert(&ceremony.options, ORIGIN).unwrap();
        let refused = place.identity.finish_passkey(&ceremony.state, &answer, ADDRESS, at(2)).await;
        assert_eq!(refused.unwrap_err(), Failure::WrongCredentials);
    }
}

#[tokio::test]
async fn what_was_typed_as_an_unknown_name_is_not_recorded() {
    let place = Place::new().await;
    let slip = "my-passw0rd-in-the-wrong-field";
    let _ = place.identity.password(slip, &Secret::from("x"), ADDRESS, at(1)).await;
    let acts = place.acts().await;
    assert_eq!(
        (acts.last().unwrap().act.as_str(), acts.last().unwrap().target.as_str()),
        ("sign-in-failed", "user/unknown")
    );
    assert!(!anywhere(place.folder.path(), slip.as_bytes()));
}

#[tokio::test]
async fn no_secret_is_readable_in_what_is_kept() {
    let place = Place::new().await;
    let (secret, session) = alice_with_app(&place).await;
    let link = place.identity.enrolment_link(&user("bob"), Actor::System, at(1)).await.unwrap();
    let setup_needs_more = place.identity.begin_totp(&session, at(2)).await.is_err();
    assert!(setup_needs_more);
    let token = link.token.expose().split_once('~').unwrap().1;
    for canary in [PASSWORD, secret.expose(), token, "argon2", "passkeys"] {
        assert!(!anywhere(place.folder.path(), canary.as_bytes()), "{canary}");
    }
    // The test can see what is there: names are not secret.
    assert!(anywhere(place.folder.path(), b"The person alice"));
    let shown = format!("{:?} {:?} {:?} {:?}", secret, link, place.identity, Right::Session(&session));
    assert!(!shown.contains(secret.expose()) && !shown.contains(token));
}
