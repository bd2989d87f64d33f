//! Waits for what another task or process does, where no event tells of it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How often the condition is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// How long a test waits before it fails. Long, because machines that run tests are busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks until there is a value, and returns it. Fails the test after 30 seconds, naming `what` was waited for.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < until, "waited {} s in vain for {what}", PATIENCE.as_secs());
        sleep(LOOK).await;
    }
}
