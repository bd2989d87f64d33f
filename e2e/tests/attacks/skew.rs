//! TIME-04 and TIME-10: two processes on one store whose clocks differ. Within a minute each believes the other's sign-ins; beyond
//! it, who signed in in the future has not, and the log says why. What both write is in the order in which it was acknowledged.

use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sekisho_attacks::{Client, trusting};
use sekisho_e2e::instant::millis;
use sekisho_e2e::platform::{Clock, Platform};
use serde_json::Value;

use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude};
use crate::sessions::asks;
use crate::shared_store::SharedStore;

/// How long something is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A ground by the machine's clock, and a store for another process by another.
pub(crate) struct Skewed {
    ground: Ground,
    store: SharedStore,
}

/// A process of its own machine, by a clock that was so since it started: one that is set while it runs is another matter.
struct Other {
    platform: Platform,
    clock: Clock,
}

impl Skewed {
    async fn start() -> Self {
        let store = SharedStore::start().await;
        let ground = Ground::with(&["env", "SEKISHO_LOG=warn"], &store.lines()).await;
        Self { ground, store }
    }

    /// Another process whose clock is ahead by those seconds.
    async fn other(&self, seconds: i64) -> Result<Other, String> {
        let told = |trouble: sekisho_e2e::Trouble| trouble.to_string();
        let clock = Clock::ahead(seconds).map_err(told)?;
        let wrapper = clock.wrapper().map_err(told)?;
        let words: Vec<&str> = wrapper.iter().map(String::as_str).collect();
        let platform = Platform::start_with(1, &words, &self.store.lines()).await.map_err(told)?;
        Ok(Other { platform: platform.by_clock(clock.for_clients()), clock })
    }

    /// Somebody who signs in at the other process; their cookie, which opens there.
    async fn signs_in_at(&self, other: &Other, account: &str) -> Result<String, String> {
        self.ground.somebody(account).await;
        let mut person = other.platform.signed_in(account).await.map_err(|trouble| trouble.to_string())?;
        let opened = person.open(APP, "/").await.map_err(|trouble| trouble.to_string())?;
        opened.expect(200).map_err(|trouble| trouble.to_string())?;
        Ok(person.cookie(APP))
    }
}

impl At<'_> {
    /// The status for a cookie.
    async fn asks(self, cookie: &str) -> Result<u16, String> {
        let other = match self {
            At::Here(ground) => return asks(ground, cookie).await,
            At::There(other) => &other.platform,
        };
        let authority = CertificateDer::from_pem_file(other.authority()).map_err(|error| error.to_string())?;
        let tls = trusting(&authority, &[b"http/1.1"]).map_err(|error| error.to_string())?;
        let client = Client::connect(([127, 0, 0, 1], other.port()).into(), tls, APP).await;
        crate::moments::get(&mut client.map_err(|error| error.to_string())?, "/", cookie).await
    }
}

