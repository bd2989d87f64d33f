//! The handle on the certificates that are kept.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use sekisho_acme::{Acme, Answers, Wanted};
use sekisho_authority::Authority;
use sekisho_capability::Services;
use sekisho_model::Timestamp;
use tokio::sync::{Mutex, mpsc, oneshot, watch};

use crate::keeper::{Keeper, LOOK, Told};
use crate::problem::CertificateProblem;
use crate::row::CertificateRows;
use crate::served::ServedCertificate;
use crate::sources::{OwnHosts, Sources};

/// Shows certificates to browsers in place of those before, or says why it cannot; the ones before stay then.
pub type Show = Arc<dyn Fn(Vec<ServedCertificate>) -> Result<(), String> + Send + Sync>;

/// Other sources, and where the outcome goes.
pub(crate) type Setting = (Sources, oneshot::Sender<Result<(), CertificateProblem>>);

/// The certificates that browsers see. Clones share it. Its task is that of [`capability`](crate::capability()).
#[derive(Clone)]
pub struct Certificates(Arc<Shared>);

struct Shared {
    orders: Acme,
    told: Told,
    settings: mpsc::Sender<Setting>,
    /// Taken by the task, once.
    keeper: Mutex<Option<(Keeper, mpsc::Receiver<Setting>)>>,
}

impl Certificates {
    /// Shows the first certificates. `answers` answers the ACME authority's questions on the same listeners.
    ///
    /// # Errors
    /// [`CertificateProblem`] when there is no certificate that can be shown.
    pub async fn open(
        services: &Services,
        authority: Authority,
        own: OwnHosts,
        sources: Sources,
        (show, answers): (Show, Answers),
    ) -> Result<Self, CertificateProblem> {
        let hosts = own.with_applications(&services.world.borrow());
        let orders = Acme::open(services, answers, sources.wanted(&own, &hosts, 0)).await;
        let keeper = Keeper::start(services.clone(), (authority, show), (own, hosts), sources, orders.clone())?;
        let (settings, asked) = mpsc::channel(1);
        let told = keeper.told.clone();
        Ok(Self(Arc::new(Shared { orders, told, settings, keeper: Mutex::new(Some((keeper, asked))) })))
    }

    /// Takes up other sources.
    ///
    /// # Errors
    /// Why the certificates cannot be used; the old ones stay.
    pub async fn set(&self, sources: Sources) -> Result<(), CertificateProblem> {
        let (reply, outcome) = oneshot::channel();
        self.0.settings.send((sources, reply)).await.map_err(|_| CertificateProblem::Stopped)?;
        outcome.await.map_err(|_| CertificateProblem::Stopped)?
    }

    /// Orders nothing more: a successor does.
    pub fn stop_ordering(&self) {
        self.0.orders.want(|wanted| *wanted = Wanted { turn: wanted.turn + 1, ..Wanted::default() });
    }

    /// The orders at the ACME authority.
    #[must_use]
    pub fn orders(&self) -> Acme {
        self.0.orders.clone()
    }

    /// The hosts that have a certificate.
    #[must_use]
    pub fn served(&self) -> watch::Receiver<BTreeSet<String>> {
        self.0.told.served.subscribe()
    }

    /// When the first certificate ends.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        *self.0.told.until.borrow()
    }

    /// Whether the last attempt to replace them failed.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        *self.0.told.is_stuck.borrow()
    }

    /// How each certificate stands.
    #[must_use]
    pub fn rows(&self) -> CertificateRows {
        self.0.told.rows.subscribe()
    }

    /// The keeper and what it is asked, for the task; nothing the second time.
    pub(crate) async fn take_keeper(&self) -> Option<(Keeper, mpsc::Receiver<Setting>)> {
        self.0.keeper.lock().await.take()
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificates(every {LOOK:?})")
    }
}
