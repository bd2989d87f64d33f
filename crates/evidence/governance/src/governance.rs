//! The handle: the newest assessment.

use std::sync::Arc;

use sekisho_capability::Services;
use tokio::sync::watch;

use crate::assessment::Assessment;
use crate::control::KINDS;
use crate::seen::Seen;

/// How the installation stands. A cheap handle.
#[derive(Debug, Clone, Default)]
pub struct Governance(watch::Sender<Option<Arc<Assessment>>>);

impl Governance {
    /// The newest assessment; `None` until the first is made.
    #[must_use]
    pub fn newest(&self) -> Option<Arc<Assessment>> {
        self.0.borrow().clone()
    }

    /// Measures everything and publishes the assessment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn assess(&self, services: &Services) -> Result<Arc<Assessment>, String> {
        let kinds = KINDS.into_iter().flatten().copied();
        let assessment = Arc::new(Assessment::of(&Seen::read(services, kinds).await?));
        self.0.send_replace(Some(assessment.clone()));
        Ok(assessment)
    }
}
