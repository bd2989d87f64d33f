//! From a head to the question it is: where it leads, in whose session, from what device.
//!
//! Step 6 of the life of a request; next: `crates/enforcement/gateway/src/serve/application.rs`.

use std::net::SocketAddr;
use std::sync::Arc;

use arcstr::ArcStr;
use http::Method;
use http::uri::PathAndQuery;
use sekisho_model::documents::Resource;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{
    AccessRequest, Action, Host, HttpFacts, PresentedDevice, RequestId, RequestParts, ResourceId, SessionFacts,
    Timestamp,
};
use sekisho_policy_information::World;

use crate::cross_origin::{may_open_websocket, session_cookie};
use crate::destination::destination;
use crate::method_override::asked_as;
use crate::rewrite::{Outside, rewritten};
use crate::workload::{ShownWorkload, shown_workload};
use crate::{Audience, Caller, CookieKey, Malformed, Refusal, RequestHead, SessionCookie};

/// What the connection itself says of whoever is at its other end.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The remote address.
    pub peer: SocketAddr,
    /// The host that the TLS handshake was made for.
    pub server_name: Option<Host>,
    /// The device whose certificate the handshake verified.
    pub device: Option<PresentedDevice>,
}

/// The gateway's own place among the hosts.
#[derive(Debug, Clone)]
pub struct Site {
    /// The hosts of our own services, by their number.
    pub local: Vec<Host>,
    /// The host of the decision point for enforcement points that are not ours, if there is one.
    pub decision_point: Option<Host>,
    /// The key under which session cookies are made and checked.
    pub cookie_key: CookieKey,
    /// The ports that a host may be written with: those that we listen on and the one that people type.
    pub ports: Vec<u16>,
}

impl Site {
    /// Whether one of our own services answers on a host.
    #[must_use]
    pub fn is_own(&self, host: &Host) -> bool {
        self.route_of(host).is_some()
    }

    fn route_of(&self, host: &Host) -> Option<Route> {
        let local = self.local.iter().position(|own| own == host).map(Route::Local);
        local.or_else(|| (self.decision_point.as_ref() == Some(host)).then_some(Route::DecisionPoint))
    }
}

/// Where a request leads.
#[derive(Debug, Clone)]
pub enum Route {
    /// `OPTIONS *`: about the server itself.
    Server,
    /// A service of our own: its number in [`Site::local`].
    Local(usize),
    /// The decision point for enforcement points that are not ours.
    DecisionPoint,
    /// A page of ours on an application's host.
    Own(OwnPage, Application),
    /// An application.
    Application(Application),
}

/// Our pages on application hosts, under `/.sekisho/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnPage {
    /// `/.sekisho/session`: the transfer of a session from the portal.
    Session,
    /// `/.sekisho/sign-out`: on to the portal's sign-out.
    SignOut,
    /// `/.sekisho/jwks.json`: the keys that assertions are checked with.
    Keys,
}

/// A resource that web requests reach.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its handle.
    pub handle: Handle,
    /// Its document.
    pub resource: Arc<Resource>,
    /// What the application is asked for, where that is not what people type.
    pub(crate) rewritten: Option<PathAndQuery>,
}

impl Application {
    /// The resource with that identifier, for questions that no request asks.
    #[must_use]
    pub fn named(world: &World, id: &ResourceId) -> Option<Self> {
        let handle = world.facts().find(EntityType::Resource, id.as_str())?;
        Some(Self { handle, resource: world.resource(handle)?.clone(), rewritten: None })
    }

    /// The path that the policy is asked about and the application gets.
    #[must_use]
    pub fn path<'a>(&'a self, head: &'a RequestHead) -> &'a str {
        self.rewritten.as_ref().map_or_else(|| head.path(), PathAndQuery::path)
    }

    /// The target that the application gets.
    pub(crate) fn target<'a>(&'a self, head: &'a RequestHead) -> Option<&'a PathAndQuery> {
        self.rewritten.as_ref().or_else(|| head.target())
    }
}

/// Where a request leads.
///
/// # Errors
/// A refusal when the host is not the handshake's, or leads nowhere.
pub fn route(head: &RequestHead, connection: &Connection, site: &Site, world: &World) -> Result<Route, Refusal> {
    // INVARIANT I-6: the certificate that was asked for, and with it the device that was proven, are this host's only.
    if connection.server_name.as_ref() != Some(head.host()) {
        return Err(Refusal::Misdirected);
    }
    // INVARIANT I-6: another port is another origin, to browsers, to caches and to resources that build links from it.
    if head.authority().port().is_some_and(|port| !site.ports.contains(&port)) {
        return Err(Refusal::Misdirected);
    }
    if let Some(own) = site.route_of(head.host()) {
        check_own_method(head)?;
        return Ok(if head.target().is_none() { Route::Server } else { own });
    }
    match lead(head, world)? {
        Route::Application(application) => served(application, head),
        route => Ok(route),
    }
}

