//! What a World costs: memory per user and per device at a million each, and the time to publish one change.
//!
//! Memory is the growth of the resident set, so it includes names, indexes and the allocator's own waste. Users have eight
//! groups out of a tree of 1,100, eight attributes and two tags; devices have an owner, a key and a fresh report.

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use sekisho_model::Timestamp;
use sekisho_model::documents::{Change, Kind};
use sekisho_policy_information::{World, WorldBuilder};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EACH: u64 = 1_000_000;
const GROUPS: u64 = 1_100;
const PUBLICATIONS: u64 = 20_000;

fn main() -> std::process::ExitCode {
    let mut builder = WorldBuilder::new();
    for n in 0..GROUPS {
        apply(&mut builder, group(n));
    }
    let _groups = builder.publish(at(0));
    say(&format!("{EACH} users and {EACH} devices in {GROUPS} groups"));
    let (users, took) = grow(&mut builder, user);
    let mut good = figure("user", users, "B", 700);
    say(&format!("  folded in {took} s"));
    let (devices, took) = grow(&mut builder, |n| vec![device(n), posture(n, 0)]);
    good &= figure("device", devices, "B", 300);
    say(&format!("  folded in {took} s"));

    good &= publications(&mut builder, "a user changed", |n| user_changed(scattered(n)));
    good &= publications(&mut builder, "a device reported", |n| posture(scattered(n), n));
    good &= publications(&mut builder, "a session began", session);
    if good { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}

/// Folds a million and says how many bytes each costs, and the seconds it took.
fn grow(builder: &mut WorldBuilder, document: impl Fn(u64) -> Vec<Change>) -> (u64, u64) {
    let (before, began) = (resident(), Instant::now());
    for n in 0..EACH {
        for change in document(n) {
            apply(builder, change);
        }
    }
    let world = builder.publish(at(0));
    let bytes = resident().saturating_sub(before) / EACH;
    drop(world);
    (bytes, began.elapsed().as_secs())
}

/// The time from a document to the World that shows it, while the World before it is still being read.
fn publications(builder: &mut WorldBuilder, what: &str, document: impl Fn(u64) -> Change) -> bool {
    let mut last: Arc<World> = builder.publish(at(0));
    let mut micros: Vec<u64> = (0..PUBLICATIONS)
        .map(|n| {
            let change = document(n);
            let began = Instant::now();
            apply(builder, change);
            let world = builder.publish(at(0));
            let took = began.elapsed();
            // The old snapshot is dropped outside the timing, as its readers do it.
            last = world;
            u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)
        })
        .collect();
    drop(last);
    micros.sort_unstable();
    let nearest = |part: u64| micros.get(usize::try_from(PUBLICATIONS * part / 100).unwrap_or(0)).copied().unwrap_or(0);
    let (median, worst) = (nearest(50), nearest(99));
    say(&format!(
        "{what}, published: p50 {}.{} µs, p99 {}.{} µs",
        median / 1000,
        median % 1000 / 100,
        worst / 1000,
        worst % 1000 / 100
    ));
    figure("  p50", median / 1000, "µs", 20)
}

fn figure(what: &str, value: u64, unit: &str, target: u64) -> bool {
    let verdict = if value <= target { "within" } else { "over" };
    say(&format!("{what}: {value} {unit}, {verdict} the target of {target} {unit}"));
    value <= target
}

fn say(text: &str) {
    // A reader that closed the pipe does not want the figures.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

fn apply(builder: &mut WorldBuilder, change: Change) {
    if let Err(problem) = builder.apply(&change) {
        say(&format!("a document did not fold: {problem}"));
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// The resident set in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

/// A number that looks like 128 random bits.
fn spread(n: u64) -> u128 {
    (u128::from(n) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
}

/// A number below a million, far from the one before it.
const fn scattered(n: u64) -> u64 {
    n.wrapping_mul(611_953) % EACH
}

fn put(kind: Kind, id: String, body: Value) -> Change {
    Change { revision: 1, kind, id, body: Some(body), at: at(0) }
}

/// 1,000 teams in 99 departments in one company.
fn group(n: u64) -> Change {
    let parents: Vec<String> = match n {
        0 => Vec::new(),
        1..100 => vec!["group-0".to_owned()],
        _ => vec![format!("group-{}", 1 + n % 99)],
    };
    let id = format!("group-{n}");
    put(Kind::Group, id.clone(), json!({"id": id, "name": id, "groups": parents}))
}

fn user(n: u64) -> Vec<Change> {
    vec![user_in(n, 2)]
}

fn user_changed(n: u64) -> Change {
    user_in(n, 3)
}

fn user_in(n: u64, clearance: u8) -> Change {
    let groups: Vec<String> = (0..8)
        .map(|place| format!("group-{}", 100 + n.wrapping_mul(2_654_435_761 + place * 97_531) / 7 % 1_000))
        .collect();
    let id = format!("person-{n}@example.jp");
    let body = json!({
        "id": id, "name": format!("Person Number {n}"), "email": format!("person-{n}@mail.example.jp"),
        "department": format!("department-{}", n % 200), "employment": "staff", "clearance": clearance,
        "identity_assurance": 2, "groups": groups,
        "attributes": {"cost-centre": format!("{}", n % 5_000), "project": [format!("p{}", n % 97), format!("p{}", n % 89)]},
    });
    put(Kind::User, id, body)
}

fn device(n: u64) -> Change {
    let id = format!("device-{n}");
    let body = json!({
        "id": id, "name": format!("Laptop {n}"), "owner": format!("person-{n}@example.jp"), "ownership": "corporate",
        "platform": "linux", "managed": true, "key_sha256": device_key(n),
    });
    put(Kind::Device, id, body)
}

fn device_key(n: u64) -> String {
    format!("{:032x}", spread(n)).repeat(2)
}

fn posture(n: u64, reported_at: u64) -> Change {
    let failing: &[Value] = if n.is_multiple_of(20) { &[json!({"check": "firewall", "found": "false"})] } else { &[] };
    let id = format!("device-{n}");
    let body = json!({"device": id, "reported_at": reported_at, "sequence": 1, "facts": {}, "failing": failing});
    put(Kind::Posture, id, body)
}

fn session(n: u64) -> Change {
    let id = format!("{:032x}", spread(n));
    let (user, device) = (format!("person-{}@example.jp", scattered(n)), format!("device-{}", scattered(n)));
    let body = json!({
        "id": id, "user": user, "device": device, "device_key": device_key(scattered(n)), "established_at": 0,
        "authenticated_at": 0, "expires_at": 43_200_000, "methods": ["passkey"], "address": "192.0.2.1",
    });
    put(Kind::Session, id, body)
}
