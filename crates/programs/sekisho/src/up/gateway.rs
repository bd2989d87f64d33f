//! The gateway, started over everything that it calls.

use std::sync::Arc;

use axum::Router;
use sekisho_control_plane::ControlPlane;
use sekisho_gateway::{
    AssertionSigner, Certificates, DecisionHost, DeviceReader, GatewayConfig, GatewayParts, ListeningSocket,
    RunningGateway,
};
use sekisho_telemetry::Observers;
use sekisho_web::Site;

use super::{keys, pages};
use crate::capabilities::State;
use crate::cli::Failure;
use crate::configuration::Configuration;

/// What the gateway is started over, besides what every part of the program has.
pub(super) struct Before {
    /// The configuration as it was before a free port was taken: sockets are found by the address in it.
    pub(super) config: GatewayConfig,
    pub(super) inherited: Vec<ListeningSocket>,
    pub(super) certificates: Arc<Certificates>,
    pub(super) observers: Observers,
    pub(super) api: Router,
    /// What answers on the resolver's host, where one runs.
    pub(super) resolver: Option<Router>,
}

/// Starts it. Its port is bound last of all.
pub(super) fn start(
    configuration: &Configuration,
    (control_plane, state): (&ControlPlane, &State),
    keys: keys::Keys,
    before: Before,
) -> Result<RunningGateway, Failure> {
    let signer = AssertionSigner::new(&keys.assertion, &control_plane.portal_origin).map_err(Failure::failed)?;
    let site: Site = pages::site(configuration, control_plane, (keys.cookie.clone(), keys.form), state)?;
    let parts = GatewayParts {
        config: GatewayConfig { public_port: configuration.browser_port(), ..before.config },
        inherited: before.inherited,
        portal: site.portal.clone(),
        local: pages::local_hosts(configuration, state, &site, &before.api, before.resolver)?,
        terminals: configuration.terminals_host().parse().map_err(Failure::usage)?,
        decisions: Some(DecisionHost {
            host: configuration.decisions_host().parse().map_err(Failure::usage)?,
            service: sekisho_decision_point::service(),
        }),
        world: control_plane.publication.world.clone(),
        control_plane_alive: control_plane.publication.alive.clone(),
        ledger: control_plane.ledger.clone(),
        certificates: before.certificates,
        devices: device_reader(),
        cookie_key: keys.cookie,
        session_transfer: pages::redeem_transfers(site, state),
        assertions: Arc::new(signer),
        pages: Some(pages::refusal_pages()),
        activity: state.sessions.activity(),
        exposed: state.identity.void_exposed(sekisho_portal::token_in, state.services.clock.clone()),
        observers: before.observers,
        clock: pages::clock(&state.services.clock),
    };
    let gateway = sekisho_gateway::start(parts).map_err(Failure::unavailable)?;
    control_plane.publication.followers.set(gateway.decides_on.clone());
    Ok(gateway)
}

/// Reads the certificates of devices.
pub(super) fn device_reader() -> DeviceReader {
    Arc::new(sekisho_devices::identify)
}

/// The gateway's settings.
pub(super) fn gateway_config(configuration: &Configuration) -> GatewayConfig {
    GatewayConfig {
        listen: vec![configuration.listen],
        redirect_listen: configuration.redirect_listen.into_iter().collect(),
        workers: configuration.workers.unwrap_or(0),
        public_port: configuration.browser_port(),
        world_lease: configuration.lease.to_std(),
        shadow_every: configuration.shadow_sample,
        upstreams_per_session: configuration.upstreams_per_session,
        connections: configuration.connections.unwrap_or(0),
        connections_per_address: configuration.connections_per_address,
        new_connections_per_address: configuration.new_connections_per_address,
        drain_timeout: configuration.drain.to_std(),
        ..GatewayConfig::default()
    }
}
