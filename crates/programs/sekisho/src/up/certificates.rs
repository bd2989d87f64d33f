//! The certificates that browsers see: from files, from an ACME authority, or issued by the platform's own authority for every
//! host it serves.
//!
//! One task keeps them: it follows the World's hosts, looks at the files every second, renews what the own authority issued
//! long before its end, takes what came from the ACME authority, and takes up another setting when the configuration is read
//! again. New ones are for new handshakes; open connections go on. What cannot be used changes nothing, and a host for which no
//! certificate has come is served with the own authority's.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sekisho_acme::{Acme, Issued, State, Wanted};
use sekisho_capability::Services;
use sekisho_control_plane::administration::{CertificateRow, CertificateRows};
use sekisho_control_plane::{ControlPlane, now};
use sekisho_gateway::{Certificates, ServerCertificate, read_plain, read_private_key};
use sekisho_model::{Span, Timestamp};
use sekisho_policy_information::World;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::acme;
use super::certificate_table::{Shown, Table};
use crate::cli::Failure;
use crate::configuration::{AcmeSetting, CertificateFiles, Configuration};

/// How long after a failure it is tried again.
const TRY_AGAIN: Span = Span::from_minutes(1);
/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Where certificates are from.
struct Sources {
    files: Option<CertificateFiles>,
    acme: Option<AcmeSetting>,
    authority: Option<Arc<sekisho_acme::Settings>>,
}

/// Certificates for the hosts there are now, and the task that keeps them.
struct Keeper {
    sources: Sources,
    own_hosts: [String; 4],
    control_plane: ControlPlane,
    roots: Vec<Vec<u8>>,
    certificates: Arc<Certificates>,
    hosts: BTreeSet<String>,
    orders: Acme,
    /// Where the ACME authority's certificates are published.
    ordered: watch::Receiver<Arc<State>>,
    /// What the ACME authority issued, as it is shown.
    issued: Vec<Arc<Issued>>,
    shown: Shown,
    /// When an own certificate is renewed.
    renew_at: Timestamp,
    /// The files as they were when they were last read.
    read: Option<Stamp>,
    served: watch::Sender<BTreeSet<String>>,
    until: watch::Sender<Timestamp>,
    rows: watch::Sender<Vec<CertificateRow>>,
}

/// What tells that a file was replaced, written or opened to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp([Option<(u64, u64, i64, i64)>; 2]);

/// Another setting, and where the outcome goes.
type Setting = (Sources, oneshot::Sender<Result<(), String>>);

/// What is kept.
pub(super) struct Kept {
    /// The certificates, replaced in place.
    pub(super) certificates: Arc<Certificates>,
    /// The hosts they are for.
    pub(super) served: watch::Receiver<BTreeSet<String>>,
    /// When the first of them ends.
    pub(super) until: watch::Receiver<Timestamp>,
    /// How each stands.
    pub(super) rows: CertificateRows,
    /// The orders at the ACME authority.
    pub(super) orders: Acme,
    settings: mpsc::Sender<Setting>,
}

impl Sources {
    /// Those of a configuration, with the files that it names for the ACME authority.
    fn of(configuration: &Configuration) -> Result<Self, Failure> {
        let authority = acme::settings(configuration)?;
        Ok(Self { files: configuration.certificate.clone(), acme: configuration.acme.clone(), authority })
    }

    fn ordered_hosts(&self, own_hosts: &[String; 4], hosts: &BTreeSet<String>) -> BTreeSet<String> {
        acme::hosts(self.acme.as_ref(), own_hosts, hosts)
    }
}

impl Kept {
    /// The first certificates, and the task that keeps them.
    pub(super) async fn start(
        configuration: &Configuration,
        control_plane: &ControlPlane,
        services: &Services,
    ) -> Result<Self, Failure> {
        let (own_hosts, sources) = (configuration.own_hosts(), Sources::of(configuration)?);
        let hosts = hosts(&own_hosts, &control_plane.world());
        let roots = vec![control_plane.devices.authority().device_ca_der().to_vec()];
        let table = table(&sources, &own_hosts, &hosts, &[], control_plane)?;
        let certificates = Arc::new(Certificates::new(table.certificates, &roots).map_err(Failure::usage)?);
        let ordered = sources.ordered_hosts(&own_hosts, &hosts);
        let wanted = Wanted { settings: sources.authority.clone(), hosts: ordered, turn: 0 };
        let orders = Acme::open(services, acme::answers(&certificates), wanted).await;
        let (served, seen) = watch::channel(hosts.clone());
        let (until, ends) = watch::channel(table.shown.until());
        let (rows, told) = watch::channel(table.shown.rows(&State::default()));
        let (settings, asked) = mpsc::channel(1);
        let mut keeper = Keeper {
            read: sources.files.as_ref().map(stamp),
            sources,
            own_hosts,
            control_plane: control_plane.clone(),
            roots,
            certificates: Arc::clone(&certificates),
            hosts,
            ordered: orders.state(),
            orders: orders.clone(),
            issued: Vec::new(),
            shown: table.shown,
            renew_at: table.renew_at,
            served,
            until,
            rows,
        };
        // What was issued before this start is shown from the first handshake on.
        keeper.take_issued();
        tokio::spawn(keeper.keep(asked));
        Ok(Self { certificates, served: seen, until: ends, rows: told, orders, settings })
    }

