//! Terminals signed in through a browser: one code, one answer, one session, for the key that asked.

use sekisho_identity::{Failure, TerminalAnswer, TerminalAsk, TerminalCodes};
use sekisho_model::documents::{Kind, Session, SessionEnd};
use sekisho_model::{Actor, PresentedDevice, Span};

use crate::place::{ADDRESS, Place, anywhere, at, other_address, user};

fn laptop() -> PresentedDevice {
    PresentedDevice { id: "laptop".parse().unwrap(), key_sha256: "ab".repeat(32) }
}

fn other_key() -> PresentedDevice {
    PresentedDevice { key_sha256: "cd".repeat(32), ..laptop() }
}

async fn with_alice() -> (Place, Session) {
    let place = Place::new().await;
    place.put_device(&laptop(), Some("alice"), "active").await;
    let signed_in = place.give_password("alice").await;
    let browser = place.session(signed_in).await;
    (place, browser)
}

async fn ask(place: &Place, device: Option<PresentedDevice>) -> TerminalCodes {
    let ask = TerminalAsk { device, address: other_address(7), name: "work\u{1b}st\u{202e}ation\u{200b}".to_owned() };
    place.identity.ask_for_terminal(ask, at(10)).await.unwrap()
}

async fn answer(place: &Place, codes: &TerminalCodes, browser: &Session, approve: bool) -> Result<(), Failure> {
    place.identity.answer_terminal(&codes.user_code, &browser.id, approve, ADDRESS, at(20)).await
}

async fn collect(
    place: &Place,
    codes: &TerminalCodes,
    device: Option<PresentedDevice>,
    seconds: i64,
) -> TerminalAnswer {
    let code = codes.device_code.expose();
    place.identity.collect_terminal(code, device.as_ref(), other_address(7), "cli/1", at(seconds)).await.unwrap()
}

#[tokio::test]
async fn an_approved_terminal_gets_one_session_that_rests_on_the_browsers_sign_in() {
    let (place, browser) = with_alice().await;
    let codes = ask(&place, Some(laptop())).await;
    let seen = place.identity.terminal_request(&codes.user_code, &user("alice"), ADDRESS, at(15)).await.unwrap();
    assert_eq!(
        (seen.device, seen.address.as_str(), seen.name.as_str()),
        (Some(laptop()), "198.51.100.7", "workstation")
    );
    assert!(matches!(collect(&place, &codes, Some(laptop()), 16).await, TerminalAnswer::Pending));
    answer(&place, &codes, &browser, true).await.unwrap();
    let TerminalAnswer::Approved(session) = collect(&place, &codes, Some(laptop()), 30).await else {
        panic!("no session")
    };
    assert_ne!(session.id, browser.id);
    assert_eq!((&session.user, session.methods, session.device), (&browser.user, browser.methods, Some(laptop().id)));
    assert_eq!((session.authenticated_at, session.established_at), (browser.authenticated_at, at(30)));
    assert_eq!(session.expires_at, browser.expires_at, "it lasts no longer than one made at the browser's sign-in");
    // Once; and the browser's own session is another's business.
    assert!(matches!(collect(&place, &codes, Some(laptop()), 31).await, TerminalAnswer::Expired));
    let ended = place.identity.end(&session.id, SessionEnd::SignedOut, Actor::System, at(40)).await.unwrap();
    assert!(ended && place.stored_session(&browser.id).await.is_some());
    assert_eq!(place.count_of("terminal-approved", &browser.id).await, 1);
    assert_eq!(place.count_of("session-established", &session.id).await, 1);
}

