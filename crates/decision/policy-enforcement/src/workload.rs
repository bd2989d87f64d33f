//! Requests of workloads: a bearer token, or the client certificate of the connection, speaks for one.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::header::{AUTHORIZATION, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue};
use sekisho_model::{SessionFacts, SessionId, Timestamp, is_live};
use sekisho_policy_information::{WORKLOAD_CERTIFICATE_NAME, WorkloadCredential, WorkloadProof, World};

use crate::{Connection, RequestHead, token_hash};

/// What every token of a workload begins with, so that scanners for leaked secrets know one.
pub const WORKLOAD_TOKEN: &str = "sekisho_workload_";
/// What a token is compared with when nobody has its identifier: no token has this hash.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a request shows of a workload.
pub(crate) enum ShownWorkload {
    /// Nothing: somebody else may ask.
    Nothing,
    /// A token. `None` when it opens nothing.
    Token(Option<Arc<SessionFacts>>),
    /// A certificate of a workload, on a connection of no browser. `None` when it opens nothing.
    Certificate(Option<Arc<SessionFacts>>),
}

/// What a request shows of a workload. A token comes before a certificate.
pub(crate) fn shown_workload(
    head: &RequestHead,
    connection: &Connection,
    world: &World,
    now: Timestamp,
) -> ShownWorkload {
    // INVARIANT I-55: a token of this form, good or not, is all that the request shows: no cookie or certificate stands in for it.
    if let Some(value) = head.fields().get(AUTHORIZATION).filter(|value| holds_token(value)) {
        return ShownWorkload::Token(by_token(value, world, now));
    }
    let Some(shown) = &connection.device else { return ShownWorkload::Nothing };
    let Some(workload) = shown.id.as_str().strip_prefix(WORKLOAD_CERTIFICATE_NAME) else {
        return ShownWorkload::Nothing;
    };
    // A browser shows its certificate for whichever page makes it ask.
    if is_of_a_browser(head.fields()) {
        return ShownWorkload::Certificate(None);
    }
    ShownWorkload::Certificate(world.workload_session_of_key(workload, &shown.key_sha256, now).cloned())
}

/// Whether a field would hand a workload's token on.
pub(crate) fn tells_token(name: &HeaderName, value: &HeaderValue) -> bool {
    *name == AUTHORIZATION && holds_token(value)
}

fn holds_token(value: &HeaderValue) -> bool {
    value.as_bytes().windows(WORKLOAD_TOKEN.len()).any(|part| part.eq_ignore_ascii_case(WORKLOAD_TOKEN.as_bytes()))
}

/// The live session of the token in `Authorization`. An identifier that nobody has costs the same as a wrong secret.
fn by_token(authorization: &HeaderValue, world: &World, now: Timestamp) -> Option<Arc<SessionFacts>> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let id = identifier(token)?;
    let kept = match world.workload_credential(&id) {
        Some(WorkloadCredential { proof: WorkloadProof::Token(hash), .. }) => hash.as_str(),
        Some(_) | None => NO_HASH,
    };
    // INVARIANT I-54: the hash is of the whole token, so a secret counts under no other identifier; compared in constant time.
    verify_slices_are_equal(kept.as_bytes(), token_hash(token).as_str().as_bytes()).ok()?;
    let session = world.workload_session(&id)?;
    is_live(session.authenticated_at, session.expires_at, now).then(|| session.clone())
}

/// The identifier in a token: `sekisho_workload_<32 digits>_<64 digits>`, all of them hexadecimal in lower case.
fn identifier(token: &str) -> Option<SessionId> {
    let (id, secret) = token.strip_prefix(WORKLOAD_TOKEN)?.split_once('_')?;
    let is_digits = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    (is_digits(id, 32) && is_digits(secret, 64)).then(|| SessionId::from_hex(id)).flatten()
}

fn is_of_a_browser(fields: &HeaderMap) -> bool {
    fields.contains_key(ORIGIN) || fields.contains_key("sec-fetch-site")
}

#[cfg(test)]
#[path = "workload_tests.rs"]
mod tests;
