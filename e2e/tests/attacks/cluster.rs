//! RACE-12: three gateways on one store, each behind a way to it that can be cut, against a reference model of a few lines: acts
//! by whichever of them, partitions of both kinds, power failures. What was acknowledged counts at once where the store can be
//! heard, and no later than the lease where it cannot (I6); what is open is cut; nothing that was answered is missing in the
//! records (I1, I5), and each record verifies.
//!
//! A simulated network has many more seeds, and the same story for the same seed (`crates/platform/control-plane/tests/simulation`); these
//! are the machines themselves, and a seed that failed is printed.
#![expect(clippy::indexing_slicing, reason = "gateways and accounts are numbered from 0, and none goes")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sekisho_attacks::{Client, trusting};
use sekisho_e2e::client::Person;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::services::{Passage, State};

use crate::ground::{APP, Ground};
use crate::record::{Happened, access_events, holds};
use crate::scenario::{Outcome, conclude};
use crate::sessions::ends_within;
use crate::shared_store::SharedStore;

pub(crate) const SEEDS: [u64; 2] = [12, 0xc1_05_7e];
const STEPS: usize = 12;
const ACCOUNTS: usize = 2;
const LEASE: Duration = Duration::from_secs(3);
/// What the lease may be late by: the World is confirmed once a second, and looked at once a second.
const LATE: Duration = Duration::from_secs(5);
/// How long something is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// When every gateway that hears the store has heard of an act: a second, and another for a busy machine.
const HEARD: Duration = Duration::from_secs(2);
/// When an access event is sealed at the latest.
const WRITTEN: Duration = Duration::from_secs(1);

/// What must be true of an account.
#[derive(Debug, Clone, Copy)]
struct Model {
    signed_in: bool,
    enabled: bool,
}

struct Gateway {
    /// The first one's platform is the ground's.
    platform: Option<Platform>,
    address: SocketAddr,
    passage: Passage,
    /// Whether it can hear the store.
    hears: bool,
    /// The requests that it answered with 200, and when.
    answered: BTreeMap<String, Instant>,
}

struct Cluster {
    ground: Ground,
    gateways: Vec<Gateway>,
    people: Vec<Person>,
    model: [Model; ACCOUNTS],
    closed: bool,
    seed: u64,
    _store: SharedStore,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_three_gateways_that_part_and_fail_say_what_the_model_says() {
    let mut failures = Vec::new();
    for seed in SEEDS {
        failures.extend(one(seed).await.err().map(|error| format!("seed {seed}: {error}")));
    }
    conclude("RACE (cluster)", SEEDS.len(), &failures);
}

async fn one(seed: u64) -> Outcome {
    let mut cluster = Cluster::start(seed).await;
    for step in 0..STEPS {
        let (operation, number) = (cluster.random() % 10, cluster.index(ACCOUNTS));
        let told = |error| format!("step {step}, {operation} of {number}: {error}");
        cluster = cluster.does(operation, number).await.map_err(told)?;
        cluster.comes_out_right().await.map_err(told)?;
    }
    for number in 0..cluster.gateways.len() {
        cluster.heal(number).await?;
    }
    cluster.comes_out_right().await?;
    cluster.ends_well().await
}

fn account(number: usize) -> String {
    format!("cluster-{number}")
}

impl Cluster {
    async fn start(seed: u64) -> Self {
        let store = SharedStore::start().await;
        let mut ways = Vec::new();
        for _ in 0..3 {
            ways.push(Passage::to(store.postgres.address().parse().unwrap()).await.unwrap());
        }
        let settings =
            |way: &Passage| format!("{}lease = \"{}s\"\n", store.lines_by(&way.address().to_string()), LEASE.as_secs());
        let wrapper = ["env", "SEKISHO_LOG=warn"];
        let ground = Ground::with(&wrapper, &settings(&ways[0])).await;
        let mut gateways = Vec::new();
        for (number, passage) in ways.into_iter().enumerate() {
            let platform = match number {
                0 => None,
                _ => Some(Platform::start_with(1, &wrapper, &settings(&passage)).await.unwrap()),
            };
            let port = platform.as_ref().map_or(ground.platform.port(), Platform::port);
            let address = ([127, 0, 0, 1], port).into();
            gateways.push(Gateway { platform, address, passage, hears: true, answered: BTreeMap::new() });
        }
        let mut people = Vec::new();
        for number in 0..ACCOUNTS {
            people.push(ground.somebody(&account(number)).await);
        }
        let model = [Model { signed_in: true, enabled: true }; ACCOUNTS];
        Self { ground, gateways, people, model, closed: false, seed, _store: store }
    }

