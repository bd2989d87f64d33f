//! TIME and SESS-13: the platform under a clock that a test sets: at the edges of calendars, ahead and back, and to the second
//! at which a session ends.
//!
//! Two gateways whose clocks differ (TIME-04, TIME-10) are in `skew.rs`.

use std::time::{Duration, Instant};

use sekisho_e2e::client::Person;
use sekisho_e2e::instant::millis;
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::example::{ACCOUNT, CLOSED, OPEN};
use sekisho_e2e::platform::{Clock, Platform};

use crate::record::text;
use crate::scenario::{Outcome, conclude};

/// How long something is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const HOUR: i64 = 3600;

/// A platform that goes by a clock, with somebody signed in.
struct Clocked {
    clock: Clock,
    platform: Platform,
    person: Person,
    _origin: Origin,
}

impl Clocked {
    async fn start(clock: Clock) -> Result<Self, String> {
        let wrapper = clock.wrapper().map_err(|trouble| trouble.to_string())?;
        let words: Vec<&str> = wrapper.iter().map(String::as_str).collect();
        // What is tested here is what time means; a clock that cannot be right is tested in `operation/clock.rs`.
        let platform =
            Platform::start_with(1, &words, "clock_bound = \"24h\"\n").await.map_err(|trouble| trouble.to_string())?;
        let platform = platform.by_clock(clock.for_clients());
        let origin = Origin::serve(&[("/", "open")]).await.map_err(|trouble| trouble.to_string())?;
        let person = platform.example(origin.port()).await.map_err(|trouble| trouble.to_string())?;
        Ok(Self { clock, platform, person, _origin: origin })
    }

    /// The status for its person on a host. While the World is not confirmed by the new time yet, it asks again.
    async fn status(&mut self, host: &str) -> Result<u16, String> {
        let began = Instant::now();
        loop {
            let answer = self.person.open(host, "/").await.map_err(|trouble| trouble.to_string())?;
            match answer.status {
                503 if began.elapsed() < PATIENCE => tokio::time::sleep(Duration::from_millis(100)).await,
                // Whoever is sent to the portal to sign in is signed in no more.
                200 if !answer.url.contains(host) => return Ok(401),
                status => return Ok(status),
            }
        }
    }

    async fn is(&mut self, what: &str, expected: u16) -> Outcome {
        match self.status(OPEN).await? {
            status if status == expected => Ok(()),
            status => Err(format!("{status} instead of {expected} {what}")),
        }
    }

    async fn live(&self) -> Result<usize, String> {
        let listed = self.platform.command(&["session", "list"]).await.map_err(|trouble| trouble.to_string())?;
        Ok(listed.as_array().into_iter().flatten().filter(|session| text(session, "/user") == ACCOUNT).count())
    }

    /// Nothing panicked, and the record is whole.
    async fn ends_well(self) -> Outcome {
        let log = self.platform.log();
        if log.contains("panicked") || self.platform.process().is_none() {
            return Err(format!("it panicked or ended: {log}"));
        }
        let folder = self.platform.data().join("ledger").display().to_string();
        self.platform.command(&["ledger", "verify", &folder]).await.map(drop).map_err(|trouble| trouble.to_string())
    }
}

/// What must come of a start at some time.
#[derive(Clone, Copy)]
enum At {
    /// It serves, before the moment and after it.
    Serves,
    /// It says that the clock cannot be right, and does not start.
    Refuses,
}

/// Seconds since 1970 shortly before something odd.
const MOMENTS: [(&str, i64, At); 8] = [
    // 2016-12-31T23:59:57: the last leap second.
    ("TIME-05a", 1_483_228_797, At::Serves),
    // 2038-01-19T03:14:05: 31 bits end.
    ("TIME-05b", 2_147_483_645, At::Serves),
    // 2049-12-31T23:59:57: UTCTime ends, and certificates write their years in another form.
    ("TIME-05c", 2_524_607_997, At::Serves),
    // 2106-02-07T06:28:13: 32 bits end.
    ("TIME-05d", 4_294_967_293, At::Serves),
    // 2100-02-28T23:59:57: no leap day.
    ("TIME-05e", 4_107_542_397, At::Serves),
    // 2026-10-25T00:59:57: the end of summer time where there is one.
    ("TIME-05f", 1_792_889_997, At::Serves),
    // 9980-12-31T23:59:57.
    ("TIME-05g", 252_803_807_997, At::Serves),
    // 9999-12-31T23:59:57: no certificate can end later.
    ("TIME-05h", 253_402_300_797, At::Refuses),
];

