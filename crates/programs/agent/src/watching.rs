//! The facts that are read when the kernel says that something changed, and at a long period in case it did not say so.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, interval, sleep};

use crate::changes::{Changes, Places, Subject};
use crate::facts::{self, Facts};

/// How often each group is read when nothing changes.
const PERIOD: Duration = Duration::from_secs(15 * 60);
/// Writers change several files at once: this long is waited for the rest.
const SETTLE: Duration = Duration::from_millis(30);
/// So many readings that found nothing new are made at once; each further one waits for [`REFILL`]. A program that touches files
/// all the time so costs little.
const READINGS: u32 = 8;
const REFILL: Duration = Duration::from_secs(2);

/// Facts that are read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// That packages changed; they are read with the report.
    Packages,
    /// Waiting updates: what is installed, and the lists.
    Updates,
    /// What files of the machine's configuration say.
    Settings,
    /// The firewall.
    Firewall,
    /// Screen lock and clock: asked of other programs, which do not say when they change.
    Desk,
}

impl Group {
    const ALL: [Self; 5] = [Self::Packages, Self::Updates, Self::Settings, Self::Firewall, Self::Desk];

    const fn is_changed_by(self, subject: Subject) -> bool {
        match subject {
            Subject::Packages => matches!(self, Self::Packages | Self::Updates),
            Subject::Settings => matches!(self, Self::Settings),
            Subject::Firewall => matches!(self, Self::Firewall),
        }
    }

    async fn read(self) -> Facts {
        match self {
            Self::Packages => Facts::new(),
            Self::Updates => facts::updates().await,
            Self::Settings => facts::settings().await,
            Self::Firewall => facts::firewall().await,
            Self::Desk => facts::desk().await,
        }
    }
}

/// Watches until the receiver is dropped. Each message is a whole group: a fact that is not in it is not known any more.
pub(crate) fn watch(places: Places) -> mpsc::Receiver<(Group, Facts)> {
    let (sender, receiver) = mpsc::channel(8);
    let wakes: Arc<[(Group, Notify)]> = Group::ALL.into_iter().map(|group| (group, Notify::new())).collect();
    for index in 0..wakes.len() {
        tokio::spawn(read_group(index, Arc::clone(&wakes), sender.clone()));
    }
    tokio::spawn(async move {
        tokio::select! {
            () = wake(places, &wakes) => {}
            () = sender.closed() => {}
        }
    });
    receiver
}

/// Wakes the readers of what changed. Ends when nothing can be watched; the readers then keep their period.
async fn wake(places: Places, wakes: &[(Group, Notify)]) {
    let mut changes = match Changes::open(places) {
        Ok(changes) => changes,
        Err(error) => return tracing::warn!(%error, "changes are not watched: facts are read every 15 minutes"),
    };
    // What changed before the watches stood was not told.
    wakes.iter().for_each(|(_, wake)| wake.notify_one());
    loop {
        match changes.next().await {
            Ok(subjects) => {
                let is_changed = |group: Group| subjects.iter().any(|subject| group.is_changed_by(*subject));
                wakes.iter().filter(|(group, _)| is_changed(*group)).for_each(|(_, wake)| wake.notify_one());
            }
            Err(error) => return tracing::warn!(%error, "changes are not watched any more"),
        }
    }
}

/// Reads one group at its period and when it is woken. A change during a reading is kept for the next one.
async fn read_group(index: usize, wakes: Arc<[(Group, Notify)]>, sender: mpsc::Sender<(Group, Facts)>) {
    let Some((group, wake)) = wakes.get(index) else { return };
    let mut ticks = interval(PERIOD);
    let mut budget = Budget::new(Instant::now());
    let mut last = None;
    loop {
        let woken = tokio::select! {
            _ = ticks.tick() => false,
            () = wake.notified() => true,
            () = sender.closed() => return,
        };
        if woken {
            sleep(SETTLE.max(budget.take(Instant::now()))).await;
        }
        let facts = group.read().await;
        let is_new = last.as_ref() != Some(&facts);
        if is_new {
            budget.give_back();
        }
        // That packages changed is the message itself.
        if is_new || *group == Group::Packages {
            last = Some(facts.clone());
            if sender.send((*group, facts)).await.is_err() {
                return;
            }
        }
    }
}

/// How many readings may still be made at once.
struct Budget {
    left: u32,
    filled_at: Instant,
}

impl Budget {
    const fn new(now: Instant) -> Self {
        Self { left: READINGS, filled_at: now }
    }

    /// Takes one, and says how long to wait before it is used.
    fn take(&mut self, now: Instant) -> Duration {
        while self.left < READINGS && now.saturating_duration_since(self.filled_at) >= REFILL {
            self.left += 1;
            self.filled_at += REFILL;
        }
        if self.left == READINGS {
            self.filled_at = now;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Duration::ZERO
            }
            None => {
                let due = self.filled_at + REFILL;
                self.filled_at = due;
                due.saturating_duration_since(now)
            }
        }
    }

    /// A reading that found something new was worth its cost.
    fn give_back(&mut self) {
        self.left = (self.left + 1).min(READINGS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_in_vain_become_rare_and_useful_ones_do_not() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for _ in 0..100 {
            assert_eq!(budget.take(start), Duration::ZERO);
            budget.give_back();
        }
        for _ in 0..READINGS {
            assert_eq!(budget.take(start), Duration::ZERO);
        }
        assert_eq!(budget.take(start), REFILL);
        let later = start + REFILL * 4;
        assert_eq!(budget.take(later), Duration::ZERO);
    }

    #[test]
    fn every_group_but_the_desk_is_woken_by_something() {
        for group in Group::ALL {
            let woken = Subject::ALL.into_iter().any(|subject| group.is_changed_by(subject));
            assert_eq!(woken, group != Group::Desk, "{group:?}");
        }
    }
}
