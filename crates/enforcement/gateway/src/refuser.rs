//! A refusal becomes a response: a page for a person, a problem document for a program.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    SET_COOKIE, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, StatusCode};
use sekisho_model::documents::Resource;
use sekisho_model::{Host, Language, RequestId, ResourceId, Text, Timestamp};
use sekisho_policy_enforcement::{
    Glimpse, Malformed, REQUEST_ID, Refusal, RefusalView, RequestHead, Site, grpc_message, grpc_status, language_of,
    percent_encode,
};

use tokio::sync::mpsc;

use crate::callbacks::PageRenderer;
use crate::flow_cookie::Flow;
use crate::hosts::Hosts;
use crate::meter::Meter;
use crate::recorder::Recorder;
use crate::reply::{Reply, set};

/// Answers what is refused, for one worker.
pub(crate) struct Refuser {
    hosts: Arc<Hosts>,
    pages: Option<PageRenderer>,
    recorder: Rc<Recorder>,
    meter: Meter,
    exposed: mpsc::Sender<String>,
}

impl Refuser {
    pub(crate) fn new(
        hosts: Arc<Hosts>,
        (pages, exposed): (Option<PageRenderer>, mpsc::Sender<String>),
        recorder: Rc<Recorder>,
        meter: Meter,
    ) -> Self {
        Self { hosts, pages, recorder, meter, exposed }
    }

    /// The response to a request that is refused. `head` is absent when there was none that could be read.
    pub(crate) fn refuse(
        &self,
        refusal: &Refusal,
        head: Option<&RequestHead>,
        peer: SocketAddr,
        id: RequestId,
        now: Timestamp,
    ) -> Reply {
        self.refuse_at(refusal, head, refusal.resource().map(Arc::as_ref), peer, id, now)
    }

    /// The same at an application that the refusal itself does not know.
    pub(crate) fn refuse_at(
        &self,
        refusal: &Refusal,
        head: Option<&RequestHead>,
        resource: Option<&Resource>,
        peer: SocketAddr,
        id: RequestId,
        now: Timestamp,
    ) -> Reply {
        self.note(refusal, peer, &id, resource.map(|resource| &resource.id), || {
            head.map_or_else(String::new, |head| self.asked(head))
        });
        if let Some(head) = head.filter(|_| matches!(refusal, Refusal::Malformed(_) | Refusal::Misdirected)) {
            self.expose(head);
        }
        let navigation = head.filter(|head| head.is_navigation());
        let view = || RefusalView { resource: name_of(resource), ..self.view(refusal, id.clone(), now) };
        let reply = match (refusal, head, navigation) {
            (Refusal::SignInRequired(resource), _, Some(head)) => self.send_to_portal(resource, head, Errand::SignIn),
            (Refusal::Challenged(resource, _), _, Some(head)) => self.send_to_portal(resource, head, Errand::StepUp),
            (_, Some(head), _) if head.is_grpc() => self.status_of_call(refusal, id.clone(), now),
            (_, Some(head), _) if head.takes_html() => self.page(&view(), language(head)),
            _ => problem(&view()),
        };
        complete(reply, refusal, &id)
    }

    /// The response to bytes that are no head, at the host of the handshake.
    pub(crate) fn refuse_unread(
        &self,
        refusal: &Refusal,
        unread: Unread<'_>,
        resource: Option<&Resource>,
        peer: SocketAddr,
        id: RequestId,
        now: Timestamp,
    ) -> Reply {
        self.note(refusal, peer, &id, resource.map(|resource| &resource.id), || unread.asked(&self.hosts.site));
        let view = RefusalView { resource: name_of(resource), ..self.view(refusal, id.clone(), now) };
        if let Some(glimpse) = unread.glimpse.filter(|_| unread.names_own(&self.hosts.site)) {
            self.say_exposed(&glimpse.path);
        }
        let mut reply = match unread.glimpse {
            Some(glimpse) if glimpse.takes_html => self.page(&view, glimpse.language),
            _ => problem(&view),
        };
        if unread.host.is_some_and(|host| self.hosts.site.is_own(host)) && is_crowded_by_cookies(refusal) {
            // A browser with more cookies than this could not sign in until somebody emptied it by hand.
            set(&mut reply, HeaderName::from_static("clear-site-data"), "\"cookies\"");
        }
        complete(reply, refusal, &id)
    }