    /// Xorshift: the same steps for the same seed.
    fn random(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed >> 11
    }

    fn index(&mut self, below: usize) -> usize {
        usize::try_from(self.random() % below as u64).unwrap_or(0)
    }

    fn platform(&self, number: usize) -> &Platform {
        self.gateways[number].platform.as_ref().unwrap_or(&self.ground.platform)
    }

    /// One that hears the store; where none does, the first one is given its way back.
    async fn somewhere(&mut self) -> Result<usize, String> {
        let start = self.index(self.gateways.len());
        let all = self.gateways.len();
        match (0..all).map(|step| (start + step) % all).find(|number| self.gateways[*number].hears) {
            Some(number) => Ok(number),
            None => self.heal(0).await.map(|()| 0),
        }
    }

    async fn command(&mut self, arguments: &[&str]) -> Outcome {
        let number = self.somewhere().await?;
        self.platform(number).command(arguments).await.map(drop).map_err(|trouble| trouble.to_string())
    }

    async fn does(mut self, operation: u64, number: usize) -> Result<Self, String> {
        let name = account(number);
        match operation {
            0 | 1 => self.ends(number, &["session", "end", "--user", &name]).await?,
            2 => {
                self.ends(number, &["user", "disable", &name]).await?;
                // A session that outlived the account's end opens again with it.
                self.command(&["session", "end", "--user", &name]).await?;
                self.model[number].enabled = false;
            }
            3 | 4 => {
                self.command(&["user", "enable", &name]).await?;
                // People sign in at the first one.
                self.heal(0).await?;
                self.people[number].sign_in().await.map_err(|trouble| trouble.to_string())?;
                self.people[number].open(APP, "/").await.map_err(|trouble| trouble.to_string())?;
                self.model[number] = Model { signed_in: true, enabled: true };
            }
            5 => {
                self.closed = !self.closed;
                let text = match self.closed {
                    true => "@id(\"closed\") forbid (principal, action, resource == Sekisho::Resource::\"app\");\n",
                    false => "// nothing is closed\n",
                };
                let at = self.somewhere().await?;
                let applied = self.platform(at).apply(&[("closed.cedar", text)]).await;
                applied.map_err(|trouble| trouble.to_string())?;
            }
            6 | 7 => {
                let at = self.index(self.gateways.len());
                self.gateways[at].passage.becomes(if operation == 6 { State::Held } else { State::Broken });
                self.gateways[at].hears = false;
            }
            8 => {
                let at = self.index(self.gateways.len());
                self.heal(at).await?;
            }
            _ => {
                let at = self.index(self.gateways.len());
                self = self.loses_power(at).await?;
            }
        }
        Ok(self)
    }