/// At which of the processes a request is made.
#[derive(Clone, Copy)]
enum At<'a> {
    Here(&'a Ground),
    There(&'a Other),
}

/// Waits until requests come out like this, which confirmed Worlds say, and sees that they go on to.
async fn comes_to(at: At<'_>, cookie: &str, expected: u16) -> Outcome {
    let began = Instant::now();
    loop {
        let status = at.asks(cookie).await?;
        if status == expected {
            break;
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{status} instead of {expected}"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // What is published every second changes nothing of it.
    while began.elapsed() < Duration::from_secs(3) {
        let status = at.asks(cookie).await?;
        if status != expected {
            return Err(format!("{status} after {expected}"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

pub(crate) fn scenarios() -> Vec<Scenario<Skewed>> {
    vec![
        Scenario::new("TIME-04e", |place| Box::pin(signed_in_there(place, "time-04e", 30, 200))),
        Scenario::new("TIME-04f", |place| Box::pin(signed_in_here(place, "time-04f", -30, 200))),
        Scenario::new("TIME-04g", |place| Box::pin(signed_in_there(place, "time-04g", 300, 401))),
        Scenario::new("TIME-04h", |place| Box::pin(signed_in_here(place, "time-04h", -300, 401))),
        Scenario::new("TIME-04i", |place| Box::pin(signed_in_there(place, "time-04i", -300, 200))),
        Scenario::new("TIME-10c", |place| Box::pin(both_write(place, 300))),
        Scenario::new("TIME-10d", |place| Box::pin(both_write(place, -300))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i5_clocks_that_differ_make_no_sign_in_fresher() {
    let place = Skewed::start().await;
    let scenarios = scenarios();
    let mut failures = Vec::new();
    for scenario in &scenarios {
        failures.extend(scenario.alone(&place).await.err());
    }
    let Skewed { ground, store: _store } = place;
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("TIME (skew)", scenarios.len(), &failures);
}

/// Who signs in where the clock is so much ahead, and goes on here.
async fn signed_in_there(place: &Skewed, account: &str, seconds: i64, expected: u16) -> Outcome {
    let other = place.other(seconds).await?;
    let cookie = place.signs_in_at(&other, account).await?;
    comes_to(At::Here(&place.ground), &cookie, expected).await?;
    let told = place.ground.platform.log().contains("is so many seconds ahead of this one");
    match seconds {
        30 if told => Err("half a minute is told of in the log".to_owned()),
        300 if !told => Err("the log does not tell of five minutes".to_owned()),
        _ => other.is_whole().await,
    }
}

/// Who signs in here, and goes on where the clock is so much ahead, or behind.
async fn signed_in_here(place: &Skewed, account: &str, seconds: i64, expected: u16) -> Outcome {
    let other = place.other(seconds).await?;
    let cookie = place.ground.somebody(account).await.cookie(APP);
    comes_to(At::Here(&place.ground), &cookie, 200).await?;
    comes_to(At::There(&other), &cookie, expected).await?;
    other.is_whole().await
}

/// TIME-10: both write a document in turn. The history has the order of acknowledgement, and each writer's own time.
async fn both_write(place: &Skewed, seconds: i64) -> Outcome {
    let other = place.other(seconds).await?;
    let id = format!("time-10-{seconds}");
    let mut written = Vec::new();
    for round in 0..6 {
        let there = round % 2 == 1;
        let platform = if there { &other.platform } else { &place.ground.platform };
        let name = format!("{id} of round {round}");
        let group = format!("[[group]]\nid = \"{id}\"\nname = \"{name}\"\n");
        platform.apply(&[("group.toml", &group)]).await.map_err(|trouble| trouble.to_string())?;
        let clock = if there { other.clock.now() } else { other.clock.now() - seconds };
        written.push((name, clock));
    }
    for platform in [&place.ground.platform, &other.platform] {
        let shown = platform.command(&["group", "show", &id]).await.map_err(|trouble| trouble.to_string())?;
        let history = shown.get("history").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut entries: Vec<(i64, String, i64)> = history
            .iter()
            .map(|entry| {
                let number = |at: &str| entry.pointer(at).and_then(Value::as_i64).unwrap_or_default();
                let at = entry.pointer("/at").and_then(millis).unwrap_or_default();
                (number("/revision"), crate::record::text(entry, "/body/name"), at / 1000)
            })
            .collect();
        entries.sort();
        let right = entries.len() == written.len()
            && entries
                .iter()
                .zip(&written)
                .all(|((_, name, at), (wanted, clock))| name == wanted && (at - clock).abs() < 20);
        if !right {
            return Err(format!("{written:?} was written, {shown} is the history"));
        }
    }
    other.is_whole().await
}

impl Other {
    /// Its record is whole.
    async fn is_whole(&self) -> Outcome {
        let folder = self.platform.data().join("ledger").display().to_string();
        let verified = self.platform.command(&["ledger", "verify", &folder]).await;
        verified.map(drop).map_err(|trouble| trouble.to_string())
    }
}
