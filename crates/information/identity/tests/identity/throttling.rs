//! Guessing is slow, and nobody can lock the owner out.

use sekisho_identity::{Failure, Origin, Right, Secret};
use sekisho_model::documents::Kind;
use sekisho_software_passkey::SoftwarePasskey;

use crate::place::{ADDRESS, PASSWORD, Place, at, other_address, user};

#[tokio::test]
async fn guessing_one_account_is_slowed_but_its_owner_elsewhere_is_not() {
    let place = Place::new().await;
    let _ = place.give_password("alice").await;
    let guess = Secret::from("not the right phrase");
    let tried = async |seconds| place.identity.password("alice", &guess, other_address(1), at(seconds)).await;
    for _ in 0..5 {
        assert_eq!(tried(10).await.unwrap_err(), Failure::WrongCredentials);
    }
    assert!(matches!(tried(10).await.unwrap_err(), Failure::TooManyAttempts { .. }));
    let right = place.identity.password("alice", &Secret::from(PASSWORD), other_address(1), at(10)).await;
    assert!(matches!(right.unwrap_err(), Failure::TooManyAttempts { .. }));
    let _ = place.by_password("alice", at(10)).await;
    let later = place.identity.password("alice", &Secret::from(PASSWORD), other_address(1), at(12)).await;
    assert!(later.is_ok());
}

#[tokio::test]
async fn spraying_many_accounts_from_one_address_is_slowed() {
    let place = Place::new().await;
    let _ = place.give_password("alice").await;
    let guess = Secret::from("summer of the year 2026");
    let mut refused = 0;
    for n in 0..50 {
        let tried = place.identity.password(&format!("user-{n}"), &guess, other_address(1), at(10)).await;
        refused += u32::from(matches!(tried, Err(Failure::TooManyAttempts { .. })));
    }
    assert_eq!(refused, 20);
    let _ = place.by_password("alice", at(10)).await;
}

#[tokio::test]
async fn many_addresses_at_one_account_do_not_lock_its_owner_out() {
    let place = Place::new().await;
    let _ = place.give_password("alice").await;
    // The owner's usual address, known from an earlier sign-in.
    let _ = place.by_password("alice", at(1)).await;
    let guess = Secret::from("not the right phrase");
    let mut slowed = false;
    for n in 0..60 {
        let tried = place.identity.password("alice", &guess, other_address(n), at(10)).await;
        slowed |= matches!(tried, Err(Failure::TooManyAttempts { .. }));
    }
    assert!(slowed);
    let _ = place.by_password("alice", at(10)).await;
}

