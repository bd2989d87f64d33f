//! The WebAuthn relying party: what we ask of authenticators, and what we accept from them.
//!
//! The library verifies signatures, challenge, relying party, flags and counter. What it leaves open is closed here:
//! the origin is compared byte for byte, frames of other sites are refused, and a passkey may not change whether it
//! can be copied. A sign-in's state holds no credentials, so it is the same for every user and for none.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    AuthenticationResult, CreationChallengeResponse, DiscoverableAuthentication, Passkey, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_proto::ResidentKeyRequirement;

use sekisho_model::documents::User;

use crate::{Failure, Settings};

/// The portal as authenticators know it.
pub(crate) struct RelyingParty {
    webauthn: Webauthn,
    origin: String,
}

/// Why an assertion is not accepted.
pub(crate) enum Refusal {
    /// Something in it is wrong.
    Wrong(&'static str),
    /// Everything is right except that the counter did not go up: there may be a copy of the key.
    CopySuspected,
}

impl RelyingParty {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Failure> {
        let unusable = |_| Failure::Unavailable("be a relying party at the portal's address");
        let port = if settings.port == 443 { String::new() } else { format!(":{}", settings.port) };
        let origin = format!("https://{}{port}", settings.portal);
        let url =
            Url::parse(&origin).map_err(|_| Failure::Unavailable("be a relying party at the portal's address"))?;
        let builder = WebauthnBuilder::new(settings.portal.as_str(), &url).map_err(unusable)?;
        let webauthn = builder.rp_name(&settings.name).timeout(crate::sealed::LIFETIME.to_std()).build();
        Ok(Self { webauthn: webauthn.map_err(unusable)?, origin })
    }

    /// Options for a new passkey of a user who already has some.
    pub(crate) fn begin_registration(
        &self,
        user: &User,
        handle: [u8; 16],
        held: Vec<Vec<u8>>,
    ) -> Result<(Value, PasskeyRegistration), Failure> {
        let (mut options, state): (CreationChallengeResponse, _) = self
            .webauthn
            .start_passkey_registration(Uuid::from_bytes(handle), user.id.as_str(), &user.name, Some(held))
            .map_err(|_| CANNOT)?;
        if let Some(selection) = &mut options.public_key.authenticator_selection {
            selection.resident_key = Some(ResidentKeyRequirement::Preferred);
        }
        Ok((serde_json::to_value(options).map_err(|_| CANNOT)?, state))
    }

    /// The new passkey, if the answer is right in every respect.
    pub(crate) fn finish_registration(
        &self,
        answer: &Value,
        state: &PasskeyRegistration,
    ) -> Result<Passkey, &'static str> {
        self.check_client_data(answer)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_value(answer.clone()).map_err(|_| "malformed")?;
        self.webauthn.finish_passkey_registration(&answer, state).map_err(|error| reason(&error))
    }

    /// Options for a sign-in, with these credentials or, when there are none listed, any that the authenticator knows.
    pub(crate) fn begin_assertion(&self, allowed: &[Vec<u8>]) -> Result<(Value, DiscoverableAuthentication), Failure> {
        let (options, state) = self.webauthn.start_discoverable_authentication().map_err(|_| CANNOT)?;
        let mut public_key = serde_json::to_value(options.public_key).map_err(|_| CANNOT)?;
        let descriptor = |id: &Vec<u8>| json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) });
        let listed: Vec<Value> = allowed.iter().map(descriptor).collect();
        if let Some(fields) = public_key.as_object_mut() {
            fields.insert("allowCredentials".to_owned(), Value::Array(listed));
        }
        Ok((json!({ "publicKey": public_key }), state))
    }

    /// Reads an assertion so far as to see which credential and which user it names.
    pub(crate) fn read_assertion(&self, answer: &Value) -> Result<PublicKeyCredential, &'static str> {
        self.check_client_data(answer)?;
        serde_json::from_value(answer.clone()).map_err(|_| "malformed")
    }

    /// Verifies an assertion by a passkey.
    pub(crate) fn finish_assertion(
        &self,
        answer: &PublicKeyCredential,
        state: &DiscoverableAuthentication,
        passkey: &Passkey,
    ) -> Result<AuthenticationResult, Refusal> {
        match self.webauthn.finish_discoverable_authentication_v2(answer, state.clone(), passkey) {
            Ok(result) if result.user_verified() => Ok(result),
            Ok(_) => Err(Refusal::Wrong("user-not-verified")),
            Err(WebauthnError::CredentialPossibleCompromise) => Err(Refusal::CopySuspected),
            Err(error) => Err(Refusal::Wrong(reason(&error))),
        }
    }

    /// Checks what the browser says of the page, before anything else is looked at.
    fn check_client_data(&self, answer: &Value) -> Result<(), &'static str> {
        let response = answer.get("response").and_then(Value::as_object).ok_or("malformed")?;
        let too_long = |value: &Value| value.as_str().is_some_and(|text| text.len() > LONGEST);
        if response.values().any(too_long) || answer.get("rawId").is_some_and(too_long) {
            return Err("too-long");
        }
        let text = response.get("clientDataJSON").and_then(Value::as_str).ok_or("malformed")?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "malformed")?;
        let data: Value = serde_json::from_slice(&bytes).map_err(|_| "malformed")?;
        if data.get("origin").and_then(Value::as_str) != Some(&self.origin) {
            return Err("other-origin");
        }
        let crossed = data.get("crossOrigin").is_some_and(|value| *value != Value::Bool(false));
        if crossed || data.get("topOrigin").is_some() {
            return Err("cross-origin");
        }
        Ok(())
    }
}

