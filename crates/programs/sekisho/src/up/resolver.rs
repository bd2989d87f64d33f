//! The resolver, where the configuration has one: over HTTPS on a host behind the gateway, and over TLS on a listener of its own.

use std::sync::Arc;

use axum::Router;
use sekisho_control_plane::ControlPlane;
use sekisho_gateway::{Certificates, DeviceTls, ListeningSocket};
use sekisho_resolver::{Grounds, Resolver, Upstreams, https, serve_tls};
use tokio::task::JoinHandle;

use super::{gateway, pages};
use crate::capabilities::State;
use crate::cli::Failure;
use crate::configuration::{Configuration, DnsSetting};

/// A resolver that runs.
pub(super) struct Resolving {
    resolver: Resolver,
    accepting: Option<JoinHandle<()>>,
}

impl Resolving {
    /// Starts it, and binds its port.
    pub(super) fn start(
        configuration: &Configuration,
        control_plane: &ControlPlane,
        state: &State,
        certificates: &Arc<Certificates>,
    ) -> Result<Option<Self>, Failure> {
        let Some(setting) = &configuration.dns else { return Ok(None) };
        let grounds = Grounds {
            world: control_plane.publication.world.clone(),
            control_plane_alive: control_plane.publication.alive.clone(),
            lease: configuration.lease.to_std(),
            listings: state.name_lists.listings(),
            ledger: control_plane.ledger.clone(),
            clock: pages::clock(&state.services.clock),
        };
        let upstreams = Upstreams::new(setting.servers(), setting.trust.as_deref());
        let upstreams = upstreams.map_err(|error| Failure::usage(format_args!("`dns.trust`: {error}")))?;
        let resolver = Resolver::new(grounds, upstreams, state.name_lists.counts());
        let accepting = accept(setting, certificates, &resolver)?;
        Ok(Some(Self { resolver, accepting }))
    }

    /// What answers over HTTPS.
    pub(super) fn https(&self) -> Router {
        https(self.resolver.clone())
    }

    /// Accepts no connections over TLS any more: a successor does.
    pub(super) fn stop(&self) {
        self.accepting.iter().for_each(JoinHandle::abort);
    }
}

/// Serves TLS, if that is configured. A successor binds the port beside its predecessor, as the system lets the same user do.
fn accept(
    setting: &DnsSetting,
    certificates: &Arc<Certificates>,
    resolver: &Resolver,
) -> Result<Option<JoinHandle<()>>, Failure> {
    let Some(address) = setting.listen else { return Ok(None) };
    let listening = ListeningSocket::bind(address);
    let listening = listening
        .map_err(|error| Failure::unavailable(format_args!("`dns.listen`: {address}: {error}: name another one")))?;
    let tls = DeviceTls::new(certificates.clone(), &[b"dot"]);
    let serving = serve_tls(listening.socket, tls, gateway::device_reader(), resolver.clone());
    Ok(Some(tokio::spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!(%error, "the resolver is not served over TLS any more");
        }
    })))
}
