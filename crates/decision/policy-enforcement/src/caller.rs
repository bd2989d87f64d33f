//! Callers: enforcement points that are not ours, once they have proven who they are.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use sekisho_model::documents::{EnforcementPoint, EnforcementPointStatus, Sha256Hex};
use sekisho_model::{EnforcementPointId, PresentedDevice};
use sekisho_policy_information::World;

/// An enforcement point that has proven who it is. [`Caller::authenticate`] is its only maker, and whatever is believed of
/// a request that somebody else holds takes one.
#[derive(Debug, Clone)]
pub struct Caller(Arc<EnforcementPoint>);

impl Caller {
    /// The enforcement point whose certificate the TLS handshake verified, or whose token is in `Authorization`.
    ///
    /// A certificate that is not good is not passed over for a token.
    #[must_use]
    pub fn authenticate(
        world: &World,
        certificate: Option<&PresentedDevice>,
        authorization: Option<&str>,
    ) -> Option<Self> {
        // INVARIANT I-21: what somebody says of another's request is heard only from who proved to be an enforcement point.
        let found = match (certificate, authorization) {
            (Some(certificate), _) => by_certificate(world, certificate),
            (None, Some(authorization)) => by_token(world, authorization),
            (None, None) => None,
        };
        found.filter(|point| point.status == EnforcementPointStatus::Active).cloned().map(Self)
    }

    /// Its document.
    #[must_use]
    pub fn point(&self) -> &EnforcementPoint {
        &self.0
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> &EnforcementPointId {
        &self.0.id
    }
}

/// Both must fit: the name in the certificate, and the key that the document pins.
fn by_certificate<'a>(world: &'a World, certificate: &PresentedDevice) -> Option<&'a Arc<EnforcementPoint>> {
    let id = certificate.id.as_str().strip_prefix(EnforcementPoint::CERTIFICATE_NAME)?;
    let mut named = world.enforcement_points().filter(|point| point.id.as_str() == id);
    named.find(|point| point.keys.iter().any(|key| key.as_str() == certificate.key_sha256))
}

/// Every token of every enforcement point is compared, each in constant time.
fn by_token<'a>(world: &'a World, authorization: &str) -> Option<&'a Arc<EnforcementPoint>> {
    let (scheme, token) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let shown = token_hash(token);
    let fits = |hash: &Sha256Hex| verify_slices_are_equal(hash.as_str().as_bytes(), shown.as_str().as_bytes()).is_ok();
    let mut found = None;
    for point in world.enforcement_points() {
        if point.tokens.iter().fold(false, |any, hash| fits(hash) | any) {
            found = Some(point);
        }
    }
    found
}

/// What is kept of a token: tokens are 256 random bits, so that their SHA-256 tells nothing.
#[must_use]
pub fn token_hash(token: &str) -> Sha256Hex {
    Sha256Hex::of_bytes(digest(&SHA256, token.as_bytes()).as_ref())
}
