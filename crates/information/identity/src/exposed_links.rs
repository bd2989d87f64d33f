//! Enrolment links in requests that others than the portal could have read: they become void.

use sekisho_capability::Clock;
use tokio::sync::mpsc;

use crate::Identity;

/// How many paths wait.
const WAITING: usize = 64;

impl Identity {
    /// Takes paths of our own hosts, and makes void every link that `token_in` finds in one. Ends with its last sender.
    #[must_use]
    pub fn void_exposed(&self, token_in: fn(&str) -> Option<String>, clock: Clock) -> mpsc::Sender<String> {
        let (exposed, mut paths) = mpsc::channel::<String>(WAITING);
        let identity = self.clone();
        tokio::spawn(async move {
            while let Some(path) = paths.recv().await {
                let Some(token) = token_in(&path) else { continue };
                if let Err(failure) = identity.void_link(&token, clock.now()).await {
                    tracing::warn!(%failure, "an enrolment link in a refused request was not made void");
                }
            }
        });
        exposed
    }
}