/// Our own services have the methods of RFC 9110 and 5789, and no others.
fn check_own_method(head: &RequestHead) -> Result<(), Refusal> {
    let served = matches!(
        *head.method(),
        Method::GET | Method::HEAD | Method::OPTIONS | Method::POST | Method::PUT | Method::PATCH | Method::DELETE
    );
    if served { Ok(()) } else { Err(Refusal::Malformed(Malformed::Method)) }
}

/// The application, with the target as its upstream knows it.
fn served(mut application: Application, head: &RequestHead) -> Result<Route, Refusal> {
    let Some(target) = head.target() else { return Ok(Route::Server) };
    match application.resource.upstream.as_deref().map(|upstream| rewritten(target, upstream)) {
        Some(Ok(rewritten)) => {
            application.rewritten = rewritten;
            Ok(Route::Application(application))
        }
        Some(Err(Outside)) => Err(Refusal::NoSuchPage),
        None => Err(Refusal::NotServed(application.resource)),
    }
}

/// Where a request leads that a caller holds: to an application that is assigned to it, or to a page of ours on its host.
///
/// # Errors
/// A refusal when it leads anywhere else, or the host is written with another port than the caller's: the one in its document,
/// or else the portal's.
pub fn route_held(head: &RequestHead, caller: &Caller, portal_port: u16, world: &World) -> Result<Route, Refusal> {
    // What is not there and what is another's look the same to a caller.
    let route = lead(head, world).map_err(|refusal| match refusal {
        Refusal::UnknownHost => Refusal::NotAssigned,
        other => other,
    })?;
    match &route {
        // INVARIANT I-23: a caller gets answers about what is assigned to it, and about nothing else.
        Route::Own(_, application) | Route::Application(application) => {
            if !caller.point().may_ask_for(&application.resource.id) {
                return Err(Refusal::NotAssigned);
            }
        }
        Route::Server | Route::Local(_) | Route::DecisionPoint => return Err(Refusal::NoSuchPage),
    }
    // INVARIANT I-6: as in `route`, another port is another origin, here as the caller's clients reach it.
    let own = caller.point().port.unwrap_or(portal_port);
    if head.authority().port().is_some_and(|port| port != own) { Err(Refusal::Misdirected) } else { Ok(route) }
}

/// Where a request leads on the hosts of resources.
fn lead(head: &RequestHead, world: &World) -> Result<Route, Refusal> {
    let handle = world.resource_by_host(head.host().as_str()).ok_or(Refusal::UnknownHost)?;
    let resource = world.resource(handle).ok_or(Refusal::UnknownHost)?.clone();
    if head.target().is_none() {
        return Ok(Route::Server);
    }
    let application = Application { handle, resource, rewritten: None };
    match head.path().strip_prefix("/.sekisho") {
        Some("/session") => Ok(Route::Own(OwnPage::Session, application)),
        Some("/sign-out") => Ok(Route::Own(OwnPage::SignOut, application)),
        Some("/jwks.json") => Ok(Route::Own(OwnPage::Keys, application)),
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Err(Refusal::NoSuchPage),
        _ => Ok(Route::Application(application)),
    }
}

/// The question that a request to an application is.
///
/// # Errors
/// [`Refusal::SignInRequired`] when no live session speaks for it, or when a page is opened in one that was renewed since its cookie.
pub fn access_request(
    head: &RequestHead,
    application: &Application,
    connection: &Connection,
    site: &Site,
    world: &World,
    id: RequestId,
    now: Timestamp,
) -> Result<AccessRequest, Refusal> {
    let session = session(head, application, connection, site, world, now)
        .ok_or_else(|| Refusal::SignInRequired(application.resource.clone()))?;
    // A page that is opened under an older cookie is given the new one first: the portal hands it over without asking anybody. What
    // open pages ask for meanwhile goes on under the older one.
    if head.is_navigation() && world.session(&session.id).is_some_and(|current| current.rotation != session.rotation) {
        return Err(Refusal::SignInRequired(application.resource.clone()));
    }
    // Browsers open WebSockets for any page, with the cookies of the host that is asked, and show the page what comes (RFC 6455,
    // section 10.2): pages of origins that the application does not allow are refused here.
    if head.hops().websocket && !may_open_websocket(head, &application.resource) {
        return Err(Refusal::Malformed(Malformed::ForeignOrigin));
    }
    let rules = &application.resource.requests;
    let action = if head.hops().websocket {
        Action::Connect
    } else {
        rules.action_of(head.method().as_str()).ok_or(Refusal::Malformed(Malformed::Method))?
    };
    let asked_as = asked_as(head, rules).map_err(Refusal::Malformed)?;
    let upstream = application.resource.upstream.as_deref();
    let destination = destination(head, asked_as.as_ref(), upstream).map_err(Refusal::Malformed)?;
    Ok(AccessRequest::new(RequestParts {
        id,
        device: world.device_of(connection.device.as_ref(), &session, now),
        session,
        resource: application.handle,
        action,
        network: world.network(connection.peer.ip()),
        http: Some(HttpFacts {
            method: ArcStr::from(head.method().as_str()),
            path: ArcStr::from(application.path(head)),
            host: head.host().clone(),
            asked_as,
            destination: destination.map(|path| ArcStr::from(path.path())),
        }),
    }))
}

