//! One seed: a story of acts and misfortunes, what must be true after each step, and how it ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sekisho_model::Span;
use tokio::time::{Instant, sleep};

use crate::chance::Chance;
use crate::database::{ACCOUNTS, Database, State, Way, Write, end, session, user, wiki};
use crate::gateway::{Clock, Gateway, LEASE};

const GATEWAYS: usize = 3;
const STEPS: usize = 30;
/// What is open is looked at once a second, and that is noticed within this.
const TICK: Duration = Duration::from_millis(1_001);
/// What was lost is given up after 10 seconds; then everything is read again.
const RECOVERED: Duration = Duration::from_secs(15);
/// Fact to cut, in a network that is well.
const SOON: Duration = Duration::from_secs(1);
const TWO_HOURS: Span = Span::from_seconds(7200);

/// What a story came to.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) permits: u64,
    pub(crate) refusals: u64,
    /// Each answer with its time.
    pub(crate) story: Vec<(Duration, usize, u8, bool)>,
}

struct Cluster {
    chance: Chance,
    database: Arc<Mutex<Database>>,
    gateways: Vec<Gateway>,
    began: Instant,
    seen: Seen,
}

/// Plays the story of a seed.
pub(crate) fn run(seed: u64) -> Result<Seen, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut cluster = Cluster::start(seed).await;
        let played = cluster.play().await;
        cluster.database.lock().unwrap().close();
        played.map(|()| cluster.seen)
    })
}

impl Cluster {
    async fn play(&mut self) -> Result<(), String> {
        for step in 0..STEPS {
            self.step().await;
            self.holds().map_err(|error| format!("step {step}: {error}"))?;
        }
        self.comes_right().await
    }

    async fn start(seed: u64) -> Self {
        let (chance, database, began) = (Chance::new(seed), Database::new(), Instant::now());
        let mut gateways: Vec<_> =
            (0..GATEWAYS).map(|_| Gateway::new(Way::to(&database, &chance), Clock::new())).collect();
        for gateway in &mut gateways {
            gateway.start().await;
        }
        let seen = Seen { permits: 0, refusals: 0, story: Vec::new() };
        Self { chance, database, gateways, began, seen }
    }

    async fn step(&mut self) {
        let at = self.chance.one_of(&[0, 1, 2]);
        match self.chance.below(12) {
            0..=4 => self.act(at),
            5 => self.gateways[at].way.becomes(State::Held),
            6 => self.gateways[at].way.becomes(State::Broken),
            7 => self.gateways[at].way.becomes(State::Lossy),
            8 => self.gateways[at].way.becomes(State::Well),
            9 => self.gateways[at].kill(),
            10 => self.database.lock().unwrap().forget(),
            _ => {
                let off_by = [Span::from_seconds(0), TWO_HOURS, Span::from_seconds(-7200)];
                self.gateways[at].clock.set(self.chance.one_of(&off_by));
            }
        }
        sleep(self.chance.up_to(Duration::from_secs(2))).await;
        for gateway in &mut self.gateways {
            // It tries for a while, as whoever supervises it would let it.
            let _ = tokio::time::timeout(Duration::from_millis(100), gateway.start()).await;
        }
    }

    /// Somebody changes something through one gateway, and does not wait for it.
    fn act(&self, at: usize) {
        let (way, writes) = (self.gateways[at].way.clone(), self.writes());
        tokio::spawn(async move { way.commit(writes).await });
    }

    fn writes(&self) -> Vec<Write> {
        let account = self.chance.one_of(&ACCOUNTS);
        match self.chance.below(8) {
            0 | 1 => vec![end(session(account))],
            2 | 3 => vec![user(account, &["staff"], "active"), session(account)],
            4 => vec![user(account, &["staff"], "disabled"), end(session(account))],
            5 => vec![user(account, &["guests"], "active")],
            6 if self.chance.is(300) => vec![end(wiki())],
            _ => vec![wiki(), session(account)],
        }
    }

    /// Nobody is permitted, and nothing is open, but who was permitted at some moment of the last lease; and whoever was
    /// permitted at all of them is.
    fn holds(&mut self) -> Result<(), String> {
        let database = self.database.lock().unwrap();
        for (number, gateway) in self.gateways.iter_mut().enumerate() {
            for account in gateway.open() {
                let refused = database.truth.has_been(false, account);
                if refused > LEASE + TICK {
                    return Err(format!("gateway {number} keeps {account} open, {refused:?} after the end"));
                }
            }
            for account in ACCOUNTS {
                let (sure, permits) = (gateway.is_sure(), gateway.permits(account));
                let [refused, permitted] = [false, true].map(|is| database.truth.has_been(is, account));
                if permits && refused > LEASE {
                    return Err(format!("gateway {number} permits {account}, {refused:?} after the end"));
                }
                if sure && !permits && permitted > LEASE {
                    return Err(format!("gateway {number} refuses {account}, {permitted:?} after the beginning"));
                }
                if gateway.revision() > Some(database.revision()) {
                    return Err(format!("gateway {number} is ahead of the database"));
                }
                self.seen.permits += u64::from(permits);
                self.seen.refusals += u64::from(!permits);
                self.seen.story.push((self.began.elapsed(), number, account, permits));
            }
        }
        Ok(())
    }

    /// The network and the clocks are well again: everybody gets what is true, and what ends is cut everywhere within a second.
    async fn comes_right(&mut self) -> Result<(), String> {
        for gateway in &mut self.gateways {
            gateway.way.becomes(State::Well);
            gateway.clock.set(Span::from_seconds(0));
        }
        sleep(RECOVERED).await;
        for gateway in &mut self.gateways {
            gateway.start().await;
        }
        self.says_what_is_true("afterwards")?;
        let all: Vec<Write> =
            ACCOUNTS.iter().flat_map(|one| [user(*one, &["staff"], "active"), session(*one)]).collect();
        let everybody = [vec![wiki()], all].concat();
        let nobody: Vec<Write> = ACCOUNTS.iter().map(|one| end(session(*one))).collect();
        for (what, writes) in [("let in", everybody), ("sent away", nobody)] {
            let at = self.chance.one_of(&[0, 1, 2]);
            self.gateways[at].way.commit(writes).await.map_err(|error| error.to_string())?;
            sleep(SOON).await;
            self.says_what_is_true(what)?;
        }
        match self.gateways.iter().map(|gateway| gateway.open().len()).sum() {
            0 => Ok(()),
            open => Err(format!("{open} streams are open of people who were sent away")),
        }
    }

    fn says_what_is_true(&mut self, when: &str) -> Result<(), String> {
        self.holds()?;
        let database = self.database.lock().unwrap();
        for (number, gateway) in self.gateways.iter_mut().enumerate() {
            for account in ACCOUNTS {
                let (says, is) = (gateway.permits(account), database.truth.now(account));
                if says != is {
                    return Err(format!("{when}: gateway {number} says {says} of {account}, which is {is}"));
                }
            }
        }
        Ok(())
    }
}