    /// Tells our own services that a path of theirs was in a request that does not reach them as it was sent: what is secret in it
    /// counts no more.
    pub(crate) fn expose(&self, head: &RequestHead) {
        if self.hosts.site.is_own(head.host()) {
            self.say_exposed(head.path());
        }
    }

    /// Under a flood a path is lost. No record has it anyway.
    fn say_exposed(&self, path: &str) {
        if path.len() > 1 && path.len() <= MOST_EXPOSED {
            let _ = self.exposed.try_send(path.to_owned());
        }
    }

    /// Counts a refusal, and adds it to what is recorded and logged once a second.
    fn note(
        &self,
        refusal: &Refusal,
        peer: SocketAddr,
        id: &RequestId,
        resource: Option<&ResourceId>,
        asked: impl FnOnce() -> String,
    ) {
        if !refusal.follows_a_decision() {
            let detail = || match refusal {
                Refusal::Malformed(rule) => format!("{rule}: {}", asked()),
                _ => asked(),
            };
            self.recorder.add_refused(refusal.kind(), peer.ip(), resource, id, detail);
        }
        self.count(refusal);
        tracing::debug!(request = %id, kind = refusal.kind().code(), ?refusal, "refused");
    }

    /// What a request asks for, as the record says it.
    fn asked(&self, head: &RequestHead) -> String {
        // The paths of our own hosts hold one-time secrets, so no record or log has them.
        let path = if self.hosts.site.is_own(head.host()) { "" } else { head.path() };
        format!("{} {}{path}", head.method(), head.host()).chars().take(MOST_DETAIL).collect()
    }

    /// Counts a refusal by its kind, and an upstream's failure by its resource too.
    fn count(&self, refusal: &Refusal) {
        let (mut meter, kind) = (self.meter.borrow_mut(), refusal.kind().code());
        *meter.refusals.entry(kind).or_default() += 1;
        if let Refusal::UpstreamUnreachable(resource)
        | Refusal::UpstreamTimedOut(resource)
        | Refusal::UpstreamBroken(resource, _) = refusal
        {
            *meter.upstream_failures.entry((resource.id.clone(), kind)).or_default() += 1;
        }
    }

    fn send_to_portal(&self, resource: &Resource, head: &RequestHead, errand: Errand) -> Reply {
        let flow = Flow::of_browser(head.cookies().flow());
        let mut reply = Reply::empty(StatusCode::SEE_OTHER);
        set(&mut reply, LOCATION, &self.portal_url(resource, head, &errand, &flow));
        set(&mut reply, SET_COOKIE, &flow.cookie());
        reply
    }

    fn portal_url(&self, resource: &Resource, head: &RequestHead, errand: &Errand, flow: &Flow) -> String {
        let back = head.target().map_or("/", http::uri::PathAndQuery::as_str);
        let (back, flow) = (percent_encode(back), URL_SAFE_NO_PAD.encode(flow.mark()));
        let portal = self.hosts.portal_origin();
        match errand {
            Errand::SignIn => format!("{portal}/sign-in/to/{}?return={back}&flow={flow}", resource.id),
            Errand::StepUp => format!("{portal}/step-up?resource={}&return={back}&flow={flow}", resource.id),
        }
    }

    /// What pages and problem documents say of a refusal.
    pub(crate) fn view(&self, refusal: &Refusal, id: RequestId, now: Timestamp) -> RefusalView {
        let portal = self.hosts.portal_origin();
        let sign_in = match refusal {
            Refusal::SignInRequired(resource) => Some(format!("{portal}/sign-in/to/{}", resource.id)),
            Refusal::Challenged(resource, _) => Some(format!("{portal}/step-up?resource={}", resource.id)),
            // On this host: where the person wanted to go. It leads to the portal again.
            Refusal::HandoffFailed(_, return_to) => Some(return_to.clone()),
            _ => None,
        };
        RefusalView::new(refusal, id, now, sign_in, portal)
    }

    fn page(&self, view: &RefusalView, language: Language) -> Reply {
        let Some(render) = &self.pages else { return plain(view, language) };
        let page = render(view, language);
        let mut reply = Reply::with(view.status, Bytes::from(page.html));
        set(&mut reply, CONTENT_TYPE, "text/html; charset=utf-8");
        set(&mut reply, CONTENT_SECURITY_POLICY, &page.content_security_policy);
        reply
    }