#[tokio::test]
async fn i12_a_code_is_answered_once_and_collected_once() {
    let (place, browser) = with_alice().await;
    let codes = ask(&place, None).await;
    let both = tokio::join!(answer(&place, &codes, &browser, true), answer(&place, &codes, &browser, false));
    let won = [both.0.is_ok(), both.1.is_ok()];
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    // What the ledger holds of the answer that lost, it takes back.
    let approved = place.count_of("terminal-approved", &browser.id).await;
    let recorded = approved + place.count_of("terminal-refused", &browser.id).await;
    assert_eq!(recorded - place.count_of("not-done", &browser.id).await, 1);
    assert_eq!(answer(&place, &codes, &browser, true).await, Err(Failure::Expired));
    let codes = ask(&place, None).await;
    answer(&place, &codes, &browser, true).await.unwrap();
    let both = tokio::join!(collect(&place, &codes, None, 30), collect(&place, &codes, None, 30));
    let sessions = [both.0, both.1].into_iter().filter(|answer| matches!(answer, TerminalAnswer::Approved(_))).count();
    assert_eq!(sessions, 1);
}

#[tokio::test]
async fn a_refused_or_late_terminal_gets_nothing() {
    let (place, browser) = with_alice().await;
    let codes = ask(&place, Some(laptop())).await;
    answer(&place, &codes, &browser, false).await.unwrap();
    assert!(matches!(collect(&place, &codes, Some(laptop()), 30).await, TerminalAnswer::Refused));
    assert!(matches!(collect(&place, &codes, Some(laptop()), 31).await, TerminalAnswer::Expired));
    // Ten minutes, and neither code is good for anything.
    let codes = ask(&place, Some(laptop())).await;
    let late = at(10).plus(Span::from_minutes(10));
    let typed = place.identity.terminal_request(&codes.user_code, &user("alice"), ADDRESS, late).await;
    assert_eq!(typed, Err(Failure::Expired));
    assert!(matches!(collect(&place, &codes, Some(laptop()), 610).await, TerminalAnswer::Expired));
    sekisho_capability::sweep(&place.store, late).await.unwrap();
    let left = place.store.list_all(Kind::OneTime).await.unwrap();
    assert!(!left.iter().any(|document| document.id.starts_with("terminal/")), "{left:?}");
}

#[tokio::test]
async fn a_code_collects_nothing_under_another_key() {
    let (place, browser) = with_alice().await;
    let codes = ask(&place, Some(laptop())).await;
    answer(&place, &codes, &browser, true).await.unwrap();
    for wrong in [None, Some(other_key())] {
        assert!(matches!(collect(&place, &codes, wrong, 30).await, TerminalAnswer::Refused));
    }
    // Who tried it with another key did not use it up.
    assert!(matches!(collect(&place, &codes, Some(laptop()), 31).await, TerminalAnswer::Approved(_)));
    // And one that was asked for without a key is none of a device's.
    let codes = ask(&place, None).await;
    answer(&place, &codes, &browser, true).await.unwrap();
    assert!(matches!(collect(&place, &codes, Some(laptop()), 32).await, TerminalAnswer::Refused));
}

#[tokio::test]
async fn who_signed_out_or_was_disabled_since_has_signed_nothing_in() {
    let (place, browser) = with_alice().await;
    let codes = ask(&place, None).await;
    answer(&place, &codes, &browser, true).await.unwrap();
    place.identity.end(&browser.id, SessionEnd::SignedOut, Actor::System, at(25)).await.unwrap();
    assert!(matches!(collect(&place, &codes, None, 30).await, TerminalAnswer::Refused));
    let again = place.by_password("alice", at(31)).await;
    let browser = place.session(again).await;
    let codes = ask(&place, None).await;
    place.identity.answer_terminal(&codes.user_code, &browser.id, true, ADDRESS, at(32)).await.unwrap();
    place.put_user("alice", "disabled").await;
    assert!(matches!(collect(&place, &codes, None, 33).await, TerminalAnswer::Refused));
    // An ended session approves nothing itself.
    place.put_user("alice", "active").await;
    place.identity.end(&browser.id, SessionEnd::SignedOut, Actor::System, at(34)).await.unwrap();
    let codes = ask(&place, None).await;
    assert_eq!(answer(&place, &codes, &browser, true).await, Err(Failure::SessionEnded));
}

