//! Questions without a web request: a caller states who asks, to do what, with which resource.

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use sekisho_model::facts::Handle;
use sekisho_model::{
    AccessRequest, Action, MethodSet, RequestId, RequestParts, SessionFacts, SessionId, Span, Timestamp,
};
use sekisho_policy_information::World;

use crate::{Application, Audience, Caller, CookieKey, route};

/// Who asks, as a caller states it.
#[derive(Debug, Clone, Copy)]
pub enum Stated<'a> {
    /// A user. The caller's word for who it is; how that person signed in is not known, so no policy reads it.
    User(Handle),
    /// Whoever has this session cookie of the resource: all that is known of the session counts.
    Session(&'a str),
}

/// The question that a caller states. `None` when no live session belongs to the cookie.
#[must_use]
#[expect(clippy::too_many_arguments, reason = "each is one part of one question")]
pub fn stated_request(
    caller: &Caller,
    stated: Stated<'_>,
    application: &Application,
    action: Action,
    address: IpAddr,
    key: &CookieKey,
    world: &World,
    id: RequestId,
    now: Timestamp,
) -> Option<AccessRequest> {
    let session = match stated {
        Stated::User(user) => Arc::new(unknown_session(caller, user, world, now)),
        Stated::Session(cookie) => {
            route::session_of(cookie, Audience::Application(&application.resource.id), key, world, now)?
        }
    };
    Some(AccessRequest::new(RequestParts {
        id,
        device: world.device_of(None, &session, now),
        session,
        resource: application.handle,
        action,
        network: world.network(address),
        http: None,
    }))
}

/// A session of which nothing is known: as old as can be, without any method, on no device.
fn unknown_session(caller: &Caller, user: Handle, world: &World, now: Timestamp) -> SessionFacts {
    // One for each caller and user, so that what is remembered of one never answers for another.
    let name = format!("stated\0{}\0{}", caller.id(), world.id(user));
    let mut id = [0; 16];
    id.iter_mut().zip(digest(&SHA256, name.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
    SessionFacts {
        id: SessionId::from_bytes(id),
        subject: user,
        device: None,
        established_at: Timestamp::default(),
        authenticated_at: Timestamp::default(),
        expires_at: now.plus(Span::from_minutes(1)),
        methods: MethodSet::EMPTY,
        assurance_limit: None,
        rotation: 0,
    }
}
