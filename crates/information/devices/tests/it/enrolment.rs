//! Enrolment and renewal: one token, one key, one device.

use rcgen::KeyPair;
use sekisho_capability::sweep;
use sekisho_device_protocol::enrolment::{EnrolRequest, RenewRequest};
use sekisho_devices::{DevicesError, Refusal, identify};
use sekisho_ledger::Filter;
use sekisho_model::documents::{Device, Kind};
use sekisho_model::{Act, Actor, PresentedDevice, Record, Span};
use sekisho_store::{Expected, Write};
use serde_json::json;
use tokio::task::JoinSet;

use crate::platform::{Platform, at, csr, id, new_device};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_token_enrols_one_device_once() {
    let platform = Platform::start().await;
    let token = platform.token("laptop", at(0)).await;
    assert_eq!(token.len(), 43);
    let key = KeyPair::generate().unwrap();
    let issued = platform.enrol_with(&token, &key, at(1)).await.unwrap();
    assert_eq!((issued.device, issued.chain.len()), (id("laptop"), 2));
    assert_eq!(issued.not_after, at(1).plus(Span::from_seconds(30 * DAY)));

    let document = platform.store.get(Kind::Device, "laptop").await.unwrap().unwrap();
    let device: Device = serde_json::from_value(document.body).unwrap();
    assert_eq!(device.key_sha256, Some(identify(&issued.chain[0].0).unwrap().key_sha256));
    assert_eq!(device.enrolled_at, Some(at(1)));

    let again = platform.enrol_with(&token, &KeyPair::generate().unwrap(), at(2)).await;
    assert!(matches!(again, Err(Refusal::Token)));
    assert_eq!(platform.acts().await, ["device-token-made", "device-enrolled"]);
}

#[tokio::test]
async fn of_two_that_use_a_token_at_once_one_is_enrolled() {
    let platform = Platform::start().await;
    let token = platform.token("laptop", at(0)).await;
    let (a, b) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let (a, b) = tokio::join!(platform.enrol_with(&token, &a, at(1)), platform.enrol_with(&token, &b, at(1)));
    assert!(a.is_ok() != b.is_ok());
}

#[tokio::test]
async fn unknown_and_expired_tokens_are_refused_alike() {
    let platform = Platform::start().await;
    let key = KeyPair::generate().unwrap();
    let token = platform.token("laptop", at(0)).await;
    for bad in ["", "x", &token.replacen(|_| true, "", 1), &token.to_lowercase()] {
        assert!(matches!(platform.enrol_with(bad, &key, at(1)).await, Err(Refusal::Token)), "{bad}");
    }
    assert!(matches!(platform.enrol_with(&token, &key, at(DAY)).await, Err(Refusal::Token)));
    let token = platform.token("laptop", at(0)).await;
    assert!(platform.enrol_with(&token, &key, at(DAY - 1)).await.is_ok());
}

#[tokio::test]
async fn a_key_enrols_once() {
    let platform = Platform::start().await;
    let key = KeyPair::generate().unwrap();
    let first = platform.token("laptop", at(0)).await;
    let second = platform.token("other", at(0)).await;
    platform.enrol_with(&first, &key, at(1)).await.unwrap();
    assert!(matches!(platform.enrol_with(&second, &key, at(1)).await, Err(Refusal::KeyEnrolled)));
    // The token was not used up by a key that cannot enrol.
    assert!(platform.enrol_with(&second, &KeyPair::generate().unwrap(), at(1)).await.is_ok());
}

#[tokio::test]
async fn an_enrolled_device_gets_no_second_token() {
    let platform = Platform::start().await;
    platform.enrolled("laptop", at(0)).await;
    let again = platform.devices.create_token(new_device("laptop"), Actor::System, at(1)).await;
    assert!(matches!(again, Err(DevicesError::Enrolled(_))));
}

#[tokio::test]
async fn a_device_that_is_enrolled_anew_inherits_nothing() {
    let platform = Platform::start().await;
    let former = platform.enrolled("laptop", at(0)).await;
    platform.put(Kind::Posture, "laptop", json!({ "from": "the former device" })).await;
    let gone = Write::Delete { kind: Kind::Device, id: "laptop".to_owned(), expected: Expected::Any };
    platform.store.commit(vec![gone], "test", at(1)).await.unwrap();
    let anew = platform.enrolled("laptop", at(2)).await;
    assert!(platform.store.get(Kind::Posture, "laptop").await.unwrap().is_none());
    assert!(platform.devices.ticket(&anew.presented, at(3)).await.is_ok());
    assert!(matches!(platform.devices.ticket(&former.presented, at(3)).await, Err(Refusal::NotEnrolled)));
}

