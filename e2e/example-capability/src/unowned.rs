//! The state of the example: how many resources nobody owns.

use sekisho_capability::Services;
use tokio::sync::watch;

/// How many resources nobody owns. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Unowned(watch::Sender<usize>);

impl Unowned {
    /// The last count.
    #[must_use]
    pub fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Counts the resources of the World that have no owner.
    pub(crate) fn recount(&self, services: &Services) {
        let world = services.world.borrow().clone();
        self.0.send_replace(world.resources().filter(|(_, resource)| resource.owner.is_none()).count());
    }
}
