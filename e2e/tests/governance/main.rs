//! Governance, as an auditor sees it: items follow live evidence, and the OSCAL document is one that trestle accepts.

use std::time::Duration;

use sekisho_e2e::peer::packages;
use sekisho_e2e::platform::Platform;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::{Instant, timeout};

const PATIENCE: Duration = Duration::from_secs(60);

/// Sessions that end in time.
const BOUNDED: &str = "[settings]\nsession_length = \"11h\"\nsession_idle = \"20m\"\n";
/// Sessions that last too long, used or not.
const UNBOUNDED: &str = "[settings]\nsession_length = \"48h\"\nsession_idle = \"2h\"\n";
/// The control that reads these settings.
const CONTROL: &str = "sessions-bounded";

/// Every item.
async fn items(platform: &Platform) -> Vec<Value> {
    // Until the first measurement there is nothing to list.
    let found = platform.command(&["governance", "list"]).await.unwrap_or_default();
    found.as_array().cloned().unwrap_or_default()
}

/// Waits until the items are as they should be.
async fn until(platform: &Platform, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let items = items(platform).await;
        if holds(&items) {
            return items;
        }
        assert!(Instant::now() < deadline, "{items:#?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn is_told_by_control(item: &Value) -> bool {
    item["evidence"].as_array().is_some_and(|evidence| evidence.iter().any(|one| one["control"] == CONTROL))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i44_a_control_that_is_switched_off_turns_its_items_red_and_no_other() {
    let platform = Platform::start(1).await.unwrap();
    // The first entry of the ledger: without one, nothing was recorded yet.
    platform.apply(&[("bounded.toml", BOUNDED)]).await.unwrap();
    let is_recorded = |item: &Value| item["id"] == "dod-7.1.2" && item["state"] == "met";
    let before = until(&platform, |items| items.iter().any(is_recorded)).await;
    assert_eq!(before.len(), 165);
    let process: Vec<&Value> = before.iter().filter(|item| item["evidence"] == Value::Array(Vec::new())).collect();
    assert!(process.len() > 50 && process.iter().all(|item| item["state"] == "not-automatable"));
    assert!(before.iter().any(|item| is_told_by_control(item) && item["state"] == "met"));

    platform.apply(&[("settings.toml", UNBOUNDED)]).await.unwrap();
    let is_red = |item: &Value| item["state"] == "not-met";
    let told = |items: &[Value]| items.iter().filter(|item| is_told_by_control(item)).all(is_red);
    let after = until(&platform, |items| !items.is_empty() && told(items)).await;
    for (was, is) in before.iter().zip(&after).filter(|(was, _)| !is_told_by_control(was)) {
        assert_eq!(was["state"], is["state"], "{is:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trestle_accepts_the_oscal_document() {
    let platform = Platform::start(1).await.unwrap();
    until(&platform, |items| !items.is_empty()).await;
    let document = platform.command(&["governance", "oscal"]).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("assessment-results/now");
    let trestle = |arguments: &[&str]| {
        let mut command = Command::new(packages().join("trestle"));
        command.args(arguments).current_dir(folder.path()).kill_on_drop(true);
        command
    };
    assert!(timeout(PATIENCE, trestle(&["init", "--local"]).output()).await.unwrap().unwrap().status.success());
    std::fs::create_dir_all(&results).unwrap();
    let file = results.join("assessment-results.json");
    let check = async |document: &Value| {
        std::fs::write(&file, document.to_string()).unwrap();
        timeout(PATIENCE, trestle(&["validate", "-t", "assessment-results", "-n", "now"]).output())
            .await
            .unwrap()
            .unwrap()
    };
    let accepted = check(&document).await;
    assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stdout));
    // It does not accept everything: a finding without its target is refused.
    let mut broken = document.clone();
    broken["assessment-results"]["results"][0]["findings"][0].as_object_mut().unwrap().remove("target");
    assert!(!check(&broken).await.status.success());
}
