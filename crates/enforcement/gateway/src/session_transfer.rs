//! Our own pages on application hosts: the transfer of a session from the portal, the way to sign out, the keys.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderValue, Method, StatusCode};
use sekisho_model::Timestamp;
use sekisho_policy_enforcement::{
    Application, Audience, OwnPage, Refusal, RequestHead, SessionCookie, TransferAddress, return_path, shows_session_of,
};

use crate::callbacks::SessionTransferTicket;
use crate::flow_cookie::Flow;
use crate::reply::{Reply, set};
use crate::worker::Worker;

pub(crate) async fn serve(
    worker: &Worker,
    page: OwnPage,
    application: &Application,
    head: &RequestHead,
    now: Timestamp,
) -> Result<Reply, Refusal> {
    if *head.method() != Method::GET {
        return Err(Refusal::MethodNotAllowed);
    }
    match page {
        OwnPage::Session => session(worker, application, head, now).await,
        OwnPage::SignOut => {
            // Only the portal ends sessions, and only when a person asks it to; the way there changes nothing.
            let mut reply = Reply::empty(StatusCode::SEE_OTHER);
            set(&mut reply, LOCATION, &format!("{}/", worker.hosts.portal_origin()));
            set(&mut reply, CACHE_CONTROL, "no-store");
            Ok(reply)
        }
        OwnPage::Keys => {
            let mut reply = Reply::with(StatusCode::OK, Bytes::from(worker.assertions.jwks().to_string()));
            set(&mut reply, CONTENT_TYPE, "application/jwk-set+json");
            set(&mut reply, CACHE_CONTROL, "max-age=300");
            Ok(reply)
        }
    }
}

async fn session(
    worker: &Worker,
    application: &Application,
    head: &RequestHead,
    now: Timestamp,
) -> Result<Reply, Refusal> {
    let asked = TransferAddress::read(head.query().unwrap_or_default());
    let flow = head.cookies().flow().and_then(Flow::read);
    let ticket = match asked.code {
        Some(code) if flow.is_some() => (worker.session_transfer)(code).await,
        _ => None,
    };
    if let (Some(ticket), Some(flow)) = (&ticket, &flow)
        && is_for(ticket, application, flow, now)
    {
        return Ok(entered(worker, application, ticket));
    }
    let return_to = asked.return_to.or_else(|| ticket.map(|ticket| ticket.return_to));
    let return_to = return_to.map_or_else(|| "/".to_owned(), |kept| return_path(&kept));
    // The code was spent, late, or another tab's: the sign-ins of tabs that share one flow cookie overtake each other. It opens
    // nothing. A browser that shows a session of its own goes on; one that keeps cookies asks the portal again under its own flow.
    let world = worker.current.world();
    let may_go_on = flow.is_some() || shows_session_of(head, application, &worker.hosts.site, &world, now);
    if may_go_on && asked.code.is_some() && head.is_navigation() {
        return Ok(see_other(&return_to));
    }
    Err(Refusal::HandoffFailed(application.resource.clone(), return_to))
}

/// On to where the person wanted to go, with the session's cookie for this host.
fn entered(worker: &Worker, application: &Application, ticket: &SessionTransferTicket) -> Reply {
    // The portal's store may be ahead of this worker's World; the session is checked again with every request anyway.
    let rotation = worker.current.world().session(&ticket.session).map_or(0, |session| session.rotation);
    let cookie = SessionCookie { session: ticket.session, rotation };
    let (key, resource) = (&worker.hosts.site.cookie_key, &application.resource);
    let own = cookie.set(key, Audience::Application(&resource.id));
    let cross_site = (!resource.allowed_origins.is_empty()).then(|| cookie.set_cross_site(key, &resource.id));
    let mut reply = see_other(&return_path(&ticket.return_to));
    for cookie in [own, Flow::clear()].into_iter().chain(cross_site) {
        reply.head.headers_mut().extend(HeaderValue::try_from(cookie).ok().map(|cookie| (SET_COOKIE, cookie)));
    }
    reply
}

fn see_other(path: &str) -> Reply {
    let mut reply = Reply::empty(StatusCode::SEE_OTHER);
    set(&mut reply, LOCATION, path);
    set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

/// Whether the code was made for this resource, and for the browser that shows the flow cookie.
fn is_for(ticket: &SessionTransferTicket, application: &Application, flow: &Flow, now: Timestamp) -> bool {
    let same_browser = aws_lc_rs::constant_time::verify_slices_are_equal(&ticket.flow, &flow.mark()).is_ok();
    same_browser && ticket.resource == application.resource.id && now < ticket.expires_at
}