    /// The store can be heard again, and is.
    async fn heal(&mut self, number: usize) -> Outcome {
        self.gateways[number].passage.becomes(State::Open);
        self.gateways[number].hears = true;
        let (cookie, began) = (self.ground.setting.cookie.clone(), Instant::now());
        let wanted = if self.closed { 403 } else { 200 };
        while self.asks(number, &cookie).await? != wanted {
            if began.elapsed() > PATIENCE {
                return Err(format!("gateway {number} does not come back"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// An act that ends what an account has open, by any gateway: a stream at each of them ends, where the store is not heard no
    /// later than the lease.
    async fn ends(&mut self, number: usize, arguments: &[&str]) -> Outcome {
        let mut open = Vec::new();
        for gateway in &self.gateways {
            let cookie = self.people[number].cookie(APP);
            let mut client = self.client(gateway).await?;
            let request = format!("GET /events HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n");
            client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
            let first = client.bytes().await.map_err(|error| error.to_string())?.unwrap_or_default();
            if first.starts_with(b"HTTP/1.1 200 ") {
                open.push((client, if gateway.hears { Duration::from_secs(5) } else { LEASE + LATE }));
            }
        }
        self.command(arguments).await?;
        self.model[number].signed_in = false;
        for (client, limit) in &mut open {
            ends_within(client, *limit).await?;
        }
        Ok(())
    }

    /// The process is killed right behind an answer and started again, with its way to the store open.
    async fn loses_power(mut self, number: usize) -> Result<Self, String> {
        self.heal(number).await?;
        let cookie = self.ground.setting.cookie.clone();
        self.asks(number, &cookie).await?;
        let killed = Instant::now();
        let again = async |platform: Platform| platform.kill_and_restart().await.map_err(|trouble| trouble.to_string());
        match self.gateways[number].platform.take() {
            Some(platform) => self.gateways[number].platform = Some(again(platform).await?),
            None => self.ground.platform = again(self.ground.platform).await?,
        }
        self.is_recorded(number, killed)?;
        self.heal(number).await?;
        Ok(self)
    }

    /// I1, I5: what a gateway answered is in its record once; what a remembered decision covered in the last second may be missing.
    fn is_recorded(&mut self, number: usize, until: Instant) -> Outcome {
        let events = access_events(&self.platform(number).data().join("ledger"));
        let recorded = |id: &String| events.get(id).map_or(0, Vec::len);
        let wrong = self.gateways[number].answered.iter().find(|(id, at)| match until.duration_since(**at) < WRITTEN {
            true => recorded(id) > 1,
            false => recorded(id) != 1,
        });
        if let Some((id, _)) = wrong {
            return Err(format!("I5: gateway {number} answered {id}, which is recorded {} times", recorded(id)));
        }
        self.gateways[number].answered.retain(|id, _| events.contains_key(id));
        Ok(())
    }

    /// Everybody gets what the model says from every gateway that hears the store; from the others that, or nothing, once the
    /// lease has ended.
    async fn comes_out_right(&mut self) -> Outcome {
        for at in 0..self.gateways.len() {
            let hears = self.gateways[at].hears;
            let (since, patience) = (Instant::now(), if hears { HEARD } else { LEASE + LATE });
            for number in 0..ACCOUNTS {
                let expected = match (self.model[number], self.closed) {
                    (Model { signed_in: true, enabled: true }, false) => 200,
                    (Model { signed_in: true, enabled: true }, true) => 403,
                    _ => 401,
                };
                let cookie = self.people[number].cookie(APP);
                let right = |status| status == expected || (!hears && status != 200);
                loop {
                    let status = self.asks(at, &cookie).await?;
                    if right(status) {
                        break;
                    }
                    if since.elapsed() > patience {
                        return Err(format!("{status} instead of {expected} at gateway {at}, which hears: {hears}"));
                    }
                    // One address may open a hundred connections a second.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                for _ in 0..3 {
                    let status = self.asks(at, &cookie).await?;
                    if !right(status) {
                        return Err(format!("{status} after {expected} at gateway {at}, which hears: {hears}"));
                    }
                }
            }
        }
        Ok(())
    }

    async fn client(&self, gateway: &Gateway) -> Result<Client, String> {
        let authority = gateway.platform.as_ref().unwrap_or(&self.ground.platform).authority();
        let authority = CertificateDer::from_pem_file(authority).map_err(|error| error.to_string())?;
        let tls = trusting(&authority, &[b"http/1.1"]).map_err(|error| error.to_string())?;
        Client::connect(gateway.address, tls, APP).await.map_err(|error| error.to_string())
    }

    async fn asks(&mut self, number: usize, cookie: &str) -> Result<u16, String> {
        let mut client = self.client(&self.gateways[number]).await?;
        let request = format!("GET /cluster HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n");
        client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
        let response = client.response("GET").await.map_err(|error| error.to_string())?.ok_or("no answer")?;
        if response.status == 200 {
            let id = response.field("x-request-id").map(|id| (id.to_owned(), Instant::now()));
            self.gateways[number].answered.extend(id);
        }
        Ok(response.status)
    }

    async fn ends_well(mut self) -> Outcome {
        tokio::time::sleep(WRITTEN).await;
        let mut wrong = Vec::new();
        for number in 0..self.gateways.len() {
            wrong.extend(self.is_recorded(number, Instant::now()).err());
            let folder = self.platform(number).data().join("ledger").display().to_string();
            let verified = self.platform(number).command(&["ledger", "verify", &folder]).await;
            wrong.extend(verified.err().map(|trouble| format!("I10: gateway {number}: {trouble}")));
        }
        if self.closed { self.does(5, 0).await?.ground_holds(wrong).await } else { self.ground_holds(wrong).await }
    }

    async fn ground_holds(self, mut wrong: Vec<String>) -> Outcome {
        let Self { ground, gateways, _store, .. } = self;
        wrong.extend(holds(ground, &Happened::default()).await);
        drop(gateways);
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }
}
