//! Our own pages on application hosts: the hand-over of a session from the portal, the way to sign out, the keys.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderValue, Method, StatusCode};
use sekisho_model::Timestamp;
use sekisho_policy_enforcement::{
    Application, Audience, FLOW_COOKIE, OwnPage, Refusal, RequestHead, SessionCookie, return_path,
};

use super::Reply;
use super::answer::set;
use crate::HandoffTicket;
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
            set(&mut reply, LOCATION, &format!("{}/", worker.shared.portal_origin()));
            set(&mut reply, CACHE_CONTROL, "no-store");
            Ok(reply)
        }
        OwnPage::Keys => {
            let mut reply = Reply::with(StatusCode::OK, Bytes::from(worker.shared.assertions.jwks().to_string()));
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
    let failed = || Refusal::HandoffFailed(application.resource.clone());
    let code = head.query().and_then(|query| query.strip_prefix("code=")).and_then(read_32).ok_or_else(failed)?;
    let flow = head.cookies().flow().and_then(Flow::read).ok_or_else(failed)?;
    let ticket = (worker.shared.handoff)(code).await.ok_or_else(failed)?;
    if !is_for(&ticket, application, &flow, now) {
        return Err(failed());
    }
    // The portal's store may be ahead of this worker's World; the session is checked again with every request anyway.
    let rotation = worker.world().session(&ticket.session).map_or(0, |session| session.rotation);
    let cookie = SessionCookie { session: ticket.session, rotation };
    let cookie = cookie.set(&worker.shared.site.cookie_key, Audience::Application(&application.resource.id));
    let mut reply = Reply::empty(StatusCode::SEE_OTHER);
    set(&mut reply, LOCATION, &return_path(&ticket.return_to));
    set(&mut reply, CACHE_CONTROL, "no-store");
    set(&mut reply, SET_COOKIE, &cookie);
    if let Ok(clear) = HeaderValue::try_from(Flow::clear()) {
        reply.head.headers_mut().append(SET_COOKIE, clear);
    }
    Ok(reply)
}

/// Whether the code was made for this resource, and for the browser that shows the flow cookie.
fn is_for(ticket: &HandoffTicket, application: &Application, flow: &Flow, now: Timestamp) -> bool {
    let same_browser = aws_lc_rs::constant_time::verify_slices_are_equal(&ticket.flow, &flow.mark()).is_ok();
    same_browser && ticket.resource == application.resource.id && now < ticket.expires_at
}

fn read_32(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    (text.len() == 43 && URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(32)).then_some(bytes)
}

/// The secret that binds a sign-in to the browser that began it.
pub(super) struct Flow([u8; 32]);

impl Flow {
    /// The browser's flow, if it has one: several pages that are opened at once share it.
    pub(super) fn of_browser(cookie: Option<&str>) -> Self {
        cookie.and_then(Self::read).unwrap_or_else(|| {
            let mut bytes = [0; 32];
            if aws_lc_rs::rand::fill(&mut bytes).is_err() {
                tracing::error!("the system gives no randomness: sign-ins will fail");
            }
            Self(bytes)
        })
    }

    fn read(cookie: &str) -> Option<Self> {
        read_32(cookie).filter(|bytes| *bytes != [0; 32]).map(Self)
    }

    /// What the portal learns of it: its SHA-256.
    pub(super) fn mark(&self) -> [u8; 32] {
        let mut mark = [0; 32];
        mark.iter_mut().zip(digest(&SHA256, &self.0).as_ref()).for_each(|(to, from)| *to = *from);
        mark
    }

    /// The `Set-Cookie` value.
    pub(super) fn cookie(&self) -> String {
        let value = URL_SAFE_NO_PAD.encode(self.0);
        format!("{FLOW_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600")
    }

    fn clear() -> String {
        format!("{FLOW_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
    }
}