    /// The answer to a call of gRPC: its own status beside that of HTTP, and no body.
    fn status_of_call(&self, refusal: &Refusal, id: RequestId, now: Timestamp) -> Reply {
        let view = self.view(refusal, id, now);
        let message = view.reasons.first().map_or(&view.summary, |reason| &reason.text);
        let mut reply = Reply::empty(view.status);
        set(&mut reply, CONTENT_TYPE, "application/grpc");
        set(&mut reply, HeaderName::from_static("grpc-status"), grpc_status(view.status));
        set(&mut reply, HeaderName::from_static("grpc-message"), &grpc_message(&message.en));
        reply
    }
}

/// What is known of a request whose head is refused.
#[derive(Clone, Copy, Default)]
pub(crate) struct Unread<'a> {
    /// The host of the TLS handshake.
    pub(crate) host: Option<&'a Host>,
    /// A look at the head.
    pub(crate) glimpse: Option<&'a Glimpse>,
}

impl Unread<'_> {
    /// Whether one of our own hosts is meant, by the handshake or by anything in the head: browsers send requests for hosts that
    /// one certificate names on one connection.
    fn names_own(&self, site: &Site) -> bool {
        let named = |own: &Host| self.glimpse.is_some_and(|glimpse| glimpse.hosts.contains(own.as_str()));
        self.host.is_some_and(|host| site.is_own(host)) || site.local.iter().any(named)
    }

    /// What is asked for, as the record says it.
    fn asked(self, site: &Site) -> String {
        let Some(host) = self.host else { return "without TLS".to_owned() };
        match self.glimpse {
            // As above: a path of our own hosts may be a secret.
            Some(glimpse) if !self.names_own(site) => {
                format!("{} at {host}", glimpse.asked).chars().take(MOST_DETAIL).collect()
            }
            _ => format!("at {host}"),
        }
    }
}

/// The longest path that may hold a secret: that of an enrolment link has 190 bytes at most.
const MOST_EXPOSED: usize = 256;

/// The most letters of what the record says of a refusal.
const MOST_DETAIL: usize = 160;

fn name_of(resource: Option<&Resource>) -> Option<Text> {
    resource.map(|resource| resource.name.clone())
}

/// Whether a head is too long, which on our own hosts only the cookies of the domain's applications make it.
const fn is_crowded_by_cookies(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Malformed(Malformed::HeadTooLong | Malformed::CookiesTooLong))
}

fn problem(view: &RefusalView) -> Reply {
    let mut reply = Reply::with(view.status, Bytes::from(view.problem().to_string()));
    set(&mut reply, CONTENT_TYPE, "application/problem+json");
    if view.status == StatusCode::UNAUTHORIZED {
        set(&mut reply, WWW_AUTHENTICATE, "Sekisho");
    }
    reply
}

/// What every refusal says beside its body.
fn complete(mut reply: Reply, refusal: &Refusal, id: &RequestId) -> Reply {
    reply.ends_connection |= refusal.ends_connection();
    set(&mut reply, CACHE_CONTROL, "no-store");
    set(&mut reply, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut reply, REFERRER_POLICY, "no-referrer");
    set(&mut reply, REQUEST_ID, id.as_str());
    if refusal.may_pass() {
        set(&mut reply, RETRY_AFTER, "5");
    }
    reply
}

/// What a browser is sent to the portal for.
enum Errand {
    SignIn,
    StepUp,
}

fn plain(view: &RefusalView, language: Language) -> Reply {
    let mut text = format!("{}\n", view.summary.in_language(language));
    for line in view.reasons.iter().map(|reason| &reason.text).chain(view.remedies.iter().map(|remedy| &remedy.text)) {
        text.push_str("- ");
        text.push_str(line.in_language(language));
        text.push('\n');
    }
    text.push_str(&format!("request: {}\n", view.request));
    let mut reply = Reply::with(view.status, Bytes::from(text));
    set(&mut reply, CONTENT_TYPE, "text/plain; charset=utf-8");
    set(&mut reply, CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    reply
}

fn language(head: &RequestHead) -> Language {
    language_of(head.field(&ACCEPT_LANGUAGE).unwrap_or_default())
}
