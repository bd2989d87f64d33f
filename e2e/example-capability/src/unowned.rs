//! The state of the example: the resources that nobody owns.

use sekisho_capability::Services;
use tokio::sync::watch;

/// The resources that nobody owns. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Unowned(watch::Sender<Vec<String>>);

impl Unowned {
    /// The resources of the last look, in order.
    #[must_use]
    pub fn resources(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    /// Looks for the resources of the World that have no owner.
    pub(crate) fn look(&self, services: &Services) {
        let world = services.world.borrow().clone();
        let unowned = world.resources().filter(|(_, resource)| resource.owner.is_none());
        let mut unowned: Vec<String> = unowned.map(|(_, resource)| resource.id.to_string()).collect();
        unowned.sort();
        self.0.send_replace(unowned);
    }
}