    /// Takes up another setting.
    ///
    /// # Errors
    /// Why the certificates cannot be used; the old ones stay.
    pub(super) async fn set(&self, configuration: &Configuration) -> Result<(), String> {
        let gone = "the certificates are no longer kept";
        let sources = Sources::of(configuration).map_err(|failure| failure.to_string())?;
        let (reply, outcome) = oneshot::channel();
        self.settings.send((sources, reply)).await.map_err(|_| gone)?;
        outcome.await.map_err(|_| gone)?
    }

    /// Orders nothing more: a successor does.
    pub(super) fn stop_ordering(&self) {
        self.orders.want(|wanted| *wanted = Wanted { turn: wanted.turn + 1, ..Wanted::default() });
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
                        let ordered = self.sources.ordered_hosts(&self.own_hosts, &self.hosts);
                        self.orders.want(|wanted| wanted.hosts = ordered);
                        self.renew_aloud("the hosts changed");
                    }
                }
                _ = looks.tick() => {
                    if self.is_stale() {
                        self.renew_aloud("it was time");
                    }
                }
                Ok(()) = self.ordered.changed() => self.take_issued(),
                Some((sources, reply)) = settings.recv() => {
                    // Who asked may have gone.
                    let _ = reply.send(self.set(sources));
                }
            }
        }
    }

    fn set(&mut self, sources: Sources) -> Result<(), String> {
        let before = std::mem::replace(&mut self.sources, sources);
        if let Err(why) = self.renew() {
            self.sources = before;
            return Err(why);
        }
        let (settings, hosts) =
            (self.sources.authority.clone(), self.sources.ordered_hosts(&self.own_hosts, &self.hosts));
        self.orders.want(|wanted| *wanted = Wanted { settings, hosts, turn: wanted.turn + 1 });
        Ok(())
    }

    /// Shows what the ACME authority issued, if it is something else than before.
    fn take_issued(&mut self) {
        let state = self.ordered.borrow_and_update().clone();
        let same = self.issued.len() == state.certificates.len()
            && self.issued.iter().zip(&state.certificates).all(|(one, other)| Arc::ptr_eq(one, other));
        if !same {
            self.issued.clone_from(&state.certificates);
            self.renew_aloud("the authority issued others, or one has ended");
        }
        self.rows.send_replace(self.shown.rows(&state));
    }

    /// Whether files were written since they were read, or an own certificate is to be renewed.
    fn is_stale(&self) -> bool {
        match &self.sources.files {
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
        self.read = self.sources.files.as_ref().map(stamp);
        let table = table(&self.sources, &self.own_hosts, &self.hosts, &self.issued, &self.control_plane);
        let Table { certificates, renew_at, shown } = table.map_err(|failure| failure.to_string())?;
        self.certificates.replace(certificates, &self.roots).map_err(|error| error.to_string())?;
        self.renew_at = renew_at;
        self.until.send_replace(shown.until());
        self.rows.send_replace(shown.rows(&self.ordered.borrow()));
        self.shown = shown;
        self.served.send_replace(self.hosts.clone());
        Ok(())
    }
}

/// The certificates of a setting.
fn table(
    sources: &Sources,
    own_hosts: &[String; 4],
    hosts: &BTreeSet<String>,
    issued: &[Arc<Issued>],
    control_plane: &ControlPlane,
) -> Result<Table, Failure> {
    if let Some(files) = &sources.files {
        let (certificate, until) = from_files(files, own_hosts)?;
        return Ok(Table::of_files(certificate, until));
    }
    let issued = if sources.acme.is_some() { issued } else { &[] };
    let own: Vec<String> = hosts.iter().cloned().collect();
    let own = control_plane.devices.authority().issue_server(&own, now()).map_err(Failure::failed)?;
    Ok(Table::of_authorities(own, hosts, issued))
}

fn hosts(own_hosts: &[String; 4], world: &World) -> BTreeSet<String> {
    let applications = world.resources().filter_map(|(_, resource)| resource.host.as_ref()).map(ToString::to_string);
    own_hosts.iter().cloned().chain(applications).collect()
}

fn stamp(files: &CertificateFiles) -> Stamp {
    Stamp([&files.chain, &files.key].map(|path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.ino(), metadata.len(), metadata.ctime(), metadata.ctime_nsec()))
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
    let unreadable = |error: &dyn std::fmt::Display| format!("{error}: name a readable PEM file");
    let chain = read_plain(&files.chain).map_err(|error| wrong("chain", &files.chain, &unreadable(&error)))?;
    let key = read_private_key(&files.key).map_err(|error| match error.kind() {
        std::io::ErrorKind::Other => wrong("key", &files.key, &error),
        _ => wrong("key", &files.key, &unreadable(&error)),
    })?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&chain)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong("chain", &files.chain, &unreadable(&error)))?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| wrong("key", &files.key, &unreadable(&error)))?;
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
