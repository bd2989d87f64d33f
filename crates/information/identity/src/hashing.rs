//! Where passwords are hashed: as many at once as there are cores, a bounded queue before them, and no more.

use std::sync::Arc;

use tokio::sync::Semaphore;

use sekisho_model::Timestamp;

use crate::password::StoredPassword;
use crate::{Failure, Secret};

/// How many may wait for a core. At some 25 ms each the last one waits about a second.
const QUEUE: usize = 64;

/// The place where passwords are hashed. A hash takes 19 MiB, so their number at once must be bounded.
#[derive(Clone)]
pub(crate) struct Hashing {
    admitted: Arc<Semaphore>,
    cores: Arc<Semaphore>,
}

impl Hashing {
    /// A place for the cores of this machine.
    pub(crate) fn new() -> Self {
        Self::with(std::thread::available_parallelism().map_or(1, std::num::NonZero::get), QUEUE)
    }

    fn with(cores: usize, queue: usize) -> Self {
        Self { admitted: Arc::new(Semaphore::new(cores + queue)), cores: Arc::new(Semaphore::new(cores)) }
    }

    /// Hashes a new password.
    pub(crate) async fn make(&self, password: Secret, now: Timestamp) -> Result<StoredPassword, Failure> {
        self.run(move || StoredPassword::make(&password, now)).await
    }

    /// Whether it is this password.
    pub(crate) async fn matches(&self, stored: StoredPassword, password: Secret) -> Result<bool, Failure> {
        self.run(move || stored.matches(&password)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Failure::Busy)?;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| Failure::Busy)?;
        // The permits go with the work: a caller that hangs up does not free a core that is still busy.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (admitted, core);
            work()
        });
        done.await.unwrap_or(Err(Failure::Unavailable("check passwords")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_the_queue_is_refused_at_once() {
        let hashing = Hashing::with(1, 1);
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let first = hashing.run(move || wait.recv().map_err(|_| Failure::Busy));
        let second = hashing.run(|| Ok(()));
        let third = async {
            let refused = hashing.run(|| Ok(())).await;
            release.send(()).expect("the first still runs");
            refused
        };
        let (first, second, third) = tokio::join!(first, second, third);
        assert_eq!((first, second, third), (Ok(()), Ok(()), Err(Failure::Busy)));
    }
}
