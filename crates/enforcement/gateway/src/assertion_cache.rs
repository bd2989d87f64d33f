//! Assertions are signed once per session, resource and half minute, not per request.

use http::HeaderValue;
use sekisho_model::facts::Handle;
use sekisho_model::{AccessRequest, SessionId, Timestamp};
use sekisho_policy_information::World;

use crate::assertion_signer::{AssertionSigner, Claims};

/// The assertions of the present half minute.
#[derive(Debug, Default)]
pub(crate) struct AssertionCache {
    half_minute: i64,
    signed: foldhash::HashMap<Key, HeaderValue>,
}

/// Everything that an assertion says, apart from the time.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    session: SessionId,
    /// Older cookies of a session show what it could do before.
    rotation: u32,
    resource: Handle,
    device: Option<Handle>,
    authenticated_at: Timestamp,
}

impl AssertionCache {
    /// The assertion for a permitted request.
    pub(crate) fn get(
        &mut self,
        signer: &AssertionSigner,
        world: &World,
        request: &AccessRequest,
        now: Timestamp,
    ) -> Result<HeaderValue, jsonwebtoken::errors::Error> {
        let half_minute = AssertionSigner::half_minute(now);
        if half_minute != self.half_minute {
            self.half_minute = half_minute;
            self.signed.clear();
        }
        let session = request.session();
        let key = Key {
            session: session.id,
            rotation: session.rotation,
            resource: request.resource(),
            device: request.device().known().copied(),
            authenticated_at: session.authenticated_at,
        };
        if let Some(signed) = self.signed.get(&key) {
            return Ok(signed.clone());
        }
        let token = signer.sign(&claims(signer, world, request, half_minute, now))?;
        let signed = HeaderValue::try_from(token)
            .map_err(|_| jsonwebtoken::errors::Error::from(jsonwebtoken::errors::ErrorKind::InvalidToken))?;
        self.signed.insert(key, signed.clone());
        Ok(signed)
    }
}

fn claims(
    signer: &AssertionSigner,
    world: &World,
    request: &AccessRequest,
    half_minute: i64,
    now: Timestamp,
) -> Claims {
    let session = request.session();
    Claims {
        iss: signer.issuer().to_owned(),
        aud: world.id(request.resource()).to_string(),
        // INVARIANT I-56: to an application a workload is never the person of the same name.
        sub: world.subject_name(request.subject()).to_string(),
        sid: session.id.short(),
        device: request.device().known().map(|device| world.id(*device).to_string()),
        amr: session.methods.iter().map(sekisho_model::Method::name).collect(),
        acr: session.methods.assurance().to_string(),
        auth_time: session.authenticated_at.as_seconds(),
        iat: now.as_seconds(),
        // Made in this half minute and used in it only: at most a minute, at least half of one is left.
        exp: (half_minute + 2) * 30,
    }
}
