//! COOK-08: the store is down. What a session may do is decided from the World, for as long as its lease says and not longer, and
//! whatever would be a new fact (a sign-in, a step-up, a session for an application, an end) is refused and not half done. When the
//! store is back everything goes on by itself.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sekisho_e2e::client::Person;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use crate::cookies::{COOKIE, PORTAL, told, value_of};
use crate::ground::{APP, CALM, Ground};
use crate::record::{Happened, holds, text};
use crate::scenario::{Outcome, conclude};
use crate::sessions::asks;
use crate::shared_store::SharedStore;

pub(crate) const CASES: [&str; 2] = ["COOK-08a", "COOK-08b"];

/// How long decisions may rest on what is no longer confirmed.
const LEASE: Duration = Duration::from_secs(5);
/// What the lease may be late by: the World is confirmed once a second, and looked at once a second.
const LATE: Duration = Duration::from_secs(5);
/// How long something is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_postgresql_that_is_stopped_leaves_nobody_in_after_the_lease() {
    let mut store = SharedStore::start().await;
    let settings = format!("{}lease = \"{}s\"\n", store.lines(), LEASE.as_secs());
    let ground = Ground::with(&["env", "SEKISHO_LOG=info"], &settings).await;
    let mut failures: Vec<String> = stopped(&mut store, &ground).await.err().into_iter().collect();
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("COOK (PostgreSQL)", 1, &failures);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_that_cannot_be_written_lets_nobody_new_in() {
    let ground = Ground::with(&["env", "SEKISHO_LOG=info"], "").await;
    let mut failures: Vec<String> = locked(&ground).await.err().into_iter().collect();
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("COOK (SQLite)", 1, &failures);
}

/// COOK-08a: the server is stopped.
async fn stopped(store: &mut SharedStore, ground: &Ground) -> Outcome {
    let mut person = ground.somebody("cook-08a").await;
    let cookie = person.cookie(APP);
    store.postgres.stop().await.map_err(told)?;
    let down = Instant::now();
    becomes(ground, &cookie, 503, LEASE + LATE).await?;
    println!("  COOK-08a: 503 {:?} after the store was stopped", down.elapsed());
    ground.recorder.forget();
    for _ in 0..20 {
        match asks(ground, &cookie).await? {
            503 => {}
            other => return Err(format!("{other} without a store, after the lease")),
        }
    }
    nothing_new(ground, &mut person, "cook-08a").await?;
    let seen = ground.recorder.recorded().bytes.len();
    if seen != 0 {
        return Err(format!("{seen} connections have bytes at the application without a store"));
    }
    store.postgres.start_again().await.map_err(told)?;
    becomes(ground, &cookie, 200, PATIENCE).await?;
    goes_on(ground, &mut person, "cook-08a").await
}

/// COOK-08b: another process holds the file's only right to write. Nothing can end then either: what is served is what stands.
async fn locked(ground: &Ground) -> Outcome {
    let mut person = ground.somebody("cook-08b").await;
    let cookie = person.cookie(APP);
    let (lock, began) = (Lock::take(ground).await?, Instant::now());
    nothing_new(ground, &mut person, "cook-08b").await?;
    // Four that were refused, each after it had waited for the lock, and none for minutes.
    if began.elapsed() > PATIENCE * 2 {
        return Err(format!("what was refused took {:?}", began.elapsed()));
    }
    let served = asks(ground, &cookie).await?;
    if served != 200 {
        return Err(format!("{served} for a session that stands"));
    }
    lock.release().await?;
    goes_on(ground, &mut person, "cook-08b").await
}

/// A sign-in, a step-up, a session for another application and the end of all sessions: each is refused, and gives no cookie.
async fn nothing_new(ground: &Ground, person: &mut Person, account: &str) -> Outcome {
    let before = person.cookie(PORTAL);
    if person.step_up().await.is_ok() || person.cookie(PORTAL) != before {
        return Err("a step-up without a store".to_owned());
    }
    let opened = person.open(CALM, "/").await.is_ok_and(|answer| answer.status == 200);
    if opened || !value_of(&person.cookie(CALM), COOKIE).is_empty() {
        return Err("a session for another application without a store".to_owned());
    }
    person.take_another_browser();
    let signed_in = person.sign_in().await.is_ok() || !value_of(&person.cookie(PORTAL), COOKIE).is_empty();
    person.take_another_browser();
    person.plant_cookie(PORTAL, COOKIE, &value_of(&before, COOKIE));
    if signed_in {
        return Err("a sign-in without a store".to_owned());
    }
    // An end that was not kept is not said to have happened.
    let ended = ground.platform.command(&["session", "end", "--user", account]).await;
    match ended {
        Err(_) => Ok(()),
        Ok(said) => Err(format!("the sessions ended without a store: {said}")),
    }
}

/// What stood still stands, and what is new begins again: the same session steps up, opens another application and ends.
async fn goes_on(ground: &Ground, person: &mut Person, account: &str) -> Outcome {
    let began = Instant::now();
    while person.step_up().await.is_err() {
        if began.elapsed() > PATIENCE {
            return Err("no step-up when the store is back".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    person.open(CALM, "/").await.map_err(told)?.expect(200).map_err(told)?;
    person.open(APP, "/").await.map_err(told)?.expect(200).map_err(told)?;
    let first = person.cookie(APP);
    person.take_another_browser();
    person.sign_in().await.map_err(told)?;
    person.open(APP, "/").await.map_err(told)?.expect(200).map_err(told)?;
    let listed = ground.platform.command(&["session", "list"]).await.map_err(told)?;
    let open = listed.as_array().into_iter().flatten().filter(|session| text(session, "/user") == account).count();
    // The one that stood, and the one that has just begun: none is left of what was refused.
    if open != 2 {
        return Err(format!("{open} sessions are open instead of two"));
    }
    ground.platform.command(&["session", "end", "--user", account]).await.map_err(told)?;
    for cookie in [first, person.cookie(APP)] {
        becomes(ground, &cookie, 401, Duration::from_secs(1)).await?;
    }
    Ok(())
}

async fn becomes(ground: &Ground, cookie: &str, expected: u16, within: Duration) -> Outcome {
    let began = Instant::now();
    loop {
        let status = asks(ground, cookie).await?;
        if status == expected {
            return Ok(());
        }
        if began.elapsed() > within {
            return Err(format!("still {status} instead of {expected} after {within:?}"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Another process that has begun to write into the store and does not end.
struct Lock {
    process: Child,
    input: ChildStdin,
}

impl Lock {
    async fn take(ground: &Ground) -> Result<Self, String> {
        let script = "import sqlite3, sys\n\
                      c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)\n\
                      c.execute('BEGIN IMMEDIATE')\n\
                      print('taken', flush=True)\n\
                      sys.stdin.readline()\n\
                      c.execute('ROLLBACK')\n";
        let mut command = Command::new("python3");
        command.args(["-c", script]).arg(ground.platform.data().join("store.db"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().map_err(|error| error.to_string())?;
        let (input, output) = process.stdin.take().zip(process.stdout.take()).ok_or("no pipes")?;
        let line = BufReader::new(output).lines().next_line().await.map_err(|error| error.to_string())?;
        if line.as_deref() == Some("taken") { Ok(Self { process, input }) } else { Err(format!("no lock: {line:?}")) }
    }

    async fn release(mut self) -> Outcome {
        self.input.write_all(b"\n").await.map_err(|error| error.to_string())?;
        let ended = self.process.wait().await.map_err(|error| error.to_string())?;
        if ended.success() { Ok(()) } else { Err(ended.to_string()) }
    }
}
