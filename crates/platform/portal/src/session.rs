//! From the proof of who a person is to a session that the person's next request finds.

use axum::response::Response;
use sekisho_identity::{Failure, Origin, SignedIn};
use sekisho_model::documents::Session;
use sekisho_model::{PresentedDevice, SessionId};
use sekisho_policy_enforcement::{Audience, SessionCookie};
use sekisho_web::answer::with_cookie;
use sekisho_web::{Problem, cookies};

use crate::Context;

/// Opens a session for the person who signed in. In a live session it takes the authentication into that session instead.
pub(crate) async fn open(context: &Context, signed_in: SignedIn) -> Result<Session, Failure> {
    let identity = &context.services.identity;
    let session = match &context.person {
        Some(person) => identity.elevate(&person.session.id, signed_in, context.now).await?,
        None => identity.establish(signed_in, context.peer.address.ip(), &context.user_agent, context.now).await?,
    };
    context.site.shows_session(session.id, Some(session.rotation)).await;
    Ok(session)
}

/// The answer with the session's cookie and without the cookie of the sign-in's steps.
pub(crate) fn enter(context: &Context, session: &Session, answer: Response) -> Response {
    let cookie = SessionCookie { session: session.id, rotation: session.rotation };
    let answer = with_cookie(answer, &cookie.set(&context.site.cookie_key, Audience::Portal));
    let answer = with_cookie(answer, &cookies::clear(cookies::STEP));
    match context.known_cookie(&session.user) {
        Some(cookie) => with_cookie(answer, &cookie),
        None => answer,
    }
}

/// Binds the session to the device that was proven in it: this answer carries the session's new cookie.
pub(crate) async fn bind(
    context: &Context,
    session: &SessionId,
    device: &PresentedDevice,
    answer: Response,
) -> Result<Response, Problem> {
    let session = context.services.identity.bind_device(session, device, context.now).await?;
    context.site.shows_session(session.id, Some(session.rotation)).await;
    Ok(enter(context, &session, answer))
}

/// Where an attempt to sign in under a name comes from.
pub(crate) fn origin(context: &Context, typed: &str) -> Origin {
    let address = context.peer.address.ip();
    match context.known_to(&typed.trim().to_lowercase()) {
        Some(number) => Origin::in_known_browser(number, address),
        None => Origin::from(address),
    }
}
