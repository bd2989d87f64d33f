//! The handle: the newest figures, the places of live pages, and the end of them all.

use std::fmt;
use std::sync::Arc;

use sekisho_model::{SessionId, Timestamp};
use tokio::sync::watch;

use crate::figures::Figures;
use crate::places::{Place, Places};

/// When a backup was last made, if ever.
type BackedUp = Arc<dyn Fn() -> Option<Timestamp> + Send + Sync>;

/// The figures, and who watches them. A cheap handle.
#[derive(Clone)]
pub struct Overview {
    figures: watch::Sender<Arc<Figures>>,
    is_closing: watch::Sender<bool>,
    places: Places,
    backed_up: BackedUp,
}

impl Overview {
    /// An overview without figures: its task computes them. `backed_up` says when a backup was last made.
    #[must_use]
    pub fn new(backed_up: impl Fn() -> Option<Timestamp> + Send + Sync + 'static) -> Self {
        Self {
            figures: watch::Sender::new(Arc::new(Figures::empty())),
            is_closing: watch::Sender::new(false),
            places: Places::default(),
            backed_up: Arc::new(backed_up),
        }
    }

    /// The newest figures, and each that comes after them.
    #[must_use]
    pub fn figures(&self) -> watch::Receiver<Arc<Figures>> {
        self.figures.subscribe()
    }

    /// Publishes figures.
    pub fn publish(&self, figures: Figures) {
        self.figures.send_replace(Arc::new(figures));
    }

    /// A place for a live page of this session; `None` where there are as many as there may be.
    #[must_use]
    pub fn place(&self, session: SessionId) -> Option<Place> {
        self.places.take(session)
    }

    /// Ends every live page: the process stops, or another one serves.
    pub fn close(&self) {
        self.is_closing.send_replace(true);
    }

    /// Whether live pages must end.
    #[must_use]
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.is_closing.subscribe()
    }

    pub(crate) fn backed_up(&self) -> Option<Timestamp> {
        (self.backed_up)()
    }
}

impl fmt::Debug for Overview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overview")
    }
}