pub(crate) const CASES: usize = MOMENTS.len() + OTHERS.len();
pub(crate) const SESSION_CASES: usize = 2;
const OTHERS: [&str; 7] = ["TIME-04a", "TIME-04b", "TIME-04c", "TIME-04d", "TIME-05i", "TIME-10a", "TIME-10b"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_date_is_too_odd() {
    let mut failures = Vec::new();
    for (id, second, expected) in MOMENTS {
        failures.extend(passes(second, expected).await.err().map(|error| format!("{id}: {error}")));
    }
    failures.extend(before_the_epoch().await.err().map(|error| format!("TIME-05i: {error}")));
    for (id, seconds) in [("TIME-04a", 30), ("TIME-04b", -30), ("TIME-04c", 300), ("TIME-04d", -240)] {
        failures.extend(a_device_is_ahead(seconds).await.err().map(|error| format!("{id}: {error}")));
    }
    failures.extend(the_clock_is_set(-300).await.err().map(|error| format!("TIME-10a: {error}")));
    failures.extend(the_clock_is_set(300).await.err().map(|error| format!("TIME-10b: {error}")));
    conclude("TIME (clocks)", CASES, &failures);
}

async fn passes(second: i64, expected: At) -> Outcome {
    let clock = Clock::at(second).map_err(|trouble| trouble.to_string())?;
    let started = Clocked::start(clock).await;
    let mut place = match (expected, started) {
        (At::Serves, started) => started?,
        (At::Refuses, Ok(_)) => return Err("it started".to_owned()),
        (At::Refuses, Err(why)) if why.contains("clock") && !why.contains("panicked") => return Ok(()),
        (At::Refuses, Err(why)) => return Err(why),
    };
    place.is("before", 200).await?;
    let left = u64::try_from(second + 4 - place.clock.now()).unwrap_or(0);
    tokio::time::sleep(Duration::from_secs(left)).await;
    place.is("after", 200).await?;
    let denial = place.person.open(CLOSED, "/").await.map_err(|trouble| trouble.to_string())?;
    let shown = place.platform.command(&["decision", "show", denial.header("x-request-id")]).await;
    let shown = shown.map_err(|trouble| trouble.to_string())?;
    let at = shown.pointer("/decision/at").and_then(millis).unwrap_or_default() / 1000;
    if (at - place.clock.now()).abs() > 60 {
        return Err(format!("the record says {at}, the clock {}", place.clock.now()));
    }
    place.ends_well().await
}

/// A clock before 1970 is no reason to panic; whether it can serve is another matter.
async fn before_the_epoch() -> Outcome {
    let clock = Clock::at(-10_000).map_err(|trouble| trouble.to_string())?;
    match Clocked::start(clock).await {
        Ok(place) => place.ends_well().await,
        Err(why) if why.contains("panicked") => Err(why),
        Err(_) => Ok(()),
    }
}

/// TIME-04: what a device's clock says is not believed: a report counts from when it came.
async fn a_device_is_ahead(seconds: i64) -> Outcome {
    let mut place = Clocked::start(Clock::ahead(0).map_err(|trouble| trouble.to_string())?).await?;
    place.is("before the device is there", 200).await?;
    let device = Clock::ahead(seconds).map_err(|trouble| trouble.to_string())?;
    let wrapper = device.wrapper().map_err(|trouble| trouble.to_string())?;
    let words: Vec<&str> = wrapper.iter().map(String::as_str).collect();
    let agent = place.platform.enrolled_under("odd-clock", ACCOUNT, &words).await;
    let agent = agent.map_err(|trouble| trouble.to_string())?;
    let shown =
        place.platform.command(&["device", "show", "odd-clock"]).await.map_err(|trouble| trouble.to_string())?;
    let reported = shown.pointer("/posture/reported_at").and_then(millis).ok_or_else(|| shown.to_string())? / 1000;
    if (reported - place.clock.now()).abs() > 20 {
        return Err(format!("it counts as reported at {reported}, it is {}", place.clock.now()));
    }
    drop(agent);
    place.ends_well().await
}

/// TIME-10: the clock is set between decisions. They stay in their order, and the record is whole.
async fn the_clock_is_set(seconds: i64) -> Outcome {
    let mut place = Clocked::start(Clock::ahead(0).map_err(|trouble| trouble.to_string())?).await?;
    let mut asked = Vec::new();
    for _ in 0..3 {
        for _ in 0..3 {
            let denial = place.person.open(CLOSED, "/").await.map_err(|trouble| trouble.to_string())?;
            if denial.status != 503 {
                asked.push(denial.header("x-request-id").to_owned());
            }
        }
        place.clock.forward(seconds).map_err(|trouble| trouble.to_string())?;
        // Set back, time stands still for decisions: who signed in stays so, and what expired stays expired.
        place.is("after the clock was set", 200).await?;
    }
    let listed = place.platform.command(&["decision", "list", "--subject", ACCOUNT, "--outcome", "deny"]).await;
    let listed = listed.map_err(|trouble| trouble.to_string())?;
    let mut recorded: Vec<String> =
        listed.as_array().into_iter().flatten().map(|decision| text(decision, "/decision/request")).collect();
    recorded.reverse();
    if asked.len() < 7 || recorded != asked {
        return Err(format!("asked {asked:?}, recorded {recorded:?} of {listed}"));
    }
    place.ends_well().await
}

/// SESS-13: idle and absolute timeouts, by a clock that is set to the seconds around them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end_at_their_second() {
    let mut failures = Vec::new();
    failures.extend(idle_for_too_long().await.err().map(|error| format!("SESS-13a: {error}")));
    failures.extend(open_for_too_long().await.err().map(|error| format!("SESS-13b: {error}")));
    conclude("SESS (clocks)", SESSION_CASES, &failures);
}

