//! SESS-08, SESS-09: a gateway whose way to the store is cut serves for as long as its lease says and not longer, and no message
//! that is lost, late or told again brings a session back. A second process on the same store says what the first one misses.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sekisho_attacks::Client;
use sekisho_e2e::peer::server_address;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::services::{Passage, State};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude};
use crate::sessions::{asks, ends_within};
use crate::shared_store::SharedStore;

/// How long decisions may rest on what is no longer confirmed.
const LEASE: Duration = Duration::from_secs(3);
/// What the lease may be late by: the World is confirmed once a second, and looked at once a second.
const LATE: Duration = Duration::from_secs(5);
/// How long something is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A ground whose store is behind a passage, and another process on the store itself.
pub(crate) struct Parted {
    ground: Ground,
    other: Platform,
    passage: Passage,
    operation: SocketAddr,
    /// The lines of the ground's configuration file that do not change.
    settings: String,
    _store: SharedStore,
}

impl Parted {
    async fn start() -> Self {
        let store = SharedStore::start().await;
        let passage = Passage::to(store.postgres.address().parse().unwrap()).await.unwrap();
        let operation = server_address().unwrap();
        let wrapper = ["env", "SEKISHO_LOG=info"];
        let settings =
            format!("{}operation_listen = \"{operation}\"\n", store.lines_by(&passage.address().to_string()));
        let ground = Ground::with(&wrapper, &format!("{settings}lease = \"{}s\"\n", LEASE.as_secs())).await;
        let other = Platform::start_with(1, &wrapper, &store.lines()).await.unwrap();
        Self { ground, other, passage, operation, settings, _store: store }
    }

