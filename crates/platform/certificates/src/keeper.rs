//! The task that keeps certificates.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sekisho_acme::{Acme, Issued, State};
use sekisho_authority::Authority;
use sekisho_capability::{Services, Turns};
use sekisho_model::{Span, Timestamp};
use tokio::sync::{mpsc, watch};

use crate::certificates::{Setting, Show};
use crate::files::Stamp;
use crate::problem::CertificateProblem;
use crate::row::CertificateRow;
use crate::served::ServedCertificate;
use crate::sources::{OwnHosts, Sources};
use crate::table::{Ingredients, Shown, Table};

/// How long after a failure it is tried again.
const TRY_AGAIN: Span = Span::from_minutes(1);
/// How often files are looked at.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// Certificates for the hosts there are now.
pub(crate) struct Keeper {
    services: Services,
    authority: Authority,
    show: Show,
    own: OwnHosts,
    hosts: BTreeSet<String>,
    sources: Sources,
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
    pub(crate) told: Told,
}

/// What others may see of the certificates. Clones share it.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) served: watch::Sender<BTreeSet<String>>,
    pub(crate) until: watch::Sender<Timestamp>,
    pub(crate) rows: watch::Sender<Vec<CertificateRow>>,
    pub(crate) is_stuck: watch::Sender<bool>,
}

impl Told {
    fn new(hosts: &BTreeSet<String>, shown: &Shown) -> Self {
        Self {
            served: watch::Sender::new(hosts.clone()),
            until: watch::Sender::new(shown.until()),
            rows: watch::Sender::new(shown.rows(&State::default())),
            is_stuck: watch::Sender::new(false),
        }
    }
}

impl Keeper {
    /// Shows the first certificates.
    pub(crate) fn start(
        services: Services,
        (authority, show): (Authority, Show),
        (own, hosts): (OwnHosts, BTreeSet<String>),
        sources: Sources,
        orders: Acme,
    ) -> Result<Self, CertificateProblem> {
        let read = sources.files.as_ref().map(crate::Files::stamp);
        let now = services.clock.now();
        let from = Ingredients { own: &own, hosts: &hosts, issued: &[], authority: &authority, now };
        let Table { certificates, renew_at, shown } = Table::of(&sources, &from)?;
        show(certificates).map_err(CertificateProblem::Shown)?;
        let told = Told::new(&hosts, &shown);
        let ordered = orders.state();
        let issued = Vec::new();
        let mut keeper = Self {
            services,
            authority,
            show,
            own,
            hosts,
            sources,
            orders,
            ordered,
            issued,
            shown,
            renew_at,
            read,
            told,
        };
        // What was issued before this start is shown from the first handshake on.
        keeper.take_issued();
        Ok(keeper)
    }

    /// Keeps them until the platform stops.
    pub(crate) async fn keep(mut self, mut asked: mpsc::Receiver<Setting>, mut turns: Turns) {
        let mut world = self.services.world.clone();
        world.mark_changed();
        loop {
            let goes_on = {
                let mut turn = pin!(turns.next());
                loop {
                    tokio::select! {
                        Ok(()) = world.changed() => {
                            let hosts = self.own.with_applications(&world.borrow_and_update());
                            self.serve(hosts);
                        }
                        Ok(()) = self.ordered.changed() => self.take_issued(),
                        Some((sources, reply)) = asked.recv() => {
                            // Who asked may have gone.
                            let _ = reply.send(self.set(sources));
                        }
                        goes_on = &mut turn => break goes_on,
                    }
                }
            };
            if !goes_on {
                return;
            }
            let outcome = if self.is_stale() { self.renew_aloud("it was time") } else { Ok(()) };
            turns.ended(outcome);
        }
    }

    /// Serves these hosts.
    fn serve(&mut self, hosts: BTreeSet<String>) {
        if hosts == self.hosts {
            return;
        }
        self.hosts = hosts;
        let ordered = self.sources.ordered(&self.own, &self.hosts);
        self.orders.want(|wanted| wanted.hosts = ordered);
        // A failure is in the log and tried again when its time comes.
        let _ = self.renew_aloud("the hosts changed");
    }

    fn set(&mut self, sources: Sources) -> Result<(), CertificateProblem> {
        let before = std::mem::replace(&mut self.sources, sources);
        if let Err(why) = self.renew() {
            self.sources = before;
            return Err(why);
        }
        self.orders.want(|wanted| *wanted = self.sources.wanted(&self.own, &self.hosts, wanted.turn + 1));
        Ok(())
    }

    /// Shows what the ACME authority issued, if it is something else than before.
    fn take_issued(&mut self) {
        let state = self.ordered.borrow_and_update().clone();
        let same = self.issued.len() == state.certificates.len()
            && self.issued.iter().zip(&state.certificates).all(|(one, other)| Arc::ptr_eq(one, other));
        if !same {
            self.issued.clone_from(&state.certificates);
            // As in `serve`.
            let _ = self.renew_aloud("the authority issued others, or one has ended");
        }
        self.told.rows.send_replace(self.shown.rows(&state));
    }

    /// Whether files were written since they were read, or an own certificate is to be renewed.
    fn is_stale(&self) -> bool {
        match &self.sources.files {
            Some(files) => self.read != Some(files.stamp()),
            None => self.services.clock.now() >= self.renew_at,
        }
    }

    fn renew_aloud(&mut self, why: &str) -> Result<(), String> {
        let outcome = self.renew();
        match &outcome {
            Ok(()) => tracing::info!(why, "the certificates were replaced"),
            Err(error) => {
                self.renew_at = self.services.clock.now().plus(TRY_AGAIN);
                self.told.is_stuck.send_replace(true);
                tracing::error!(%error, "the certificates could not be replaced; the old ones stay");
            }
        }
        outcome.map_err(|error| error.to_string())
    }

    fn renew(&mut self) -> Result<(), CertificateProblem> {
        // What is written after this is read at the next look.
        self.read = self.sources.files.as_ref().map(crate::Files::stamp);
        let Table { certificates, renew_at, shown } = self.table()?;
        self.show(certificates)?;
        self.renew_at = renew_at;
        self.told.until.send_replace(shown.until());
        self.told.rows.send_replace(shown.rows(&self.ordered.borrow()));
        self.told.is_stuck.send_replace(false);
        self.shown = shown;
        self.told.served.send_replace(self.hosts.clone());
        Ok(())
    }

    fn table(&self) -> Result<Table, CertificateProblem> {
        let now = self.services.clock.now();
        let from =
            Ingredients { own: &self.own, hosts: &self.hosts, issued: &self.issued, authority: &self.authority, now };
        Table::of(&self.sources, &from)
    }

    fn show(&self, certificates: Vec<ServedCertificate>) -> Result<(), CertificateProblem> {
        (self.show)(certificates).map_err(CertificateProblem::Shown)
    }
}
