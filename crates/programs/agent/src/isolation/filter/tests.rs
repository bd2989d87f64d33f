//! The filter against the kernel: each test runs itself once more in a network namespace of its own.

use std::collections::BTreeSet;
use std::process::Command as Program;
use std::time::Instant;

use super::super::rules::State;
use super::*;

const CONFIRM: Duration = Duration::from_secs(2);
const REACHABLE: State = State::Reachable { lease: Duration::from_secs(60) };

/// Runs the ignored test `name` as root of a new user and network namespace.
fn in_a_namespace(name: &str) {
    let program = std::env::current_exe().expect("this program");
    let test = format!("isolation::filter::tests::{name}");
    let output = Program::new("unshare")
        .args(["-r", "-n"])
        .arg(program)
        .args(["--exact", &test, "--ignored", "--nocapture"])
        .output()
        .expect("unshare (util-linux) is installed");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn rules(state: State) -> Rules {
    Rules {
        state,
        server: BTreeSet::from(["10.77.0.1:8443".parse().expect("an address")]),
        name_servers: BTreeSet::new(),
    }
}

/// What the kernel holds, empty without a table.
fn table() -> String {
    let output =
        Program::new("nft").args(["list", "table", "inet", "sekisho"]).output().expect("nftables is installed");
    String::from_utf8(output.stdout).expect("text")
}

fn is_isolated() -> bool {
    table().contains("hook output")
}

async fn eventually(holds: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < until, "not within 20 s: {}", table());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn rules_that_are_confirmed_stay_and_others_are_taken_back() {
    in_a_namespace("confirmed_and_not");
}

#[tokio::test]
#[ignore = "runs in a namespace of its own"]
async fn confirmed_and_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut filter = Filter::new(folder.path(), CONFIRM);
    let refused = filter.put(&rules(State::Isolated), || async { false }).await;
    assert!(matches!(refused, Err(AgentError::Unconfirmed)), "{refused:?}");
    assert_eq!((table(), filter.in_force()), (String::new(), None));

    filter.put(&rules(REACHABLE), || async { true }).await.expect("confirmed");
    assert!(table().contains("@lease accept") && !is_isolated(), "{}", table());
    filter.put(&rules(State::Isolated), std::future::pending).await.expect_err("never confirmed");
    assert!(!is_isolated(), "{}", table());
    assert_eq!(filter.in_force(), Some("reachable"));

    filter.put(&rules(State::Isolated), || async { true }).await.expect("confirmed");
    // Past the watchdogs of all turns.
    tokio::time::sleep(CONFIRM + Duration::from_secs(1)).await;
    assert!(is_isolated(), "{}", table());
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0);
}

#[test]
fn an_agent_that_dies_before_it_confirms_leaves_no_rules() {
    in_a_namespace("died");
}

#[tokio::test]
#[ignore = "runs in a namespace of its own"]
async fn died() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut filter = Filter::new(folder.path(), CONFIRM);
    let put = filter.put(&rules(State::Isolated), std::future::pending);
    // The future is dropped while it waits, as with the process.
    drop(timeout(CONFIRM / 4, put).await.expect_err("still waiting"));
    assert!(is_isolated(), "{}", table());
    eventually(|| table().is_empty()).await;
}

#[test]
fn the_next_start_takes_back_what_no_watchdog_did() {
    in_a_namespace("next_start");
}

#[tokio::test]
#[ignore = "runs in a namespace of its own"]
async fn next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    load(&rules(State::Isolated).script()).await.expect("loaded");
    std::fs::write(folder.path().join("unconfirmed-1-1"), NO_TABLE).expect("written");
    Filter::new(folder.path(), CONFIRM).take_back_unconfirmed().await.expect("taken back");
    assert_eq!(table(), "");
}

#[test]
fn the_kernel_ends_the_lease_by_itself() {
    in_a_namespace("lease");
}

#[tokio::test]
#[ignore = "runs in a namespace of its own"]
async fn lease() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut filter = Filter::new(folder.path(), CONFIRM);
    let short = State::Reachable { lease: Duration::from_secs(1) };
    filter.put(&rules(short), || async { true }).await.expect("confirmed");
    assert!(table().contains("elements"), "{}", table());
    eventually(|| !table().contains("elements")).await;
    assert!(table().contains("policy drop"), "{}", table());
}

#[test]
fn rules_that_do_not_load_change_nothing() {
    in_a_namespace("not_loaded");
}

#[tokio::test]
#[ignore = "runs in a namespace of its own"]
async fn not_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut filter = Filter::new(folder.path(), CONFIRM);
    filter.put(&rules(State::Isolated), || async { true }).await.expect("confirmed");
    load("add table inet sekisho\ndelete table inet sekisho\nno script\n").await.expect_err("not a script");
    assert!(is_isolated(), "{}", table());
}
