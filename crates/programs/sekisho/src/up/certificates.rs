//! Certificates between the configuration, which says where they are from, and the gateway's listeners, which show them.

use std::sync::Arc;

use sekisho_acme::Answers;
use sekisho_capability::Services;
use sekisho_certificates::{CertificateProblem, Files, OwnHosts, Reader, ServedCertificate, Show, Sources};
use sekisho_control_plane::{ControlPlane, now};
use sekisho_gateway::{Certificates, ServerCertificate, read_plain, read_private_key};

use super::acme;
use crate::cli::Failure;
use crate::configuration::Configuration;

/// The certificates of the gateway's listeners. The table is empty at first.
pub(super) fn listeners(control_plane: &ControlPlane) -> Result<Arc<Certificates>, Failure> {
    let shown = Certificates::new(Vec::new(), &device_roots(control_plane)).map_err(Failure::usage)?;
    Ok(Arc::new(shown))
}

/// Shows the first certificates on these listeners.
pub(super) async fn open(
    configuration: &Configuration,
    control_plane: &ControlPlane,
    services: &Services,
    listeners: &Arc<Certificates>,
) -> Result<sekisho_certificates::Certificates, Failure> {
    let sources = sources(configuration)?;
    let authority = control_plane.devices.authority().clone();
    let ways = (show(listeners, device_roots(control_plane)), answers(listeners));
    let opened =
        sekisho_certificates::Certificates::open(services, authority, own_hosts(configuration), sources, ways).await;
    opened.map_err(failure)
}

/// Where certificates are from, with the files that the configuration names.
pub(super) fn sources(configuration: &Configuration) -> Result<Sources, Failure> {
    let reader = Reader { plain: read_plain, private: read_private_key };
    let files = configuration.certificate.as_ref();
    let files = files.map(|files| Files { chain: files.chain.clone(), key: files.key.clone(), reader });
    Ok(Sources { files, ordering: acme::ordering(configuration)? })
}

/// Checks the files that the configuration names, and reads its keys.
pub(super) fn check(configuration: &Configuration) -> Result<(), Failure> {
    match sources(configuration)?.files {
        Some(files) => files.read(&configuration.own_hosts(), now()).map(drop).map_err(failure),
        None => Ok(()),
    }
}

fn own_hosts(configuration: &Configuration) -> OwnHosts {
    let mut people = configuration.own_hosts();
    let machines = people.split_off(1);
    OwnHosts { people, machines }
}

fn device_roots(control_plane: &ControlPlane) -> [Vec<u8>; 1] {
    [control_plane.devices.authority().device_ca_der().to_vec()]
}

/// Shows certificates on the listeners.
fn show(listeners: &Arc<Certificates>, device_roots: [Vec<u8>; 1]) -> Show {
    let listeners = listeners.clone();
    Arc::new(move |certificates| {
        let certificates = certificates.into_iter();
        let certificates =
            certificates.map(|ServedCertificate { hosts, chain, key }| ServerCertificate { hosts, chain, key });
        listeners.replace(certificates.collect(), &device_roots).map_err(|error| error.to_string())
    })
}

/// Shows answers to the ACME authority on the listeners.
fn answers(listeners: &Arc<Certificates>) -> Answers {
    let listeners = listeners.clone();
    Arc::new(move |answer| {
        let answer = answer.map(|answer| ServerCertificate {
            hosts: vec![answer.host],
            chain: vec![answer.certificate],
            key: answer.key,
        });
        if let Err(error) = listeners.answer(answer) {
            tracing::error!(%error, "the authority's question is not answered");
        }
    })
}

/// What cannot be used is the configuration's fault, except for what the own authority cannot issue.
fn failure(problem: CertificateProblem) -> Failure {
    match problem {
        CertificateProblem::Files(_) | CertificateProblem::Shown(_) => Failure::usage(problem),
        CertificateProblem::Authority(_) | CertificateProblem::Stopped => Failure::failed(problem),
    }
}
