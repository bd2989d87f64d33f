//! The certificates that browsers see: from files, or issued by the platform's own authority for every host it serves.
//!
//! One task keeps them: it follows the World's hosts, looks at the files every second, renews what the own authority issued
//! long before its end, and takes up another setting when the configuration is read again. New ones are for new handshakes; open
//! connections go on. What cannot be used changes nothing.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sekisho_control_plane::{ControlPlane, now};
use sekisho_gateway::{Certificates, ServerCertificate};
use sekisho_model::{Span, Timestamp};
use sekisho_policy_information::World;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};

use crate::cli::Failure;
use crate::configuration::{CertificateFiles, Configuration};

/// How long before its end an own certificate is renewed.
const RENEW_BEFORE: Span = Span::from_minutes(7 * 24 * 60);
/// How long after a failure it is tried again.
const TRY_AGAIN: Span = Span::from_minutes(1);
/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Certificates for the hosts there are now, and the task that keeps them.
struct Keeper {
    files: Option<CertificateFiles>,
    own_hosts: [String; 4],
    control_plane: ControlPlane,
    roots: Vec<Vec<u8>>,
    certificates: Arc<Certificates>,
    hosts: BTreeSet<String>,
    /// When an own certificate is renewed.
    renew_at: Timestamp,
    /// The files as they were when they were last read.
    read: Option<Stamp>,
    served: watch::Sender<BTreeSet<String>>,
    until: watch::Sender<Timestamp>,
}

/// What tells that a file was replaced or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp([Option<(u64, u64, i64, i64)>; 2]);

/// Another setting, and where the outcome goes.
type Setting = (Option<CertificateFiles>, oneshot::Sender<Result<(), String>>);

/// What is kept.
pub(super) struct Kept {
    /// The certificates, replaced in place.
    pub(super) certificates: Arc<Certificates>,
    /// The hosts they are for.
    pub(super) served: watch::Receiver<BTreeSet<String>>,
    /// When they end.
    pub(super) until: watch::Receiver<Timestamp>,
    settings: mpsc::Sender<Setting>,
}

impl Kept {
    /// The first certificates, and the task that keeps them.
    pub(super) fn start(configuration: &Configuration, control_plane: &ControlPlane) -> Result<Self, Failure> {
        let own_hosts = configuration.own_hosts();
        let hosts = hosts(&own_hosts, &control_plane.world());
        let roots = vec![control_plane.devices.authority().device_ca_der().to_vec()];
        let (first, renew_at, end) = issue(configuration.certificate.as_ref(), &own_hosts, &hosts, control_plane)?;
        let certificates = Arc::new(Certificates::new(first, &roots).map_err(Failure::usage)?);
        let (served, seen) = watch::channel(hosts.clone());
        let (until, ends) = watch::channel(end);
        let (settings, asked) = mpsc::channel(1);
        let keeper = Keeper {
            read: configuration.certificate.as_ref().map(stamp),
            files: configuration.certificate.clone(),
            own_hosts,
            control_plane: control_plane.clone(),
            roots,
            certificates: Arc::clone(&certificates),
            hosts,
            renew_at,
            served,
            until,
        };
        tokio::spawn(keeper.keep(asked));
        Ok(Self { certificates, served: seen, until: ends, settings })
    }

    /// Takes up another setting.
    ///
    /// # Errors
    /// Why the certificates cannot be used; the old ones stay.
    pub(super) async fn set(&self, files: Option<CertificateFiles>) -> Result<(), String> {
        let gone = "the certificates are no longer kept";
        let (reply, outcome) = oneshot::channel();
        self.settings.send((files, reply)).await.map_err(|_| gone)?;
        outcome.await.map_err(|_| gone)?
    }
}

