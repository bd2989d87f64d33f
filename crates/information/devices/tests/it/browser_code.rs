//! The proof by a code: a session asks, a device of its person answers, the session collects, once.

use rcgen::SigningKey;
use sekisho_agent::{AgentError, BrowserCode};
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::browser_code::{CodeAnswer, Look};
use sekisho_device_protocol::proof::{ProofAnswer, Statement};
use sekisho_devices::{CodeAsk, Collected, Refusal};
use sekisho_model::{SessionId, Text, Timestamp, UserId};

use crate::platform::{Enrolled, PORTAL, Platform, at, now};

const SESSION: SessionId = SessionId::from_bytes([1; 16]);
const OTHER_SESSION: SessionId = SessionId::from_bytes([2; 16]);
const ADDRESS: &str = "192.0.2.10";

fn user(name: &str) -> UserId {
    name.parse().unwrap()
}

/// A platform with a laptop of alice's.
async fn platform() -> (Platform, Enrolled) {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    platform.own("laptop", "alice").await;
    (platform, laptop)
}

async fn asked(platform: &Platform, session: SessionId, name: &str, when: Timestamp) -> String {
    let browser = Text::new("Firefox, Linux", "Firefox, Linux");
    let ask = CodeAsk { session, user: user(name), name: name.to_owned(), browser, address: ADDRESS.to_owned() };
    platform.devices.ask_by_code(ask, when).await.unwrap()
}

fn look(code: &str) -> Look {
    Look { code: code.to_owned() }
}

/// What the device signs for a session, with that nonce.
fn proof(device: &Enrolled, session: &SessionId, nonce: &Base64, signed_at: Timestamp) -> ProofAnswer {
    let id = &device.presented.id;
    let statement = Statement { nonce: &nonce.0, portal_origin: PORTAL, session, device: id, signed_at };
    let signature = Base64(device.key.sign(&statement.signed_bytes()).unwrap());
    ProofAnswer { nonce: nonce.clone(), device: id.clone(), signed_at, signature }
}

/// Looks at a code and confirms it, as an honest agent does.
async fn confirmed(platform: &Platform, device: &Enrolled, code: &str, when: Timestamp) -> Result<bool, Refusal> {
    let asks = platform.devices.look_at_code(&device.presented, &look(code), ADDRESS, when).await?;
    let proof = proof(device, &asks.proof.session, &asks.proof.nonce, when);
    let answer = CodeAnswer { code: code.to_owned(), proof: Some(proof) };
    Ok(platform.devices.answer_code(&device.presented, &answer, when).await?.confirmed)
}

#[tokio::test]
async fn i16_a_code_that_the_device_confirmed_is_collected_once_by_its_session_alone() {
    let (platform, laptop) = platform().await;
    let code = asked(&platform, SESSION, "alice", at(10)).await;
    let collect = |session: SessionId, name: &'static str| {
        let (devices, code) = (&platform.devices, &code);
        async move { devices.collect_code(&session, &user(name), code, at(13)).await }
    };
    assert_eq!(collect(SESSION, "alice").await.unwrap(), Collected::Pending);
    assert!(confirmed(&platform, &laptop, &code.to_lowercase(), at(12)).await.unwrap());
    assert!(matches!(collect(OTHER_SESSION, "alice").await, Err(Refusal::ProofUnknown)), "another session");
    assert!(matches!(collect(SESSION, "bob").await, Err(Refusal::ProofUnknown)), "another person");
    assert_eq!(collect(SESSION, "alice").await.unwrap(), Collected::Proven(laptop.presented.clone()));
    assert!(matches!(collect(SESSION, "alice").await, Err(Refusal::ProofUnknown)), "once");
}

#[tokio::test]
async fn i16_of_two_that_collect_at_once_one_counts() {
    let (platform, laptop) = platform().await;
    let code = asked(&platform, SESSION, "alice", at(10)).await;
    assert!(confirmed(&platform, &laptop, &code, at(11)).await.unwrap());
    let alice = user("alice");
    let collect = || platform.devices.collect_code(&SESSION, &alice, &code, at(12));
    let (a, b) = tokio::join!(collect(), collect());
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
}

#[tokio::test]
async fn the_device_sees_whose_browser_it_is_and_whether_it_asks_from_elsewhere() {
    let (platform, laptop) = platform().await;
    let code = asked(&platform, SESSION, "alice", at(10)).await;
    for (address, elsewhere) in [(ADDRESS, false), ("198.51.100.7", true)] {
        let asks = platform.devices.look_at_code(&laptop.presented, &look(&code), address, at(11)).await.unwrap();
        assert_eq!((asks.user, asks.address.as_str(), asks.elsewhere), (user("alice"), ADDRESS, elsewhere));
        assert_eq!((asks.portal_origin.as_str(), asks.asked_at), (PORTAL, at(10)));
    }
}

