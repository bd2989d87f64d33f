//! What a search costs everybody else: evaluations on one connection, alone and while another connection searches for all who may.
//!
//! The platform runs with one worker, 2,000 users and 1,000 policies without a scope, of which every evaluation reads each. A search
//! for subjects asks them about every user.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sekisho_e2e::Trouble;
use sekisho_e2e::peer::{Caller, Line};
use sekisho_e2e::platform::Platform;
use serde_json::{Value, json};

const USERS: usize = 2_000;
const POLICIES: usize = 1_000;
const EVALUATIONS: usize = 3_000;
const TARGET: Duration = Duration::from_millis(5);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> std::process::ExitCode {
    match measure().await {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            say(&format!("not measured: {error}"));
            std::process::ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<bool, Trouble> {
    let platform = Platform::start(1).await?;
    platform.apply(&[("all.toml", &documents()), ("all.cedar", &policies())]).await?;
    let caller = Caller::with_token(&platform, "bench").await?;
    let mut line = caller.keep().await?;
    times(&mut line, EVALUATIONS / 10).await?;
    let alone = times(&mut line, EVALUATIONS).await?;
    let searches = Arc::new(AtomicU64::new(0));
    let searching = tokio::spawn(search(caller.keep().await?, searches.clone()));
    let beside = times(&mut line, EVALUATIONS).await?;
    searching.abort();
    let [(alone_half, alone_most), (half, most)] = [alone, beside].map(|times| (at(&times, 50), at(&times, 99)));
    say(&format!("evaluations alone:            p50 {alone_half:?}, p99 {alone_most:?}"));
    say(&format!(
        "evaluations beside {:>2} searches: p50 {half:?}, p99 {most:?} ({:.1} x the p99 alone; limit {TARGET:?})",
        searches.load(Ordering::Relaxed),
        most.as_secs_f64() / alone_most.as_secs_f64()
    ));
    Ok(most <= TARGET)
}

/// How long each of so many evaluations took, in order of length.
async fn times(line: &mut Line, count: usize) -> Result<Vec<Duration>, Trouble> {
    let question = json!({
        "subject": { "type": "user", "id": "user-0" },
        "action": { "name": "read" },
        "resource": { "type": "resource", "id": "list" },
    });
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let began = Instant::now();
        let told = line.post("/access/v1/evaluation", &question).await?;
        times.push(began.elapsed());
        if told.status != 200 || told.body.get("decision") != Some(&Value::Bool(true)) {
            return Err(Trouble::new(format!("an evaluation came to {} {}", told.status, told.body)));
        }
    }
    times.sort_unstable();
    Ok(times)
}

/// Searches until it is ended.
async fn search(mut line: Line, count: Arc<AtomicU64>) -> Result<(), Trouble> {
    let question = json!({
        "subject": { "type": "user" },
        "action": { "name": "read" },
        "resource": { "type": "resource", "id": "list" },
    });
    loop {
        line.post("/access/v1/search/subject", &question).await?;
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// The percentile of sorted times.
fn at(times: &[Duration], percent: usize) -> Duration {
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}

fn documents() -> String {
    let mut text = String::from("[[group]]\nid = \"all\"\nname = \"all\"\n");
    for number in 0..USERS {
        let _ = writeln!(text, "[[user]]\nid = \"user-{number}\"\nname = \"{number}\"\ngroups = [\"all\"]");
    }
    text += "[[resource]]\nid = \"list\"\nname = { en = \"list\" }\n";
    text += "[[enforcement-point]]\nid = \"bench\"\nspeaks = \"authzen\"\nresources = [\"list\"]\n";
    text
}

fn policies() -> String {
    let mut text = String::from(
        "@id(\"all\") permit (principal in Sekisho::Group::\"all\", action, resource == Sekisho::Resource::\"list\");\n",
    );
    for number in 0..POLICIES {
        let _ = writeln!(
            text,
            "@id(\"p{number}\") permit (principal, action, resource) when {{ context.risk > {} }};",
            101 + number
        );
    }
    text
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