    /// Whether it is ready, and what is not well.
    async fn ready(&self) -> Result<(bool, Value), String> {
        let asking = async {
            let mut stream = TcpStream::connect(self.operation).await?;
            stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        let answer = tokio::time::timeout(PATIENCE, asking).await.map_err(|_| "/readyz says nothing")?;
        let answer = answer.map_err(|error| error.to_string())?;
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        let checks = serde_json::from_str(body).map_err(|error| format!("{error}: {answer}"))?;
        Ok((answer.starts_with("HTTP/1.1 200"), checks))
    }

    /// Waits until requests with that cookie come out like this.
    async fn becomes(&self, cookie: &str, expected: u16, within: Duration) -> Outcome {
        let began = Instant::now();
        loop {
            let status = asks(&self.ground, cookie).await?;
            if status == expected {
                return Ok(());
            }
            if began.elapsed() > within {
                return Err(format!("still {status} instead of {expected} after {within:?}"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

pub(crate) fn scenarios() -> Vec<Scenario<Parted>> {
    vec![
        Scenario::new("SESS-08a", |place| Box::pin(the_lease_ends(place, State::Held))),
        Scenario::new("SESS-08b", |place| Box::pin(the_lease_ends(place, State::Broken))),
        Scenario::new("SESS-08c", |place| Box::pin(another_lease_counts_at_once(place))),
        Scenario::new("SESS-09a", |place| Box::pin(what_was_missed_counts(place, "sess-09a", State::Held))),
        Scenario::new("SESS-09b", |place| Box::pin(what_was_missed_counts(place, "sess-09b", State::Broken))),
        Scenario::new("SESS-09c", |place| Box::pin(lines_break_again_and_again(place))),
        Scenario::new("SESS-09d", |place| Box::pin(the_order_is_the_stores(place))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_gateway_apart_from_its_store_serves_no_longer_than_its_lease() {
    let place = Parted::start().await;
    let scenarios = scenarios();
    let mut failures = Vec::new();
    for scenario in &scenarios {
        failures.extend(scenario.alone(&place).await.err());
        place.passage.becomes(State::Open);
        failures.extend(place.becomes(&place.ground.setting.cookie, 200, PATIENCE).await.err());
    }
    let Parted { ground, passage: _passage, _store, .. } = place;
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("SESS (partition)", scenarios.len(), &failures);
}

/// SESS-08: what is open is cut when the lease ends, nothing is admitted any more, and the process says that it is not ready.
async fn the_lease_ends(place: &Parted, state: State) -> Outcome {
    let (ground, cookie) = (&place.ground, &place.ground.setting.cookie);
    if !matches!(place.ready().await?, (true, _)) {
        return Err("it is not ready before".to_owned());
    }
    let mut open = Vec::new();
    for path in ["/events", "/download"] {
        let client = Client::connect(ground.setting.address, ground.setting.tls.clone(), APP).await;
        let mut client = client.map_err(|error| error.to_string())?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n");
        client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
        client.bytes().await.map_err(|error| error.to_string())?;
        open.push(client);
    }
    place.passage.becomes(state);
    let cut = Instant::now();
    for client in &mut open {
        ends_within(client, LEASE + LATE).await?;
    }
    if cut.elapsed() < LEASE.saturating_sub(Duration::from_secs(2)) {
        return Err(format!("streams ended {:?} after the cut: the lease was not waited for", cut.elapsed()));
    }
    place.becomes(cookie, 503, LATE).await?;
    let (ready, checks) = place.ready().await?;
    if ready || checks.pointer("/checks/world") != Some(&Value::Bool(false)) {
        return Err(format!("/readyz says {checks}"));
    }
    for _ in 0..20 {
        let status = asks(ground, cookie).await?;
        if status != 503 {
            return Err(format!("{status} after the lease"));
        }
    }
    place.passage.becomes(State::Open);
    place.becomes(cookie, 200, PATIENCE).await?;
    let began = Instant::now();
    while !place.ready().await?.0 {
        if began.elapsed() > PATIENCE {
            return Err("it does not become ready again".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// A lease that was set while running is the one that counts, for decisions as for readiness.
async fn another_lease_counts_at_once(place: &Parted) -> Outcome {
    let cookie = &place.ground.setting.cookie;
    let lease = async |lease: u64| {
        let platform = &place.ground.platform;
        let settings = format!("{}lease = \"{lease}s\"\n", place.settings);
        platform.configure(&settings).map_err(|trouble| trouble.to_string())?;
        platform.command(&["reload"]).await.map(drop).map_err(|trouble| trouble.to_string())
    };
    let world = async || Ok::<_, String>(place.ready().await?.1.pointer("/checks/world").cloned());
    lease(600).await?;
    place.passage.becomes(State::Broken);
    tokio::time::sleep(LEASE + Duration::from_secs(2)).await;
    let (status, said) = (asks(&place.ground, cookie).await?, world().await?);
    if status != 200 || said != Some(Value::Bool(true)) {
        return Err(format!("{status} within the longer lease, /readyz says {said:?}"));
    }
    lease(LEASE.as_secs()).await?;
    let (status, said) = (asks(&place.ground, cookie).await?, world().await?);
    if status == 503 && said == Some(Value::Bool(false)) {
        Ok(())
    } else {
        Err(format!("{status} after the shorter lease, /readyz says {said:?}"))
    }
}

/// Ends an account's sessions by the other process.
async fn end_elsewhere(place: &Parted, account: &str) -> Outcome {
    let ended = place.other.command(&["session", "end", "--user", account]).await;
    ended.map(drop).map_err(|trouble| trouble.to_string())
}

/// SESS-09: sessions end while the gateway cannot hear of it: it admits nobody with them after the lease, nor ever again.
async fn what_was_missed_counts(place: &Parted, account: &str, state: State) -> Outcome {
    let cookie = place.ground.somebody(account).await.cookie(APP);
    place.passage.becomes(state);
    end_elsewhere(place, account).await?;
    tokio::time::sleep(LEASE + Duration::from_secs(1)).await;
    let status = asks(&place.ground, &cookie).await?;
    if status == 200 {
        return Err("200 with an ended session after the lease".to_owned());
    }
    place.passage.becomes(State::Open);
    place.becomes(&place.ground.setting.cookie, 200, PATIENCE).await?;
    // From the first moment in which anybody is served again.
    for _ in 0..20 {
        let status = asks(&place.ground, &cookie).await?;
        if status != 401 {
            return Err(format!("{status} with a session that ended during the cut"));
        }
    }
    Ok(())
}

/// SESS-09: every line to the store breaks again and again, so that notifications are lost and read again.
async fn lines_break_again_and_again(place: &Parted) -> Outcome {
    for round in 0..4 {
        let account = format!("sess-09c-{round}");
        let cookie = place.ground.somebody(&account).await.cookie(APP);
        place.passage.becomes(State::Broken);
        end_elsewhere(place, &account).await?;
        place.passage.becomes(State::Open);
        place.becomes(&cookie, 401, LEASE + LATE).await?;
        for _ in 0..10 {
            let status = asks(&place.ground, &cookie).await?;
            if status != 401 && status != 503 {
                return Err(format!("round {round}: {status} after the end was seen"));
            }
        }
        place.becomes(&place.ground.setting.cookie, 200, PATIENCE).await?;
    }
    Ok(())
}

/// SESS-09: an account is disabled and enabled by both processes in turn; the last word, by whomever, is what both end with.
async fn the_order_is_the_stores(place: &Parted) -> Outcome {
    let cookie = place.ground.somebody("sess-09d").await.cookie(APP);
    let both = [&place.ground.platform, &place.other];
    for round in 0..6 {
        let word = if round % 2 == 0 { "disable" } else { "enable" };
        if let Some(platform) = both.get(round % 4 / 2) {
            platform.command(&["user", word, "sess-09d"]).await.map_err(|trouble| trouble.to_string())?;
        }
    }
    place.other.command(&["user", "disable", "sess-09d"]).await.map_err(|trouble| trouble.to_string())?;
    place.becomes(&cookie, 401, Duration::from_secs(5)).await?;
    for _ in 0..20 {
        let status = asks(&place.ground, &cookie).await?;
        if status != 401 {
            return Err(format!("{status} for an account that was disabled last"));
        }
    }
    Ok(())
}
