//! Somebody who is signed in and works while others attack: invariant I7.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use sekisho_e2e::client::{Connector, Keeping};
use sekisho_e2e::platform::Platform;
use tokio::task::JoinHandle;

use crate::ground::CALM;

/// Whoever works comes from another address than whoever attacks.
const DESK: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 200);

/// The longest that an answer may take while others attack, on a machine that does not stand still itself.
const LONGEST: Duration = Duration::from_secs(2);
/// How often it is looked whether the machine stands still.
const LOOK: Duration = Duration::from_millis(10);

/// The bystander.
#[derive(Clone)]
pub(crate) struct Bystander {
    connector: Connector,
    cookie: String,
}

/// The bystander at work, asking again and again.
pub(crate) struct AtWork {
    done: Arc<AtomicBool>,
    working: JoinHandle<Worked>,
    standing: std::thread::JoinHandle<Duration>,
}

/// How the work went.
#[derive(Debug, Default)]
pub(crate) struct Worked {
    pub(crate) answers: usize,
    pub(crate) errors: Vec<String>,
    pub(crate) longest: Duration,
    /// The longest that a thread of this program was late: what the machine, busy with other work, adds to everything.
    pub(crate) stood_still: Duration,
}

impl Worked {
    /// An answer takes several turns of both programs, and each of them may be late.
    fn is_well(&self, longest: Duration) -> bool {
        self.errors.is_empty() && self.answers > 0 && self.longest <= longest + 4 * self.stood_still
    }
}

impl fmt::Display for Worked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answers, longest, stood_still, .. } = self;
        write!(
            f,
            "bystander: {answers} answers, no error, longest {longest:?} (machine stood still for {stood_still:?})"
        )
    }
}

impl Bystander {
    pub(crate) async fn come(platform: &Platform) -> Self {
        let mut person = platform.signed_in("bystander").await.unwrap();
        person.open(CALM, "/").await.unwrap().expect(200).unwrap();
        Self { connector: platform.connector().unwrap().from(DESK), cookie: person.cookie(CALM) }
    }

    /// One request on a connection of its own.
    pub(crate) async fn asks(&self) -> Result<(), String> {
        let mut connection = self.connector.keep(CALM).await.map_err(|trouble| trouble.to_string())?;
        self.asks_on(&mut connection).await
    }

    async fn asks_on(&self, connection: &mut Keeping) -> Result<(), String> {
        let host = format!("{CALM}:{}", self.connector.port());
        let request = Request::get("/").header("Host", host).header("Cookie", &self.cookie);
        let request = request.body(Full::new(Bytes::new())).map_err(|error| error.to_string())?;
        let response = connection.send(request).await.map_err(|trouble| trouble.to_string())?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        if status == 200 && &body[..] == b"calm" { Ok(()) } else { Err(format!("{status} for the bystander")) }
    }

    /// Works on one kept connection and, every fifth time, on a new one.
    pub(crate) fn work(&self) -> AtWork {
        let (this, done) = (self.clone(), Arc::new(AtomicBool::new(false)));
        let is_done = done.clone();
        let working = tokio::spawn(async move {
            let mut worked = Worked::default();
            let mut kept = this.connector.keep(CALM).await.ok();
            while !is_done.load(Ordering::Relaxed) {
                let began = Instant::now();
                let asked = match &mut kept {
                    Some(connection) if worked.answers % 5 != 4 => this.asks_on(connection).await,
                    Some(_) => this.asks().await,
                    None => Err("no connection for the bystander".to_owned()),
                };
                worked.longest = worked.longest.max(began.elapsed());
                match asked {
                    Ok(()) => worked.answers += 1,
                    Err(error) => {
                        worked.errors.push(error);
                        kept = this.connector.keep(CALM).await.ok();
                    }
                }
                // A person's rhythm; nobody waits for it.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            worked
        });
        AtWork { working, standing: stands_still(done.clone()), done }
    }
}

impl AtWork {
    /// Ends the work: there must have been some, and neither an error nor an answer that took long.
    pub(crate) async fn ends_well(self) -> Result<Worked, String> {
        self.ends_well_within(LONGEST).await
    }

    /// The same where an answer may take that long.
    pub(crate) async fn ends_well_within(self, longest: Duration) -> Result<Worked, String> {
        self.done.store(true, Ordering::Relaxed);
        let mut worked = self.working.await.map_err(|error| error.to_string())?;
        worked.stood_still = self.standing.join().map_err(|_| "the watch of the machine ended")?;
        if worked.is_well(longest) { Ok(worked) } else { Err(format!("I7: {worked:?}")) }
    }
}

/// Watches until it is done how late a thread of its own is at the most.
fn stands_still(done: Arc<AtomicBool>) -> std::thread::JoinHandle<Duration> {
    std::thread::spawn(move || {
        let mut latest = Duration::ZERO;
        while !done.load(Ordering::Relaxed) {
            let began = Instant::now();
            std::thread::sleep(LOOK);
            latest = latest.max(began.elapsed().saturating_sub(LOOK));
        }
        latest
    })
}
