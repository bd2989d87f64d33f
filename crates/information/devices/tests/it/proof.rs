//! The loopback proof, the server's side: one session, one nonce, one device, seconds.

use rcgen::{KeyPair, SigningKey};
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::proof::{ProofAnswer, Statement};
use sekisho_devices::{ProofChallenge, Refusal};
use sekisho_model::documents::{Device, Kind};
use sekisho_model::{Actor, DeviceId, SessionId, Timestamp, UserId};

use crate::platform::{Enrolled, PORTAL, Platform, at, id};

const SESSION: SessionId = SessionId::from_bytes([1; 16]);
const OTHER_SESSION: SessionId = SessionId::from_bytes([2; 16]);

fn user(name: &str) -> UserId {
    name.parse().unwrap()
}

/// What an agent would answer; each part can be another's.
fn sign(
    key: &KeyPair,
    device: &DeviceId,
    origin: &str,
    session: &SessionId,
    nonce: &Base64,
    signed_at: Timestamp,
) -> ProofAnswer {
    let statement = Statement { nonce: &nonce.0, portal_origin: origin, session, device, signed_at };
    let signature = Base64(key.sign(&statement.signed_bytes()).unwrap());
    ProofAnswer { nonce: nonce.clone(), device: device.clone(), signed_at, signature }
}

fn honest(device: &Enrolled, challenge: &ProofChallenge, signed_at: Timestamp) -> ProofAnswer {
    sign(&device.key, &device.presented.id, PORTAL, &challenge.session, &challenge.nonce, signed_at)
}

impl Platform {
    async fn verify(&self, answer: &ProofAnswer, when: Timestamp) -> Result<DeviceId, Refusal> {
        Ok(self.devices.verify_proof(&SESSION, &user("alice"), answer, when).await?.id)
    }

    pub(crate) async fn own(&self, device: &str, owner: &str) {
        let document = self.store.get(Kind::Device, device).await.unwrap().unwrap();
        let mut body: Device = serde_json::from_value(document.body).unwrap();
        body.owner = Some(user(owner));
        self.put(Kind::Device, device, body).await;
    }
}

#[tokio::test]
async fn i16_a_proof_binds_its_session_once() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let challenge = platform.devices.challenge(&SESSION, at(10)).await.unwrap();
    assert_eq!(challenge.expires_at, at(40));
    let answer = honest(&laptop, &challenge, at(11));
    assert_eq!(platform.verify(&answer, at(12)).await.unwrap(), id("laptop"));
    assert!(matches!(platform.verify(&answer, at(12)).await, Err(Refusal::ProofUnknown)), "once");
}

#[tokio::test]
async fn i16_of_two_that_use_a_proof_at_once_one_counts() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let challenge = platform.devices.challenge(&SESSION, at(10)).await.unwrap();
    let answer = honest(&laptop, &challenge, at(11));
    let (a, b) = tokio::join!(platform.verify(&answer, at(12)), platform.verify(&answer, at(12)));
    assert!(a.is_ok() != b.is_ok());
}

#[tokio::test]
async fn i16_a_proof_for_another_session_does_not_count() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    // A challenge of another session, answered honestly, handed in here.
    let theirs = platform.devices.challenge(&OTHER_SESSION, at(10)).await.unwrap();
    let refused = platform.verify(&honest(&laptop, &theirs, at(11)), at(12)).await;
    assert!(matches!(refused, Err(Refusal::ProofUnknown)));
    // Our own challenge, signed for another session.
    let ours = platform.devices.challenge(&SESSION, at(10)).await.unwrap();
    let signed = sign(&laptop.key, &id("laptop"), PORTAL, &OTHER_SESSION, &ours.nonce, at(11));
    assert!(matches!(platform.verify(&signed, at(12)).await, Err(Refusal::ProofSignature)));
}

#[tokio::test]
async fn i16_a_proof_for_another_site_nonce_device_or_time_does_not_count() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let other = platform.enrolled("other", at(0)).await;
    let wrong = Base64(vec![0; 32]);
    for case in ["origin", "nonce", "device", "key", "time", "nothing"] {
        let challenge = platform.devices.challenge(&SESSION, at(10)).await.unwrap();
        let mut answer = honest(&laptop, &challenge, at(11));
        match case {
            "origin" => {
                answer = sign(&laptop.key, &id("laptop"), "https://evil.localhost", &SESSION, &challenge.nonce, at(11));
            }
            "nonce" => {
                answer.signature = sign(&laptop.key, &id("laptop"), PORTAL, &SESSION, &wrong, at(11)).signature;
            }
            "device" => answer.device = id("other"),
            "key" => answer = sign(&other.key, &id("laptop"), PORTAL, &SESSION, &challenge.nonce, at(11)),
            "time" => answer.signed_at = at(12),
            _ => answer.signature = Base64(Vec::new()),
        }
        assert!(matches!(platform.verify(&answer, at(12)).await, Err(Refusal::ProofSignature)), "{case}");
        // The challenge is used up: a second attempt with the right answer is too late.
        let late = platform.verify(&honest(&laptop, &challenge, at(11)), at(12)).await;
        assert!(matches!(late, Err(Refusal::ProofUnknown)), "{case}");
    }
    let invented = sign(&laptop.key, &id("laptop"), PORTAL, &SESSION, &wrong, at(11));
    assert!(matches!(platform.verify(&invented, at(12)).await, Err(Refusal::ProofUnknown)));
}

#[tokio::test]
async fn i16_a_challenge_is_open_for_seconds_and_clocks_must_agree() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    for (signed, handed_in, good) in
        [(11, 39, true), (11, 40, false), (1000, 39, false), (-60, 11, false), (-49, 11, true)]
    {
        let challenge = platform.devices.challenge(&SESSION, at(10)).await.unwrap();
        let result = platform.verify(&honest(&laptop, &challenge, at(signed)), at(handed_in)).await;
        assert_eq!(result.is_ok(), good, "signed at {signed}, handed in at {handed_in}: {result:?}");
    }
}

#[tokio::test]
async fn a_device_of_another_person_or_revoked_does_not_count() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    platform.own("laptop", "alice").await;
    let challenge = platform.devices.challenge(&SESSION, at(10)).await.unwrap();
    assert!(platform.verify(&honest(&laptop, &challenge, at(11)), at(11)).await.is_ok());
    platform.own("laptop", "bob").await;
    let challenge = platform.devices.challenge(&SESSION, at(10)).await.unwrap();
    let refused = platform.verify(&honest(&laptop, &challenge, at(11)), at(11)).await;
    assert!(matches!(refused, Err(Refusal::OtherOwner)));

    platform.own("laptop", "alice").await;
    platform.devices.revoke(&id("laptop"), Actor::System, at(11)).await.unwrap();
    let challenge = platform.devices.challenge(&SESSION, at(12)).await.unwrap();
    let refused = platform.verify(&honest(&laptop, &challenge, at(12)), at(12)).await;
    assert!(matches!(refused, Err(Refusal::Revoked)));
}

#[tokio::test]
async fn a_device_that_is_not_enrolled_does_not_count() {
    let platform = Platform::start().await;
    platform.token("planned", at(0)).await;
    for name in ["planned", "nobody"] {
        let challenge = platform.devices.challenge(&SESSION, at(10)).await.unwrap();
        let answer = sign(&KeyPair::generate().unwrap(), &id(name), PORTAL, &SESSION, &challenge.nonce, at(11));
        assert!(matches!(platform.verify(&answer, at(11)).await, Err(Refusal::NotEnrolled)), "{name}");
    }
}
