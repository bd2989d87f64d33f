//! The signed assertions that one worker hands to upstreams.

use std::cell::RefCell;
use std::sync::Arc;

use http::HeaderValue;
use sekisho_model::{AccessRequest, Timestamp};
use sekisho_policy_enforcement::Refusal;
use sekisho_policy_information::World;

use crate::assertion_cache::AssertionCache;
use crate::assertion_signer::AssertionSigner;

/// Signs assertions, and keeps those of the present half minute.
pub(crate) struct Assertions {
    signer: Arc<AssertionSigner>,
    cache: RefCell<AssertionCache>,
}

impl Assertions {
    pub(crate) fn new(signer: Arc<AssertionSigner>) -> Self {
        Self { signer, cache: RefCell::default() }
    }

    /// The signed assertion for a permitted request.
    pub(crate) fn sign(&self, world: &World, request: &AccessRequest, now: Timestamp) -> Result<HeaderValue, Refusal> {
        let signed = self.cache.borrow_mut().get(&self.signer, world, request, now);
        signed.map_err(|error| {
            tracing::error!(%error, "an assertion could not be signed, so the request is refused");
            Refusal::NotRecorded
        })
    }

    /// The public keys that assertions are checked with, as a JWK Set.
    pub(crate) fn jwks(&self) -> serde_json::Value {
        self.signer.jwks()
    }
}
