//! From a CONNECT to the question it is: which TCP service, in whose session, from the device whose key the connection proved.

use std::sync::Arc;

use sekisho_model::documents::ResourceKind;
use sekisho_model::facts::EntityType;
use sekisho_model::{AccessRequest, Action, Host, RequestId, RequestParts, SessionFacts, Timestamp};
use sekisho_policy_information::World;

use crate::{Application, Audience, ConnectHead, Connection, CookieKey, Refusal, SessionCookie};

/// The TCP service that a CONNECT leads to: by its name, never by an address that the request names.
///
/// # Errors
/// A refusal when the connection was made for another host than the terminals', or the name leads nowhere.
pub fn connect_route(
    head: &ConnectHead,
    connection: &Connection,
    terminals: &Host,
    world: &World,
) -> Result<Application, Refusal> {
    if connection.server_name.as_ref() != Some(terminals) {
        return Err(Refusal::Misdirected);
    }
    let handle = world.facts().find(EntityType::Resource, head.resource().as_str()).ok_or(Refusal::UnknownHost)?;
    let resource = world.resource(handle).ok_or(Refusal::UnknownHost)?.clone();
    let port = resource.addresses.first().map(|address| address.port());
    match (resource.kind, port) {
        (ResourceKind::Tcp, Some(port)) if head.port().is_none_or(|asked| asked == port) => {
            Ok(Application { handle, resource, rewritten: None })
        }
        // What is no TCP service, and another port of one that is, look like nothing at all.
        _ => Err(Refusal::UnknownHost),
    }
}

/// The question that a CONNECT is.
///
/// # Errors
/// [`Refusal::SignInRequired`] when no live session of this very terminal speaks for it.
pub fn connect_request(
    head: &ConnectHead,
    service: &Application,
    connection: &Connection,
    key: &CookieKey,
    world: &World,
    id: RequestId,
    now: Timestamp,
) -> Result<AccessRequest, Refusal> {
    let session = head
        .credential()
        .and_then(|credential| terminal_session(credential, connection, key, world, now))
        .ok_or_else(|| Refusal::SignInRequired(service.resource.clone()))?;
    Ok(AccessRequest::new(RequestParts {
        id,
        device: world.device_of(connection.device.as_ref(), &session, now),
        session,
        resource: service.handle,
        action: Action::Connect,
        network: world.network(connection.peer.ip()),
        http: None,
    }))
}

/// The live session that a terminal's credential speaks for.
#[must_use]
pub fn terminal_session(
    credential: &str,
    connection: &Connection,
    key: &CookieKey,
    world: &World,
    now: Timestamp,
) -> Option<Arc<SessionFacts>> {
    // INVARIANT I-15: the device's key is part of the audience: a credential that was copied is nothing under another key.
    let audience = Audience::Terminal(connection.device.as_ref().map(|device| device.key_sha256.as_str()));
    let cookie = SessionCookie::read(key, audience, credential)?;
    let session = world.live_session(&cookie.session, now)?;
    cookie.is_current(session).then(|| session.clone())
}