#[tokio::test]
async fn i14_an_unknown_name_is_slowed_like_a_known_one() {
    let place = Place::new().await;
    let _ = place.give_password("alice").await;
    let guess = Secret::from("not the right phrase");
    let mut seen = Vec::new();
    for (name, address) in [("alice", 1), ("nobody", 2), ("Not A Name!", 3)] {
        let mut answers = Vec::new();
        for n in 0..12 {
            let tried = place.identity.password(name, &guess, other_address(address), at(n / 3)).await;
            answers.push(tried.unwrap_err());
        }
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[tokio::test]
async fn codes_cannot_be_guessed_by_repeating_the_password() {
    let place = Place::new().await;
    let _ = crate::totp::alice_with_app(&place).await;
    let mut wrong = 0;
    for n in 0..20 {
        let Ok(sekisho_identity::Progress::Next(next)) =
            place.identity.password("alice", &Secret::from(PASSWORD), ADDRESS, at(60)).await
        else {
            continue;
        };
        let tried = place.identity.totp(&next.state, &Secret::from(format!("{n:06}")), ADDRESS, at(60)).await;
        wrong += u32::from(matches!(tried, Err(Failure::WrongCredentials)));
    }
    assert_eq!(wrong, 5);
}

#[tokio::test]
async fn failed_sign_ins_raise_the_risk_of_an_account() {
    let place = Place::new().await;
    let tasks = place.start_tasks();
    let _ = place.give_password("alice").await;
    let mut changes = place.store.watch(place.store.revision().await.unwrap());
    let guess = Secret::from("not the right phrase");
    for _ in 0..3 {
        let _ = place.identity.password("alice", &guess, other_address(1), at(10)).await;
    }
    let signal = loop {
        let batch = changes.next().await.unwrap();
        if let Some(change) = batch.into_iter().find(|change| change.kind == Kind::Signal) {
            break change.body.unwrap();
        }
    };
    let signal: sekisho_model::documents::Signal = serde_json::from_value(signal).unwrap();
    assert_eq!((signal.name.as_str(), signal.weight, signal.ends_at), ("failed-sign-ins", 10, at(10 + 3600)));
    assert_eq!(signal.about, sekisho_model::documents::SignalTarget::User(user("alice")));
    tasks.stop().await;
}

#[tokio::test]
async fn what_waits_when_the_platform_stops_is_written_and_one_failure_raises_nothing() {
    let place = Place::new().await;
    let _ = place.give_password("alice").await;
    let guess = Secret::from("not the right phrase");
    let signals = async || place.store.list_all(Kind::Signal).await.unwrap().len();
    let _ = place.identity.password("alice", &guess, other_address(1), at(10)).await;
    place.start_tasks().stop().await;
    assert_eq!(signals().await, 0);
    for _ in 0..2 {
        let _ = place.identity.password("alice", &guess, other_address(1), at(10)).await;
    }
    assert_eq!(signals().await, 0, "no answer waits for it");
    place.start_tasks().stop().await;
    assert_eq!(signals().await, 1);
}

#[tokio::test]
async fn guesses_of_others_at_an_address_delay_no_passkey_and_no_session() {
    let place = Place::new().await;
    let mut passkey = SoftwarePasskey::default();
    let _ = place.give_passkey("alice", &mut passkey).await;
    let own = place.session(place.by_passkey(&mut passkey, at(1)).await.unwrap()).await;
    let bob = place.session(place.give_password("bob").await).await;
    let guess = Secret::from("not the right phrase");
    for n in 0..40 {
        let _ = place.identity.password(&format!("user-{n}"), &guess, ADDRESS, at(10)).await;
    }
    let blocked = place.identity.password("bob", &Secret::from(PASSWORD), ADDRESS, at(10)).await;
    assert!(matches!(blocked.unwrap_err(), Failure::TooManyAttempts { .. }), "a new sign-in by password waits");
    // A passkey signs in, and steps up; so does the password in a session of its owner.
    assert!(place.by_passkey(&mut passkey, at(10)).await.is_ok());
    let again = place.by_passkey(&mut passkey, at(10)).await.unwrap();
    place.identity.elevate(&own.id, again, at(10)).await.unwrap();
    let from = Origin::in_session(bob.id, ADDRESS);
    assert!(place.identity.password("bob", &Secret::from(PASSWORD), from, at(10)).await.is_ok());
    // Guesses in a session are slowed by themselves.
    let mut refused = 0;
    for _ in 0..20 {
        let tried = place.identity.password("bob", &guess, from, at(11)).await;
        refused += u32::from(matches!(tried, Err(Failure::TooManyAttempts { .. })));
    }
    assert_eq!(refused, 15);
    let other = Origin::in_session(own.id, ADDRESS);
    assert!(place.identity.password("bob", &Secret::from(PASSWORD), other, at(11)).await.is_ok());
}

#[tokio::test]
async fn answers_of_passkeys_are_limited_by_address() {
    let place = Place::new().await;
    let mut stranger = SoftwarePasskey::default();
    let _ = place.give_passkey("alice", &mut stranger).await;
    let removed = place.identity.reset(&user("alice"), sekisho_model::Actor::System, at(1)).await;
    assert!(removed.is_ok());
    let mut refused = 0;
    for _ in 0..40 {
        let tried = place.by_passkey(&mut stranger, at(10)).await;
        refused += u32::from(matches!(tried, Err(Failure::TooManyAttempts { .. })));
    }
    assert_eq!(refused, 10);
}

#[tokio::test]
async fn one_session_has_so_many_one_time_documents_made_and_no_more() {
    let place = Place::new().await;
    let session = place.session(place.give_passkey("alice", &mut SoftwarePasskey::default()).await).await;
    let (mut made, mut refused) = (0, 0);
    for n in 0..300 {
        let begun = match n % 3 {
            0 => place.identity.begin_registration(Right::Session(&session.id), at(10)).await.map(drop),
            1 => place.identity.begin_totp(&session.id, at(10)).await.map(drop),
            _ => place.identity.allow_one_time(&session.id, at(10)).await,
        };
        match begun {
            Ok(()) => made += 1,
            Err(Failure::TooManyAttempts { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((made, refused), (120, 180));
    assert!(place.store.list_all(Kind::OneTime).await.unwrap().len() <= 120);
    // Another session's are its own, and the next minute brings new ones.
    let other = place.session(place.give_passkey("bob", &mut SoftwarePasskey::default()).await).await;
    place.identity.begin_totp(&other.id, at(10)).await.unwrap();
    place.identity.begin_totp(&session.id, at(70)).await.unwrap();
}

#[tokio::test]
async fn guesses_of_others_at_an_address_delay_no_browser_that_is_known() {
    let place = Place::new().await;
    let _ = place.give_password("alice").await;
    let guess = Secret::from("not the right phrase");
    for n in 0..40 {
        let _ = place.identity.password(&format!("user-{n}"), &guess, ADDRESS, at(10)).await;
    }
    let right = Secret::from(PASSWORD);
    let from = Origin::in_known_browser([7; 16], ADDRESS);
    assert!(place.identity.password("alice", &right, from, at(10)).await.is_ok());
    assert!(matches!(
        place.identity.password("alice", &right, ADDRESS, at(10)).await,
        Err(Failure::TooManyAttempts { .. })
    ));
    // It is slowed by what fails in it, and by nothing else.
    let mut refused = 0;
    for _ in 0..20 {
        let tried = place.identity.password("alice", &guess, from, at(10)).await;
        refused += u32::from(matches!(tried, Err(Failure::TooManyAttempts { .. })));
    }
    assert_eq!(refused, 15);
}