/// Between approval and collection the device may cease to be one that the person may use.
#[tokio::test]
async fn i5_the_device_is_asked_about_again_when_the_session_is_collected() {
    let (place, browser) = with_alice().await;
    let approved = async || {
        let codes = ask(&place, Some(laptop())).await;
        answer(&place, &codes, &browser, true).await.unwrap();
        codes
    };
    for (owner, status, key, allowed) in [
        (Some("alice"), "active", laptop(), true),
        (None, "active", laptop(), true),
        (Some("alice"), "revoked", laptop(), false),
        (Some("bob"), "active", laptop(), false),
        (Some("alice"), "active", other_key(), false),
    ] {
        let codes = approved().await;
        place.put_device(&key, owner, status).await;
        let collected = collect(&place, &codes, Some(laptop()), 30).await;
        assert_eq!(matches!(collected, TerminalAnswer::Approved(_)), allowed, "{owner:?} {status}: {collected:?}");
        // A device that is good again does not revive the code.
        place.put_device(&laptop(), Some("alice"), "active").await;
        assert!(matches!(collect(&place, &codes, Some(laptop()), 31).await, TerminalAnswer::Expired));
    }
    let codes = approved().await;
    place.remove_device(&laptop()).await;
    assert!(matches!(collect(&place, &codes, Some(laptop()), 32).await, TerminalAnswer::Refused));
}

/// A browser's session that is bound to a device ends with it, and what it approved is void.
#[tokio::test]
async fn i5_a_session_of_a_revoked_device_signs_no_terminal_in() {
    let (place, browser) = with_alice().await;
    place.identity.bind_device(&browser.id, &laptop(), at(11)).await.unwrap();
    let (good, late, unanswered) = (ask(&place, None).await, ask(&place, None).await, ask(&place, None).await);
    answer(&place, &good, &browser, true).await.unwrap();
    answer(&place, &late, &browser, true).await.unwrap();
    assert!(matches!(collect(&place, &good, None, 30).await, TerminalAnswer::Approved(_)));
    place.put_device(&laptop(), Some("alice"), "revoked").await;
    assert!(matches!(collect(&place, &late, None, 31).await, TerminalAnswer::Refused));
    assert_eq!(answer(&place, &unanswered, &browser, true).await, Err(Failure::SessionEnded));
}

/// OIDC-44: ten thousand guesses at short codes look at a handful.
#[tokio::test]
async fn guessing_codes_is_slowed() {
    let (place, _) = with_alice().await;
    let codes = ask(&place, None).await;
    let mut looked = 0;
    for n in 0..10_000_u32 {
        let guess: String =
            (0..8).map(|place| char::from(b'B' + u8::try_from(n >> (2 * place) & 3).unwrap())).collect();
        match place.identity.terminal_request(&guess, &user("bob"), other_address(9), at(20)).await {
            Err(Failure::Expired) => looked += 1,
            Err(Failure::TooManyAttempts { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!((1..=10).contains(&looked), "{looked} guesses were looked up");
    // The right code does not help who guessed; who did not guess is not held up.
    let late = place.identity.terminal_request(&codes.user_code, &user("bob"), other_address(9), at(20)).await;
    assert!(matches!(late, Err(Failure::TooManyAttempts { .. })));
    assert!(place.identity.terminal_request(&codes.user_code, &user("alice"), ADDRESS, at(20)).await.is_ok());
}

#[tokio::test]
async fn i13_no_code_is_on_the_disk() {
    let (place, browser) = with_alice().await;
    let codes = ask(&place, Some(laptop())).await;
    answer(&place, &codes, &browser, true).await.unwrap();
    let bare = codes.user_code.replace('-', "");
    for secret in [codes.device_code.expose(), codes.user_code.as_str(), bare.as_str()] {
        assert!(!anywhere(place.folder.path(), secret.as_bytes()), "a code is readable");
    }
    assert!(!format!("{codes:?}").contains(codes.device_code.expose()));
}