/// The longest field of an answer, in characters of base64url. An attestation object is some hundred bytes.
const LONGEST: usize = 16 * 1024;

const CANNOT: Failure = Failure::Unavailable("start a passkey ceremony");

/// The library's reason as a stable code for the ledger.
const fn reason(error: &WebauthnError) -> &'static str {
    match error {
        WebauthnError::InvalidClientDataType => "wrong-type",
        WebauthnError::MismatchedChallenge => "wrong-challenge",
        WebauthnError::InvalidRPOrigin => "other-origin",
        WebauthnError::InvalidRPIDHash => "other-relying-party",
        WebauthnError::UserNotPresent => "user-not-present",
        WebauthnError::UserNotVerified => "user-not-verified",
        WebauthnError::AuthenticationFailure => "wrong-signature",
        WebauthnError::CredentialMayNotBeHardwareBound | WebauthnError::CredentialBackupEligibilityInconsistent => {
            "backup-flags"
        }
        WebauthnError::CredentialAlteredAlgFromRequest => "algorithm-or-excluded",
        _ => "not-verifiable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sekisho_software_passkey::{Behaviour, Counter, SoftwarePasskey};

    const ORIGIN: &str = "https://portal.localhost:8443";

    fn portal() -> RelyingParty {
        let portal = "portal.localhost".parse().expect("a host");
        RelyingParty::new(&Settings { portal, port: 8443, name: "Sekisho".to_owned() }).expect("a relying party")
    }

    fn registered(portal: &RelyingParty, authenticator: &mut SoftwarePasskey) -> Passkey {
        let alice = serde_json::from_value(json!({"id": "alice", "name": "Alice"})).expect("a user");
        let (options, state) = portal.begin_registration(&alice, [3; 16], Vec::new()).expect("options");
        let answer = authenticator.create(&options, ORIGIN).expect("an answer");
        portal.finish_registration(&answer, &state).expect("a passkey")
    }

    #[test]
    fn the_usual_port_is_not_in_the_origin() {
        let portal = "portal.example.jp".parse().expect("a host");
        let portal = RelyingParty::new(&Settings { portal, port: 443, name: String::new() }).expect("a relying party");
        assert_eq!(portal.origin, "https://portal.example.jp");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn an_answer_with_any_bit_changed_is_refused(field in 0_usize..3, at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let portal = portal();
            let mut authenticator = SoftwarePasskey::with(Behaviour { counter: Counter::Always(0), ..Behaviour::default() });
            let passkey = registered(&portal, &mut authenticator);
            let (options, state) = portal.begin_assertion(&[]).expect("options");
            let mut answer = authenticator.assert(&options, ORIGIN).expect("an answer");
            let accepted = |answer: &Value| {
                let read = portal.read_assertion(answer).ok();
                read.is_some_and(|read| portal.finish_assertion(&read, &state, &passkey).is_ok())
            };
            prop_assert!(accepted(&answer));
            let place = &mut answer["response"][["clientDataJSON", "authenticatorData", "signature"][field]];
            let mut bytes = URL_SAFE_NO_PAD.decode(place.as_str().expect("text")).expect("base64");
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            *place = json!(URL_SAFE_NO_PAD.encode(&bytes));
            prop_assert!(!accepted(&answer));
        }

        #[test]
        fn a_registration_with_anything_in_it_is_answered(cbor in proptest::collection::vec(any::<u8>(), 0..200), kept in 0_usize..300) {
            let portal = portal();
            let alice = serde_json::from_value(json!({"id": "alice", "name": "Alice"})).expect("a user");
            let (options, state) = portal.begin_registration(&alice, [3; 16], Vec::new()).expect("options");
            let mut answer = SoftwarePasskey::default().create(&options, ORIGIN).expect("an answer");
            let place = &mut answer["response"]["attestationObject"];
            let mut bytes = URL_SAFE_NO_PAD.decode(place.as_str().expect("text")).expect("base64");
            bytes.truncate(kept);
            bytes.extend(cbor.iter().chain([&0]));
            *place = json!(URL_SAFE_NO_PAD.encode(&bytes));
            prop_assert!(portal.finish_registration(&answer, &state).is_err());
        }
    }
}
