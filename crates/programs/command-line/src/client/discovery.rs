//! Finds the terminals' host of a platform by its portal.

use http::Method;
use rustls::ClientConfig;
use sekisho_agent::ServerAddress;
use serde_json::Value;

use super::{AdminClient, Open, Remote, system_trust};
use crate::Failure;

/// The terminals' host of the platform that has this portal. The answer needs no secret and gives none: a host that it names must
/// prove itself before anything is sent there.
///
/// # Errors
/// When the host cannot be reached, or is no portal.
pub async fn terminals_of(portal: &ServerAddress, trust: ClientConfig) -> Result<ServerAddress, Failure> {
    // The portal's certificate is from the platform's own authority, or from a public one.
    let trusts = [Some(trust), system_trust()].into_iter().flatten().collect();
    let mut open = Open::new(AdminClient::remote(Remote::new(portal.clone(), trusts, None)));
    // What the API tells everybody of itself.
    let about = open.ask(&Method::GET, "", None).await;
    let terminals = about.as_ref().ok().and_then(|about| about.get("terminals")).and_then(Value::as_str);
    terminals.and_then(|terminals| terminals.parse().ok()).ok_or_else(|| {
        let portal = portal.authority();
        let why = about.err().map_or_else(String::new, |error| format!(": {error}"));
        Failure::unavailable(format_args!("{portal} is neither a platform's portal nor its terminals' host{why}"))
    })
}
