//! Our own services behind the gateway: the pages of the portal's host, the device API, and the terminals' sign-in.

use std::sync::Arc;

use axum::Router;
use sekisho_control_plane::ControlPlane;
use sekisho_gateway::{LocalHost, Page, SessionActivity, SessionTransferTicket};
use sekisho_model::documents::ClientCertificate;
use sekisho_model::{Host, Timestamp};
use sekisho_policy_enforcement::CookieKey;
use sekisho_portal::session_transfer::{self, SessionTransfer};
use sekisho_web::{Contents, FormKey, Site, refusal_page};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::local;
use crate::capabilities::{PAGES, State};
use crate::cli::Failure;
use crate::configuration::Configuration;

/// What every page works with.
pub(super) fn site(
    configuration: &Configuration,
    control_plane: &ControlPlane,
    (cookie_key, form_key): (CookieKey, FormKey),
    state: &State,
) -> Result<Site, Failure> {
    Ok(Site {
        world: control_plane.publication.world.clone(),
        store: control_plane.store.clone(),
        ledger: control_plane.ledger.clone(),
        cookie_key,
        form_key,
        portal: configuration.portal_host().parse().map_err(Failure::usage)?,
        port: configuration.browser_port(),
        agent_port: configuration.agent_port,
        clock: clock(&state.services.clock),
        contents: Contents::of(PAGES),
        activity: note(state.sessions.activity()),
    })
}

/// The path of every page that answers `GET` to somebody at a browser, but for the assets.
pub(super) fn paths(state: &State) -> Vec<&'static str> {
    let routes = PAGES.iter().map(|pages| (pages.routes)(state));
    let rows = routes.flat_map(|routes| routes.table().to_vec());
    rows.filter(|route| route.method == "GET").map(|route| route.path).collect()
}

/// The platform's clock, as gateway and pages ask it.
pub(super) fn clock(clock: &sekisho_capability::Clock) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    let clock = clock.clone();
    Arc::new(move || clock.now())
}

/// Notes one request at the portal. A full queue loses the note, never the request; the next request makes it again.
fn note(activity: mpsc::Sender<Vec<SessionActivity>>) -> sekisho_web::Activity {
    Arc::new(move |session, at| drop(activity.try_send(vec![(session, at)])))
}

/// The hosts that our own services answer: the portal with its console, the device API, and the terminals' sign-in. The portal's and the
/// terminals' answer the REST API too.
pub(super) fn local_hosts(
    configuration: &Configuration,
    state: &State,
    site: &Site,
    api: &Router,
    resolver: Option<Router>,
) -> Result<Vec<LocalHost>, Failure> {
    let host = |host: String, client_certificate, router| {
        let host: Host = host.parse().map_err(Failure::usage)?;
        Ok::<_, Failure>(LocalHost { host, client_certificate, service: local::service(router, Handle::current()) })
    };
    let pages = sekisho_web::router(site, PAGES.iter().map(|pages| (pages.routes)(state)));
    let devices = sekisho_devices::api(state.devices.clone(), state.services.clock.clone());
    let terminals = sekisho_terminal_sign_in::router(site.clone(), state.identity.clone());
    let (pages, terminals) = (api.clone().fallback_service(pages), api.clone().fallback_service(terminals));
    let resolver = resolver.map(|router| host(configuration.dns_host(), ClientCertificate::Optional, router));
    let always = [
        host(configuration.portal_host(), ClientCertificate::None, pages)?,
        host(configuration.devices_host(), ClientCertificate::Optional, devices)?,
        host(configuration.terminals_host(), ClientCertificate::Optional, terminals)?,
    ];
    always.into_iter().map(Ok).chain(resolver).collect()
}

/// Redeems the codes of session transfers for the gateway.
pub(super) fn redeem_transfers(site: Site, state: &State) -> sekisho_gateway::SessionTransfer {
    let (runtime, identity) = (Handle::current(), state.identity.clone());
    Arc::new(move |code| {
        let (site, identity, runtime) = (site.clone(), identity.clone(), runtime.clone());
        Box::pin(async move {
            let given = async move |transfer: &SessionTransfer, now| {
                // Where this fails, an older cookie counts there for longer, with no more than it ever showed.
                if let Err(failure) = identity.renewed_at(&transfer.session, &transfer.resource, now).await {
                    tracing::warn!(%failure, "the renewal of a session at an application was not noted");
                }
            };
            let redeem = async move { session_transfer::redeem(&site, code, given).await };
            let transfer = runtime.spawn(redeem).await.ok()??;
            Some(SessionTransferTicket {
                session: transfer.session,
                resource: transfer.resource,
                flow: transfer.flow,
                return_to: transfer.return_to,
                expires_at: transfer.expires_at,
            })
        })
    })
}

/// Refusals as the portal's pages show them.
pub(super) fn refusal_pages() -> sekisho_gateway::PageRenderer {
    Arc::new(|view, language| {
        let html = refusal_page::html(view, language);
        Page { html, content_security_policy: refusal_page::content_security_policy(view) }
    })
}