/// The live session that speaks for the request where it leads. It opens nothing: who is known only keeps their place when
/// others have to wait.
#[must_use]
pub fn shown_session(
    head: &RequestHead,
    route: &Route,
    connection: &Connection,
    site: &Site,
    world: &World,
    now: Timestamp,
) -> Option<Arc<SessionFacts>> {
    match route {
        Route::Local(_) | Route::DecisionPoint => {
            session_of(head.cookies().session()?, Audience::Portal, &site.cookie_key, world, now)
        }
        Route::Own(_, application) => of_cookie(head, application, site, world, now),
        Route::Application(application) => session(head, application, connection, site, world, now),
        Route::Server => None,
    }
}

/// Whether a live session speaks for the request at an application.
#[must_use]
pub fn shows_session_of(
    head: &RequestHead,
    application: &Application,
    site: &Site,
    world: &World,
    now: Timestamp,
) -> bool {
    of_cookie(head, application, site, world, now).is_some()
}

/// The live session of the client: of a workload by its token, else of a person by a cookie, else of a workload by its certificate.
fn session(
    head: &RequestHead,
    application: &Application,
    connection: &Connection,
    site: &Site,
    world: &World,
    now: Timestamp,
) -> Option<Arc<SessionFacts>> {
    match shown_workload(head, connection, world, now) {
        ShownWorkload::Token(session) => session,
        ShownWorkload::Certificate(session) if session_cookie(head, &application.resource).is_none() => session,
        ShownWorkload::Certificate(_) | ShownWorkload::Nothing => of_cookie(head, application, site, world, now),
    }
}

fn of_cookie(
    head: &RequestHead,
    application: &Application,
    site: &Site,
    world: &World,
    now: Timestamp,
) -> Option<Arc<SessionFacts>> {
    let resource = &application.resource;
    let cookie = session_cookie(head, resource)?;
    session_of(cookie, Audience::Application(&resource.id), &site.cookie_key, world, now)
}

/// The live session that a cookie of an audience speaks for.
pub(crate) fn session_of(
    cookie: &str,
    audience: Audience<'_>,
    key: &CookieKey,
    world: &World,
    now: Timestamp,
) -> Option<Arc<SessionFacts>> {
    let cookie = SessionCookie::read(key, audience, cookie)?;
    let session = world.live_session(&cookie.session, now)?;
    if cookie.is_current(session) {
        return Some(session.clone());
    }
    match audience {
        // INVARIANT I-15: a cookie from before the session was renewed shows what the session could do then, and gains nothing.
        Audience::Application(resource) => {
            world.session_before(&cookie.session, cookie.rotation, resource, now).cloned()
        }
        Audience::Portal | Audience::Terminal(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> Host {
        name.parse().expect("a host")
    }

    fn site(decision_point: Option<&str>) -> Site {
        Site {
            local: ["portal.test", "devices.test"].map(host).to_vec(),
            decision_point: decision_point.map(host),
            cookie_key: CookieKey::new(&[7; 32]),
            ports: vec![443],
        }
    }

    #[test]
    fn hosts_of_ours_lead_to_their_service_and_others_to_none() {
        let site = site(Some("decide.test"));
        assert!(matches!(site.route_of(&host("portal.test")), Some(Route::Local(0))));
        assert!(matches!(site.route_of(&host("devices.test")), Some(Route::Local(1))));
        assert!(matches!(site.route_of(&host("decide.test")), Some(Route::DecisionPoint)));
        assert!(site.route_of(&host("app.test")).is_none() && !site.is_own(&host("app.test")));
    }

    #[test]
    fn without_a_decision_point_no_host_leads_there() {
        assert!(!site(None).is_own(&host("decide.test")) && site(None).is_own(&host("portal.test")));
    }
}
