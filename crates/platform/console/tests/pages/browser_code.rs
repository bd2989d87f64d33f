//! Proving a device by a code, as its pages go.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::browser_code::{CodeAnswer, Look};
use sekisho_device_protocol::proof::{ProofAnswer, Statement};
use sekisho_model::PresentedDevice;
use sekisho_model::documents::Kind;
use serde_json::json;

use crate::browser::Browser;
use crate::place::{self, Place};

/// A device of alice's, as its agent holds it.
struct Desk {
    key: EcdsaKeyPair,
    presented: PresentedDevice,
}

impl Desk {
    async fn new(place: &Place) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let public: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, public.as_ref());
        let key_sha256: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let device = json!({"id": "desk", "name": "Desk", "owner": "alice", "platform": "linux",
            "key_sha256": key_sha256, "public_key": STANDARD.encode(public.as_ref())});
        place.put(Kind::Device, "desk", device).await;
        let presented = PresentedDevice { id: "desk".parse().unwrap(), key_sha256 };
        drop(public);
        Self { key, presented }
    }

    /// Looks at a code, and confirms or refuses it.
    async fn answer(&self, place: &Place, code: &str, confirm: bool) {
        let (look, now) = (Look { code: code.to_owned() }, place.now());
        let asks = place.devices.look_at_code(&self.presented, &look, "192.0.2.10", now).await.unwrap();
        assert_eq!((asks.name.as_str(), asks.elsewhere), ("Alice Aoki", false));
        let (nonce, session) = (asks.proof.nonce, asks.proof.session);
        let device = self.presented.id.clone();
        let statement = Statement {
            nonce: &nonce.0,
            portal_origin: place::ORIGIN,
            session: &session,
            device: &device,
            signed_at: now,
        };
        let signature = self.key.sign(&SystemRandom::new(), &statement.signed_bytes()).unwrap();
        let signature = Base64(signature.as_ref().to_vec());
        let proof = ProofAnswer { nonce, device, signed_at: now, signature };
        let answer = CodeAnswer { code: code.to_owned(), proof: Some(proof).filter(|_| confirm) };
        assert_eq!(place.devices.answer_code(&self.presented, &answer, now).await.unwrap().confirmed, confirm);
    }
}

/// Has the page show a code; the page's address, its token and the code.
async fn shown(browser: &mut Browser<'_>) -> (String, String, String) {
    let token = browser.get("/devices/code").await.token();
    let address = browser.post("/devices/code", &token, &[]).await.location().to_owned();
    let page = browser.get(&address).await;
    assert!(page.text.contains("sekisho agent open "), "{}", page.text);
    let code = address.split_once("?code=").unwrap().1.to_owned();
    (address, page.token(), code)
}

#[tokio::test]
async fn i16_a_code_that_the_agent_confirmed_binds_the_session_whose_page_showed_it() {
    let place = Place::new().await;
    let desk = Desk::new(&place).await;
    place.give_password("alice").await;
    let (mut browser, mut other) = (Browser::new(&place), Browser::new(&place));
    browser.by_password("alice").await;
    other.by_password("alice").await;
    let (address, token, code) = shown(&mut browser).await;
    let early = browser.post("/devices/code/finish", &token, &[("code", &code)]).await;
    assert_eq!(early.status, StatusCode::BAD_REQUEST);
    assert!(early.text.contains("has not confirmed the code yet") && early.text.contains(&code), "{}", early.text);
    assert_eq!(browser.script("/devices/code/wait", &token, &json!({ "code": code })).await.json(), json!({}));
    desk.answer(&place, &code, true).await;
    // The same person in another browser collects nothing with it.
    let others = other.get(&address).await;
    assert!(!others.text.contains(&code), "the code of another browser is not shown: {}", others.text);
    let others = others.token();
    let stolen = other.post("/devices/code/finish", &others, &[("code", &code)]).await;
    assert!(stolen.text.contains("refused, was used already"), "{}", stolen.text);
    let done = browser.script("/devices/code/wait", &token, &json!({ "code": code })).await;
    assert_eq!(done.json()["location"], "/devices?done=device-proven", "{}", done.text);
    assert!(browser.get("/devices").await.text.contains("This session has proven that it runs on desk."));
    assert!(!other.get("/devices").await.text.contains("it runs on desk"));
    let again = browser.get(&address).await.token();
    let again = browser.post("/devices/code/finish", &again, &[("code", &code)]).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "a code counts once");
}

#[tokio::test]
async fn a_code_that_was_refused_at_the_device_binds_nothing_and_another_one_can_be_shown() {
    let place = Place::new().await;
    let desk = Desk::new(&place).await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let (_, token, code) = shown(&mut browser).await;
    desk.answer(&place, &code, false).await;
    let gone = browser.post("/devices/code/finish", &token, &[("code", &code)]).await;
    assert_eq!(gone.status, StatusCode::BAD_REQUEST);
    assert!(gone.text.contains("Show a new one.") && gone.text.contains("action=\"/devices/code\""), "{}", gone.text);
    let refused = browser.script("/devices/code/wait", &token, &json!({ "code": code })).await;
    assert!(!refused.status.is_success() && refused.json()["problem"].is_string());
    let (_, token, code) = shown(&mut browser).await;
    desk.answer(&place, &code, true).await;
    let done = browser.post("/devices/code/finish", &token, &[("code", &code)]).await;
    assert_eq!(done.location(), "/devices?done=device-proven");
}

#[tokio::test]
async fn the_page_of_a_code_keeps_it_in_the_other_language() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let (address, token, code) = shown(&mut browser).await;
    let switched = browser.post("/language", &token, &[("language", "ja"), ("return", &address)]).await;
    assert_eq!(switched.location(), address);
    let page = browser.get(&address).await.text;
    assert!(page.contains(&code) && page.contains("コードによる端末の確認"), "{page}");
    let odd = browser.get("/devices/code?code=%3Cb%3E%22").await.text;
    assert!(!odd.contains("<b>\""), "{odd}");
}
