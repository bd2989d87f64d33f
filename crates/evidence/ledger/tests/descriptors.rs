//! A process that runs out of file descriptors records what it can, and everything once it has some again.

mod sample;

use std::fs::File;
use std::process::Command;

use sample::{act, check, decision, events, open};
use sekisho_ledger::LedgerError;
use sekisho_model::Outcome;

const CHILD: &str = "SEKISHO_TEST_LEDGER_WITHOUT_DESCRIPTORS";

/// Holds every descriptor that is left. A process of its own, because all of its tests would lack them.
fn take_all() -> Vec<File> {
    let mut taken = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    taken
}

#[tokio::test]
async fn child_runs_out_of_descriptors() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let ledger = open(folder.as_ref());
    ledger.append(act(0)).await.unwrap();
    let mut next = 1;
    for round in 0..3 {
        let taken = take_all();
        ledger.access(events(7)).unwrap();
        // More than a tile: what was filled meanwhile is published later too.
        for number in 0..300 {
            let request = format!("{round}-{number}");
            let index = ledger.append(decision(&request, "aoi", Outcome::Permit)).await.unwrap();
            assert!(index >= next, "{index} after {next}");
            next = index + 1;
        }
        for _ in 0..2 {
            let published = ledger.checkpoint().await;
            assert!(matches!(published, Err(LedgerError::NoDescriptor { .. })), "{published:?}");
        }
        assert!(ledger.is_sound());
        drop(taken);
        ledger.checkpoint().await.unwrap();
        next = ledger.append(act(0)).await.unwrap() + 1;
    }
    ledger.close().await;
    println!("recorded {}", ledger.size());
}

#[test]
fn a_ledger_without_descriptors_goes_on_when_there_are_some() {
    let folder = tempfile::tempdir().unwrap();
    let child = Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$0\" --exact child_runs_out_of_descriptors --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout).into_owned() + &String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && text.contains("recorded "), "{text}");
    let report = check(folder.path());
    assert!(report.is_whole(), "{:?}", report.findings);
    assert!(report.entries > 900, "{}", report.entries);
    assert_eq!((report.sealed_events, report.unsealed_bytes, report.unacknowledged_bytes), (21, 0, 0));
}