async fn idle_for_too_long() -> Outcome {
    let mut place = Clocked::start(Clock::ahead(0).map_err(|trouble| trouble.to_string())?).await?;
    // Half an hour is the default; what is asked in between begins it anew.
    for _ in 0..3 {
        place.clock.forward(HOUR / 2 - 20).map_err(|trouble| trouble.to_string())?;
        place.is("before half an hour was idle", 200).await?;
    }
    place.clock.forward(HOUR / 2 + 1).map_err(|trouble| trouble.to_string())?;
    let began = Instant::now();
    while place.live().await? > 0 {
        if began.elapsed() > PATIENCE {
            return Err("the idle session goes on".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    place.is("after half an hour was idle", 401).await?;
    place.ends_well().await
}

async fn open_for_too_long() -> Outcome {
    let mut place = Clocked::start(Clock::ahead(0).map_err(|trouble| trouble.to_string())?).await?;
    let never_idle = "[settings]\nsession_idle = \"7d\"\n";
    place.platform.apply(&[("settings.toml", never_idle)]).await.map_err(|trouble| trouble.to_string())?;
    let listed = place.platform.command(&["session", "list"]).await.map_err(|trouble| trouble.to_string())?;
    let ends = listed.as_array().into_iter().flatten().find(|session| text(session, "/user") == ACCOUNT);
    let ends = ends.and_then(|session| millis(session.get("expires_at")?)).ok_or_else(|| format!("{listed}"))?;
    // The first whole second at which it has ended.
    let ends = ends.div_euclid(1000) + 1;
    if (ends - place.clock.now() - 12 * HOUR).abs() > 120 {
        return Err(format!("the session ends {} s from now", ends - place.clock.now()));
    }
    place.clock.forward(ends - place.clock.now() - 20).map_err(|trouble| trouble.to_string())?;
    place.is("before its end", 200).await?;
    place.clock.forward(ends - place.clock.now()).map_err(|trouble| trouble.to_string())?;
    place.is("at its end", 401).await?;
    place.ends_well().await
}
