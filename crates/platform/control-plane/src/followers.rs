//! Who decides on the World besides the control plane, and how far each of them has followed it.

use tokio::sync::watch;

/// The followers of this process: the gateway's workers.
#[derive(Debug, Clone)]
pub struct Followers(watch::Sender<Vec<watch::Receiver<u64>>>);

impl Default for Followers {
    fn default() -> Self {
        Self(watch::Sender::new(Vec::new()))
    }
}

impl Followers {
    /// Names them, each by the revision of the World that it decides on.
    pub fn set(&self, followers: Vec<watch::Receiver<u64>>) {
        self.0.send_replace(followers);
    }

    /// Returns when each of them decides on a World of this revision or a later one. Who has ended decides nothing.
    pub(crate) async fn reach(&self, revision: u64) {
        let followers = self.0.borrow().clone();
        for mut follower in followers {
            let _ = follower.wait_for(|seen| *seen >= revision).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::task::{Context, Waker};

    use super::*;

    fn is_ready(future: Pin<&mut impl Future>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_revision_is_reached_when_the_last_follower_has_it() {
        let followers = Followers::default();
        assert!(is_ready(pin!(followers.reach(9))), "nobody follows");
        let (first, sees_first) = watch::channel(8);
        let (second, sees_second) = watch::channel(9);
        followers.set(vec![sees_first, sees_second]);
        let mut reached = pin!(followers.reach(9));
        assert!(!is_ready(reached.as_mut()), "the first has not");
        first.send_replace(10);
        assert!(is_ready(reached), "both have");
        first.send_replace(11);
        let mut next = pin!(followers.reach(11));
        assert!(!is_ready(next.as_mut()), "the second has not");
        drop(second);
        assert!(is_ready(next), "the second has ended");
    }
}
