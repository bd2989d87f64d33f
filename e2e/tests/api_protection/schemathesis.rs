//! schemathesis makes requests from the document: bad ones, of which none arrives, and good ones, which arrive.
//!
//! It takes `tag=null` for a bad request where a list of texts is described, although every server reads it as the text `null`. So no text
//! of the document fits such a word.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use sekisho_e2e::peer::{Relay, packages};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::place::{DOCUMENT, HOST, Place};

/// How long one run may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// Runs it in a mode. Returns the status of each answer, with what was asked.
async fn run(place: &Place, relay: &Relay, mode: &str) -> Vec<(u64, String)> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("orders.yaml"), DOCUMENT).unwrap();
    // Methods that the gateway passes on. It answers others, such as TRACE, with 501 itself (RFC 9110, 15.6.2).
    let methods =
        "[phases.coverage]\nunexpected-methods = [\"GET\", \"PUT\", \"POST\", \"DELETE\", \"PATCH\", \"OPTIONS\"]\n";
    std::fs::write(folder.path().join("schemathesis.toml"), methods).unwrap();
    let mut command = Command::new(program());
    command.current_dir(folder.path()).stdin(Stdio::null()).kill_on_drop(true);
    command.args(["run", "orders.yaml", "--url", &format!("{}/v1", place.url()), "--checks", "not_a_server_error"]);
    command.arg("--tls-verify").arg(place.platform.authority());
    // Python finds no host below `localhost` by itself.
    command.env("HTTPS_PROXY", relay.url()).env_remove("NO_PROXY").env_remove("no_proxy");
    command.args(["--header", &format!("Cookie: {}", place.clerk.cookie(HOST)), "--exclude-path", "/events"]);
    command.args(["--phases", "coverage,fuzzing", "--mode", mode, "--max-examples", "40", "--workers", "1"]);
    command.args(["--seed", "1", "--generation-deterministic", "--no-shrink", "--continue-on-failure"]);
    command.args(["--warnings", "off", "--no-color", "--report", "har", "--report-har-path", "report.har"]);
    let output = timeout(PATIENCE, command.output()).await.expect("in time").unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\nthe log: {}", place.platform.log());
    answers(&folder.path().join("report.har"))
}

fn program() -> std::path::PathBuf {
    let path = packages().join("schemathesis");
    assert!(path.is_file(), "schemathesis is not at {}: run `cargo verify`", path.display());
    path
}

fn answers(report: &Path) -> Vec<(u64, String)> {
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let entries = report["log"]["entries"].as_array().unwrap().iter();
    let answer = |entry: &Value| {
        let request = &entry["request"];
        (
            entry["response"]["status"].as_u64().unwrap_or_default(),
            format!("{} {} {}", request["method"], request["url"], request["postData"]["text"]),
        )
    };
    entries.map(answer).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i48_of_generated_bad_requests_none_reaches_the_application_and_good_ones_do() {
    let place = Place::new().await;
    let relay = Relay::start(place.platform.port()).await.unwrap();
    let bad = run(&place, &relay, "negative").await;
    let arrived = place.origin.take();
    println!("{} bad requests, of which {} reached the application", bad.len(), arrived.len());
    assert_eq!(arrived, [], "bad requests reached the application");
    assert!(bad.len() >= 100, "only {} bad requests were made", bad.len());
    let good = run(&place, &relay, "positive").await;
    let arrived = place.origin.take();
    println!("{} good requests, of which {} reached the application", good.len(), arrived.len());
    // Removing is denied by policy; everything else that the document describes arrives.
    let refused: Vec<&(u64, String)> =
        good.iter().filter(|(status, asked)| *status != 200 && !asked.starts_with("\"DELETE\"")).collect();
    assert!(
        refused.is_empty(),
        "{} good requests were refused: {:#?}",
        refused.len(),
        refused.iter().take(20).collect::<Vec<_>>()
    );
    let methods: BTreeSet<&str> = arrived.iter().map(|(method, _, _)| method.as_str()).collect();
    assert_eq!(methods, BTreeSet::from(["GET", "POST"]));
    assert!(arrived.len() >= 50, "only {} good requests arrived", arrived.len());
}
