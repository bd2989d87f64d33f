//! What a search of events by person and day costs among ten million: `events [ROWS]`, 30 days of 5,000 people.
//!
//! The files are those that the platform writes, 32,768 events each. The limit is a second; beside it stands what reading every file
//! without statistics and bloom filters would cost, by a search that nothing narrows but a person who is in no file's statistics.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use sekisho_events::{Cursor, Event, Events, Wanted, event_of, write};
use sekisho_model::{Record, Timestamp};
use serde_json::json;

const ROWS: u64 = 10_000_000;
const FILE: u64 = 32_768;
const PEOPLE: u64 = 5_000;
const START: i64 = 1_790_000_000_000;
const DAY: i64 = 86_400_000;
const DAYS: i64 = 30;
const SEARCHES: u64 = 20;
const TARGET: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let rows = std::env::args().nth(1).and_then(|rows| rows.parse().ok()).unwrap_or(ROWS);
    match measure(rows).await {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            say(&format!("not measured: {error}"));
            std::process::ExitCode::FAILURE
        }
    }
}

async fn measure(rows: u64) -> Result<bool, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let began = Instant::now();
    fill(folder.path(), rows)?;
    let took = began.elapsed();
    let bytes: u64 = std::fs::read_dir(folder.path())
        .map_err(|error| error.to_string())?
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .map(|metadata| metadata.len())
        .sum();
    say(&format!(
        "{rows} events written in {took:.1?}: {:.0} events/s, {:.0} bytes each",
        rows as f64 / took.as_secs_f64(),
        bytes as f64 / rows as f64
    ));
    let events = Events::new(folder.path().to_owned(), None);
    let mut times = Vec::new();
    for number in 0..SEARCHES {
        let since = START + i64::try_from(number).unwrap_or(0) % DAYS * DAY;
        let wanted = Wanted {
            person: Some(person(number * 37 % PEOPLE)),
            since: Some(Timestamp::from_millis(since)),
            until: Some(Timestamp::from_millis(since + DAY)),
            ..Wanted::default()
        };
        let began = Instant::now();
        let found = events.search(wanted, 500).await.map_err(|error| error.to_string())?;
        times.push((began.elapsed(), found.events.len()));
    }
    times.sort();
    let (most, found) = times.last().copied().unwrap_or_default();
    let half = times.get(times.len() / 2).map(|(time, _)| *time).unwrap_or_default();
    say(&format!("by person and day: p50 {half:?}, most {most:?} for {found} events (limit {TARGET:?})"));
    Ok(most <= TARGET)
}

/// Writes the events in files, as the platform does.
fn fill(folder: &Path, rows: u64) -> Result<(), String> {
    let apart = DAYS * DAY * 1_000 / i64::try_from(rows).map_err(|error| error.to_string())?.max(1);
    for first in (0..rows).step_by(usize::try_from(FILE).unwrap_or(1)) {
        let next = (first + FILE).min(rows);
        let made: Option<Vec<Event>> = (first..next).map(|entry| event(entry, apart)).collect();
        let made = made.ok_or("an entry gives no event")?;
        write(folder, first, &made, Cursor { next, ..Cursor::default() }).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn person(number: u64) -> String {
    format!("person-{number:04}")
}

/// An event, `apart` microseconds after the one before.
fn event(entry: u64, apart: i64) -> Option<Event> {
    // Spreads people over time without repeating in the same order.
    let mixed = entry.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let at = Timestamp::from_millis(START + i64::try_from(entry).ok()? * apart / 1_000);
    let record: Record = serde_json::from_value(json!({
        "entry": "decision", "at": at, "request": format!("01M8{entry:022}"), "outcome": if mixed.is_multiple_of(20) { "deny" } else { "permit" },
        "subject": person(mixed % PEOPLE), "resource": format!("application-{}", mixed % 50), "action": "read", "method": "GET",
        "host": "a.example.jp", "path": format!("/page/{}", mixed % 1_000), "address": format!("10.{}.{}.{}", mixed % 4, mixed % 250, mixed % 251),
        "policies": ["staff"], "reasons": ["staff"], "risk": mixed % 60, "world": 1,
    }))
    .ok()?;
    event_of(entry, &record)
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