impl Keeper {
    async fn keep(mut self, mut settings: mpsc::Receiver<Setting>) {
        let mut world = self.control_plane.publication.world.clone();
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                changed = world.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let hosts = hosts(&self.own_hosts, &world.borrow_and_update());
                    if hosts != self.hosts {
                        self.hosts = hosts;
                        self.renew_aloud("the hosts changed");
                    }
                }
                _ = looks.tick() => {
                    if self.is_stale() {
                        self.renew_aloud("it was time");
                    }
                }
                Some((files, reply)) = settings.recv() => {
                    let before = std::mem::replace(&mut self.files, files);
                    let outcome = self.renew();
                    if outcome.is_err() {
                        self.files = before;
                    }
                    // Who asked may have gone.
                    let _ = reply.send(outcome);
                }
            }
        }
    }

    /// Whether files were written since they were read, or an own certificate is to be renewed.
    fn is_stale(&self) -> bool {
        match &self.files {
            Some(files) => self.read != Some(stamp(files)),
            None => now() >= self.renew_at,
        }
    }

    fn renew_aloud(&mut self, why: &str) {
        match self.renew() {
            Ok(()) => tracing::info!(why, "the certificates were replaced"),
            Err(error) => {
                self.renew_at = now().plus(TRY_AGAIN);
                tracing::error!(%error, "the certificates could not be replaced; the old ones stay");
            }
        }
    }

    fn renew(&mut self) -> Result<(), String> {
        // What is written after this is read at the next look.
        self.read = self.files.as_ref().map(stamp);
        let issued = issue(self.files.as_ref(), &self.own_hosts, &self.hosts, &self.control_plane);
        let (new, renew_at, end) = issued.map_err(|failure| failure.to_string())?;
        self.certificates.replace(new, &self.roots).map_err(|error| error.to_string())?;
        self.renew_at = renew_at;
        self.until.send_replace(end);
        self.served.send_replace(self.hosts.clone());
        Ok(())
    }
}

/// The certificates of a setting, when own ones are to be renewed, and when they end.
fn issue(
    files: Option<&CertificateFiles>,
    own_hosts: &[String; 4],
    hosts: &BTreeSet<String>,
    control_plane: &ControlPlane,
) -> Result<(Vec<ServerCertificate>, Timestamp, Timestamp), Failure> {
    if let Some(files) = files {
        let (certificate, until) = from_files(files, own_hosts)?;
        return Ok((vec![certificate], until, until));
    }
    let hosts: Vec<String> = hosts.iter().cloned().collect();
    let issued = control_plane.devices.authority().issue_server(&hosts, now()).map_err(Failure::failed)?;
    let renew_at = Timestamp::from_millis(issued.not_after.as_millis() - RENEW_BEFORE.as_millis());
    Ok((vec![ServerCertificate { hosts, chain: issued.chain, key: issued.key }], renew_at, issued.not_after))
}

fn hosts(own_hosts: &[String; 4], world: &World) -> BTreeSet<String> {
    let applications = world.resources().filter_map(|(_, resource)| resource.host.as_ref()).map(ToString::to_string);
    own_hosts.iter().cloned().chain(applications).collect()
}

fn stamp(files: &CertificateFiles) -> Stamp {
    Stamp([&files.chain, &files.key].map(|path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec()))
    }))
}

/// The certificate in those files, if it can be used for our own hosts now, and when it ends.
pub(super) fn from_files(
    files: &CertificateFiles,
    own_hosts: &[String],
) -> Result<(ServerCertificate, Timestamp), Failure> {
    let wrong = |field: &str, path: &Path, error: &dyn std::fmt::Display| {
        Failure::usage(format_args!("`certificate`: `{field}`: {}: {error}", path.display()))
    };
    let unreadable = |error| format!("{error}: name a readable PEM file");
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.chain)
        .and_then(Iterator::collect)
        .map_err(|error| wrong("chain", &files.chain, &unreadable(error)))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| wrong("key", &files.key, &unreadable(error)))?;
    let leaf = chain.first().ok_or_else(|| wrong("chain", &files.chain, &"holds no certificate: name its PEM file"))?;
    let until = is_usable(leaf, own_hosts).map_err(|error| wrong("chain", &files.chain, &error))?;
    let certificate = ServerCertificate { hosts: Vec::new(), chain, key };
    certificate.fits().map_err(|error| {
        wrong("key", &files.key, &format!("{error}: name the key that the certificate was made for"))
    })?;
    Ok((certificate, until))
}

/// When a certificate ends that is valid now and good for those hosts.
fn is_usable(leaf: &CertificateDer<'_>, hosts: &[String]) -> Result<Timestamp, String> {
    let (_, read) = x509_parser::parse_x509_certificate(leaf).map_err(|error| format!("is no certificate: {error}"))?;
    let (from, until) = (read.validity().not_before.timestamp(), read.validity().not_after.timestamp());
    let (now, at) = (now().as_seconds(), |seconds| Timestamp::from_millis(i64::saturating_mul(seconds, 1000)));
    if now < from || now > until {
        return Err(format!("is valid from {} to {}, not now: renew it", at(from), at(until)));
    }
    let parsed = rustls::server::ParsedCertificate::try_from(leaf).map_err(|error| error.to_string())?;
    for host in hosts {
        let name = ServerName::try_from(host.as_str()).map_err(|error| error.to_string())?;
        rustls::client::verify_server_name(&parsed, &name)
            .map_err(|_| format!("is not good for `{host}`: it must name every host of the platform"))?;
    }
    Ok(at(until))
}