#[tokio::test]
async fn i16_a_device_of_another_person_neither_sees_nor_answers_a_code() {
    let (platform, laptop) = platform().await;
    let theirs = asked(&platform, SESSION, "bob", at(10)).await;
    for code in [theirs.as_str(), "BBBB-BBBB", ""] {
        let looked = platform.devices.look_at_code(&laptop.presented, &look(code), ADDRESS, at(11)).await;
        assert!(matches!(looked, Err(Refusal::ProofUnknown)), "{code}: {looked:?}");
    }
    let nonce = Base64(vec![0; 32]);
    let answer = CodeAnswer { code: theirs.clone(), proof: Some(proof(&laptop, &SESSION, &nonce, at(11))) };
    let answered = platform.devices.answer_code(&laptop.presented, &answer, at(11)).await;
    assert!(matches!(answered, Err(Refusal::ProofUnknown)), "{answered:?}");
}

#[tokio::test]
async fn guesses_of_codes_are_counted_by_device() {
    let (platform, laptop) = platform().await;
    let mut refusals = Vec::new();
    for _ in 0..20 {
        refusals.push(platform.devices.look_at_code(&laptop.presented, &look("BBBB-BBBB"), ADDRESS, at(11)).await);
    }
    assert!(refusals.iter().any(|refused| matches!(refused, Err(Refusal::TooMany))));
}

#[tokio::test]
async fn i16_a_proof_of_another_nonce_session_or_key_is_not_taken() {
    let (platform, laptop) = platform().await;
    let desk = platform.enrolled("desk", at(0)).await;
    let code = asked(&platform, SESSION, "alice", at(10)).await;
    let asks = platform.devices.look_at_code(&laptop.presented, &look(&code), ADDRESS, at(11)).await.unwrap();
    let nonce = &asks.proof.nonce;
    let wrong = Base64(vec![0; 32]);
    let of_desk = ProofAnswer { device: laptop.presented.id.clone(), ..proof(&desk, &SESSION, nonce, at(11)) };
    let cases = [
        ("nonce", proof(&laptop, &SESSION, &wrong, at(11))),
        ("session", proof(&laptop, &OTHER_SESSION, nonce, at(11))),
        ("device", proof(&desk, &SESSION, nonce, at(11))),
        ("key", of_desk),
    ];
    for (case, proof) in cases {
        let answer = CodeAnswer { code: code.clone(), proof: Some(proof) };
        let refused = platform.devices.answer_code(&laptop.presented, &answer, at(11)).await;
        assert!(matches!(refused, Err(Refusal::ProofSignature)), "{case}: {refused:?}");
    }
    assert!(confirmed(&platform, &laptop, &code, at(12)).await.unwrap(), "the right one is");
}

#[tokio::test]
async fn a_refusal_at_the_device_ends_the_code_and_is_recorded() {
    let (platform, laptop) = platform().await;
    let code = asked(&platform, SESSION, "alice", at(10)).await;
    let answer = CodeAnswer { code: code.clone(), proof: None };
    assert!(!platform.devices.answer_code(&laptop.presented, &answer, at(11)).await.unwrap().confirmed);
    assert!(matches!(confirmed(&platform, &laptop, &code, at(12)).await, Err(Refusal::ProofUnknown)));
    let collected = platform.devices.collect_code(&SESSION, &user("alice"), &code, at(12)).await;
    assert!(matches!(collected, Err(Refusal::ProofUnknown)));
    assert!(platform.acts().await.contains(&"device-proof-refused".to_owned()));
}

#[tokio::test]
async fn a_code_ends_after_five_minutes_and_a_device_that_was_given_away_meanwhile_proves_nothing() {
    let (platform, laptop) = platform().await;
    let code = asked(&platform, SESSION, "alice", at(0)).await;
    assert!(matches!(confirmed(&platform, &laptop, &code, at(300)).await, Err(Refusal::ProofUnknown)));
    assert!(confirmed(&platform, &laptop, &code, at(299)).await.unwrap());
    platform.own("laptop", "bob").await;
    let collected = platform.devices.collect_code(&SESSION, &user("alice"), &code, at(299)).await;
    assert!(matches!(collected, Err(Refusal::OtherOwner)), "{collected:?}");
}

#[tokio::test]
async fn an_agent_looks_and_confirms_over_its_certificate() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    drop(platform.agent(&front).await);
    let code = asked(&platform, SESSION, "alice", now()).await;
    let agent = BrowserCode::new(&platform.home()).unwrap();
    assert_eq!(agent.page(), format!("{PORTAL}/devices/code"));
    let asks = agent.look(&code).await.unwrap();
    assert_eq!(asks.user, user("alice"));
    assert!(asks.elsewhere, "the browser of the test asked from another address");
    assert!(agent.answer(&code, asks, true).await.unwrap().confirmed);
    let collected = platform.devices.collect_code(&SESSION, &user("alice"), &code, now()).await.unwrap();
    assert!(matches!(collected, Collected::Proven(device) if device.id.as_str() == "laptop"));
    let unknown = agent.look("BBBB-BBBB").await;
    assert!(matches!(unknown, Err(AgentError::Refused { status: 403, .. })), "{:?}", unknown.err());
}
