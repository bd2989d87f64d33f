//! What a page of decisions costs with 1,000,000 in the ledger: the search, and the page as JSON, for the filters that people use.
//!
//! The ledger is written in the temporary folder, read again from the disk for every page, and its summaries are made first. Each filter
//! is asked for 60 pages: the newest, and pages from all over the ledger. A filter that nothing fits goes through all of it.

use std::io::Write;
use std::time::{Duration, Instant};

use sekisho_ledger::{EntryKind, Filter, Ledger, SigningKey};
use sekisho_model::{Action, DecisionRecord, Outcome, Record, RequestId, SessionId, Timestamp};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ENTRIES: u64 = 1_000_000;
const GROUP: u64 = 2_000;
const ROWS: usize = 100;
const PAGES: u64 = 60;
const TARGET: Duration = Duration::from_millis(50);

#[tokio::main]
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

async fn measure() -> Result<bool, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let ledger = Ledger::open(folder.path(), "sekisho.test/ledger", SigningKey::from_seed(&[7; 32])?)?;
    let began = Instant::now();
    for first in (0..ENTRIES).step_by(usize::try_from(GROUP)?) {
        ledger.append_all((first..first + GROUP).map(decision).collect()).await?;
    }
    ledger.checkpoint().await?;
    say(&format!("{ENTRIES} decisions written in {:.1} s", began.elapsed().as_secs_f64()));
    let began = Instant::now();
    let nothing = Filter { subject: Some("nobody".to_owned()), ..Filter::default() };
    let mut before = None;
    loop {
        before = ledger.search(ROWS, Filter { before, ..nothing.clone() }).await.next;
        if before.is_none() {
            break;
        }
    }
    say(&format!("searched for nothing until their summaries were made: {:.1} s", began.elapsed().as_secs_f64()));
    let mut good = true;
    for (name, filter) in filters() {
        let mut times = Vec::new();
        for page in 0..PAGES {
            let before = (page > 0).then(|| ENTRIES - page * (ENTRIES / PAGES));
            let began = Instant::now();
            let found = ledger.search(ROWS, Filter { before, ..filter.clone() }).await;
            let json = serde_json::to_vec(&found.entries)?;
            times.push((began.elapsed(), json.len()));
        }
        times.sort_unstable();
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        let (p50, p99) = (at(50).0, at(99).0);
        good &= p99 <= TARGET;
        say(&format!("{name:<44} p50 {:>6.1} ms   p99 {:>6.1} ms", millis(p50), millis(p99)));
    }
    ledger.close().await;
    say(if good { "every p99 is at most 50 ms" } else { "some p99 is over 50 ms" });
    Ok(good)
}

fn filters() -> Vec<(&'static str, Filter)> {
    let some = |text: &str| Some(text.to_owned());
    let base = || Filter { kind: Some(EntryKind::Decision), ..Filter::default() };
    vec![
        ("all", base()),
        ("denied", Filter { outcome: Some(Outcome::Deny), ..base() }),
        ("one person of 10,000", Filter { subject: some("person-77"), ..base() }),
        ("one person, denied", Filter { subject: some("person-77"), outcome: Some(Outcome::Deny), ..base() }),
        ("one application of 500", Filter { resource: some("application-12"), ..base() }),
        (
            "one reason of 40, one day",
            Filter {
                reason: some("reason-3"),
                since: Some(at(ENTRIES / 2)),
                until: Some(at(ENTRIES / 2 + 86_400)),
                ..base()
            },
        ),
        (
            "one device of 10,000, one address",
            Filter { device: some("device-77"), address: some("10.0.0.77"), ..base() },
        ),
        ("nobody", Filter { subject: some("nobody"), ..base() }),
    ]
}

/// One decision each second.
fn at(number: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + i64::try_from(number).unwrap_or_default() * 1_000)
}

fn decision(number: u64) -> Record {
    // Mixed by a multiplication, so that what is near in the ledger is not alike.
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let (outcome, reasons) = match mixed % 20 {
        0 => (Outcome::Deny, vec![format!("reason-{}", mixed / 20 % 40), "no-policy-permits".to_owned()]),
        1 => (Outcome::Challenge, vec!["authentication-insufficient".to_owned()]),
        _ => (Outcome::Permit, Vec::new()),
    };
    Record::Decision(Box::new(DecisionRecord {
        at: at(number),
        request: RequestId::new(format!("01M8A38NF6{number:016}")),
        outcome,
        subject: Some(format!("person-{}", mixed % 10_000)),
        session: Some(SessionId::from_bytes(u128::from(mixed).to_be_bytes())),
        device: Some(format!("device-{}", mixed % 10_000)),
        failing_checks: Vec::new(),
        resource: Some(format!("application-{}", mixed / 7 % 500)),
        action: Some(Action::Read),
        method: Some("GET".to_owned()),
        host: Some(format!("application-{}.example.jp", mixed / 7 % 500)),
        path: Some(format!("/projects/{}/issues/{}", mixed % 300, mixed % 9_000)),
        address: format!("10.0.{}.{}", mixed % 10_000 / 256, mixed % 10_000 % 256),
        policies: "policy.7".parse().into_iter().collect(),
        errors: Vec::new(),
        report_only: Vec::new(),
        reasons,
        remedies: Vec::new(),
        risk: 12,
        risk_parts: vec![("new-device".to_owned(), 12)],
        world: 1_000,
    }))
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn say(line: &str) {
    // A closed pipe shows in what is missing of the output.
    let _ = writeln!(std::io::stdout(), "{line}");
}
