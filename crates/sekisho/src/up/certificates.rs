//! The certificates that browsers see: from files, or issued by the platform's own authority for every host it serves.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sekisho_control_plane::{ControlPlane, now};
use sekisho_gateway::{Certificates, ServerCertificate};
use sekisho_model::{Span, Timestamp};
use sekisho_policy_information::World;
use tokio::sync::watch;

use crate::cli::Failure;
use crate::configuration::{CertificateFiles, Configuration};

/// How long before its end an own certificate is renewed.
const RENEW_BEFORE: Span = Span::from_minutes(7 * 24 * 60);

/// Certificates for the hosts there are now, and the task that follows the World's hosts.
pub(super) struct Keeper {
    configuration: Configuration,
    control_plane: ControlPlane,
    hosts: BTreeSet<String>,
    until: Timestamp,
    served: watch::Sender<BTreeSet<String>>,
}

/// What the keeper started with, and the hosts that have a certificate.
pub(super) struct Kept {
    /// The certificates, replaced in place.
    pub(super) certificates: Arc<Certificates>,
    /// The hosts they are for.
    pub(super) served: watch::Receiver<BTreeSet<String>>,
}

impl Keeper {
    /// The first certificates.
    pub(super) fn start(configuration: &Configuration, control_plane: &ControlPlane) -> Result<Kept, Failure> {
        let (served, seen) = watch::channel(BTreeSet::new());
        let mut keeper = Self {
            configuration: configuration.clone(),
            control_plane: control_plane.clone(),
            hosts: hosts(configuration, &control_plane.world()),
            until: Timestamp::default(),
            served,
        };
        let roots = vec![control_plane.devices.authority().device_ca_der().to_vec()];
        let certificates = Arc::new(Certificates::new(keeper.issue()?, &roots).map_err(Failure::usage)?);
        keeper.served.send_replace(keeper.hosts.clone());
        tokio::spawn(keeper.follow(Arc::clone(&certificates), roots));
        Ok(Kept { certificates, served: seen })
    }

    async fn follow(mut self, certificates: Arc<Certificates>, roots: Vec<Vec<u8>>) {
        let mut world = self.control_plane.publication.world.clone();
        while world.changed().await.is_ok() {
            let hosts = hosts(&self.configuration, &world.borrow_and_update());
            if hosts == self.hosts && now() < self.until {
                continue;
            }
            self.hosts = hosts;
            let issued = self.issue().map_err(|failure| failure.to_string());
            let replaced = issued.and_then(|new| certificates.replace(new, &roots).map_err(|error| error.to_string()));
            match replaced {
                Ok(()) => drop(self.served.send_replace(self.hosts.clone())),
                Err(error) => tracing::error!(%error, "the certificates could not be replaced; the old ones stay"),
            }
        }
    }

    fn issue(&mut self) -> Result<Vec<ServerCertificate>, Failure> {
        let hosts: Vec<String> = self.hosts.iter().cloned().collect();
        if let Some(files) = &self.configuration.certificate {
            // Files are read again when the hosts change and once an hour: that is how a renewed file is taken up.
            self.until = now().plus(Span::from_minutes(60));
            return Ok(vec![from_files(files)?]);
        }
        let issued = self.control_plane.devices.authority().issue_server(&hosts, now()).map_err(Failure::failed)?;
        self.until = Timestamp::from_millis(issued.not_after.as_millis() - RENEW_BEFORE.as_millis());
        Ok(vec![ServerCertificate { hosts, chain: issued.chain, key: issued.key }])
    }
}

fn hosts(configuration: &Configuration, world: &World) -> BTreeSet<String> {
    let applications = world.resources().filter_map(|(_, resource)| resource.host.as_ref()).map(ToString::to_string);
    let own = [configuration.portal_host(), configuration.devices_host(), configuration.terminals_host()];
    own.into_iter().chain(applications).collect()
}

/// The certificate in those files.
pub(super) fn from_files(files: &CertificateFiles) -> Result<ServerCertificate, Failure> {
    let wrong = |field: &str, path: &Path, error: &dyn std::fmt::Display| {
        let file = path.display();
        Failure::usage(format_args!("`certificate`: `{field}`: {file}: {error}: name a readable PEM file"))
    };
    let chain = CertificateDer::pem_file_iter(&files.chain)
        .and_then(Iterator::collect)
        .map_err(|error| wrong("chain", &files.chain, &error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| wrong("key", &files.key, &error))?;
    Ok(ServerCertificate { hosts: Vec::new(), chain, key })
}