#[tokio::test]
async fn a_request_of_another_kind_is_refused_and_leaves_the_token() {
    let platform = Platform::start().await;
    let token = platform.token("laptop", at(0)).await;
    let rsa = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    assert!(matches!(platform.enrol_with(&token, &rsa, at(1)).await, Err(Refusal::CertificateRequest)));
    let mut forged = csr(&KeyPair::generate().unwrap());
    *forged.0.last_mut().unwrap() ^= 1;
    let forged = EnrolRequest { token: token.clone(), csr: forged };
    assert!(matches!(platform.devices.enrol(&forged, at(1)).await, Err(Refusal::CertificateRequest)));
    assert!(platform.enrol_with(&token, &KeyPair::generate().unwrap(), at(1)).await.is_ok());
}

#[tokio::test]
async fn a_device_renews_its_own_key_until_it_is_revoked() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let other = platform.enrolled("other", at(0)).await;
    let own = RenewRequest { csr: csr(&laptop.key) };
    let renewed = platform.devices.renew(&laptop.presented, &own, at(20 * DAY)).await.unwrap();
    assert_eq!(renewed.not_after, at(50 * DAY));
    assert_eq!(identify(&renewed.chain[0].0), Some(laptop.presented.clone()));

    let another_key = RenewRequest { csr: csr(&other.key) };
    let refused = platform.devices.renew(&laptop.presented, &another_key, at(20 * DAY)).await;
    assert!(matches!(refused, Err(Refusal::CertificateRequest)));
    let claimed = PresentedDevice { id: id("laptop"), key_sha256: other.presented.key_sha256.clone() };
    let refused = platform.devices.renew(&claimed, &another_key, at(20 * DAY)).await;
    assert!(matches!(refused, Err(Refusal::NotEnrolled)));

    platform.devices.revoke(&id("laptop"), Actor::System, at(21 * DAY)).await.unwrap();
    assert!(matches!(platform.devices.renew(&laptop.presented, &own, at(21 * DAY)).await, Err(Refusal::Revoked)));
    let other_own = RenewRequest { csr: csr(&other.key) };
    assert!(platform.devices.renew(&other.presented, &other_own, at(21 * DAY)).await.is_ok());
}

#[tokio::test]
async fn a_revoked_device_does_not_enrol_with_a_token_made_before() {
    let platform = Platform::start().await;
    let token = platform.token("laptop", at(0)).await;
    platform.devices.revoke(&id("laptop"), Actor::System, at(1)).await.unwrap();
    assert!(matches!(platform.enrol_with(&token, &KeyPair::generate().unwrap(), at(2)).await, Err(Refusal::Revoked)));
    let nobody = platform.devices.revoke(&id("nobody"), Actor::System, at(1)).await;
    assert!(matches!(nobody, Err(DevicesError::NoSuchDevice(_))));
}

#[tokio::test]
async fn what_expired_is_swept_and_what_did_not_stays() {
    let platform = Platform::start().await;
    platform.token("laptop", at(0)).await;
    let token = platform.token("other", at(DAY / 2)).await;
    assert_eq!(sweep(&platform.store, at(DAY)).await.unwrap(), 1);
    assert_eq!(sweep(&platform.store, at(DAY)).await.unwrap(), 0);
    assert!(platform.enrol_with(&token, &KeyPair::generate().unwrap(), at(DAY)).await.is_ok());
}

/// How many acts of that code the ledger holds, less those that a `not-done` entry takes back.
async fn done(platform: &Platform, act: &str) -> usize {
    let records = platform.ledger.recent(1000, Filter::default()).await;
    let acts: Vec<Act> = records
        .into_iter()
        .filter_map(|(_, record)| match record {
            Record::Act(act) => Some(act),
            _ => None,
        })
        .collect();
    let recorded = acts.iter().filter(|found| found.act == act).count();
    recorded - acts.iter().filter(|found| found.act == "not-done" && found.detail["of"] == act).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_that_loses_against_another_is_recorded_as_not_done() {
    let platform = Platform::start().await;
    let mut tokens = Vec::new();
    for _ in 0..8 {
        tokens.push(platform.token("laptop", at(0)).await);
    }
    let mut racing = JoinSet::new();
    for token in tokens {
        let devices = platform.devices.clone();
        let key = KeyPair::generate().unwrap();
        racing.spawn(async move { devices.enrol(&EnrolRequest { token, csr: csr(&key) }, at(1)).await.is_ok() });
    }
    let enrolled = racing.join_all().await.into_iter().filter(|enrolled| *enrolled).count();
    assert_eq!((enrolled, done(&platform, "device-enrolled").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_loses_a_conflict_is_recorded_as_not_done() {
    let platform = Platform::start().await;
    platform.enrolled("laptop", at(0)).await;
    let mut racing = JoinSet::new();
    for _ in 0..8 {
        let devices = platform.devices.clone();
        racing.spawn(async move { devices.revoke(&id("laptop"), Actor::System, at(1)).await.is_ok() });
    }
    let revoked = racing.join_all().await.into_iter().filter(|revoked| *revoked).count();
    assert!(revoked >= 1);
    assert_eq!(done(&platform, "device-revoked").await, revoked);
}
