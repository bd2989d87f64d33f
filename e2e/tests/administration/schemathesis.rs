//! The API against its OpenAPI document: schemathesis asks every operation with what the document describes and with what it rules out,
//! and checks every answer.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use sekisho_e2e::peer::{Relay, packages};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

use crate::place::{Place, said};

/// How long it may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);
/// What every answer must be.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";
/// The file with every request and its answer.
const REPORT: &str = "report.har";
/// What is not asked: it would hand over to another process at every request; and generated documents are larger than is taken, which ends
/// the connection while the client still sends.
const NOT_ASKED: [&str; 2] = ["/operations/upgrade", "/api-documents/check"];

/// A device, an enforcement point, a feed and an identity provider that nobody answers for.
const MORE: &str = r#"
[[device]]
id = "laptop"
name = "Laptop"
owner = "alice"
platform = "linux"
ownership = "corporate"

[[enforcement-point]]
id = "edge"
name = "Edge"
speaks = "authzen"
resources = ["open"]

[[threat-feed]]
id = "hostile"
url = "http://127.0.0.1:9/hostile.txt"
format = "plain"
score = 50
every = "1d"

[[identity-provider]]
id = "corp"
name = "Corp"
issuer = "https://login.corp.example"
client_id = "sekisho"

[[vulnerability-source]]
id = "kev"
path = "kev.json"
format = "kev"

[[playbook]]
id = "watch"
name = { en = "Watch" }
trigger = "password-spray"
mode = "propose"
actions = ["raise-risk"]

[[workload]]
id = "nightly"
owner = "alice"

[[api-document]]
id = "open"
document = """
openapi: 3.1.0
info: { title: Open, version: "1" }
paths:
  /:
    get: { operationId: home, responses: { "200": { description: home } } }
"""
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_is_as_its_document_says() {
    let place = Place::new().await;
    place.platform.apply(&[("more.toml", MORE)]).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), configuration(&place).await).unwrap();
    let relay = Relay::start(place.platform.port()).await.unwrap();
    let mut command = Command::new(program());
    command.current_dir(folder.path()).stdin(Stdio::null()).kill_on_drop(true);
    command.args(["run", &format!("{}/api/v1/openapi.json", place.portal()), "--checks", CHECKS]);
    command.arg("--tls-verify").arg(place.platform.authority());
    // Python finds no host below `localhost` by itself.
    command.env("HTTPS_PROXY", relay.url()).env_remove("NO_PROXY").env_remove("no_proxy");
    command.args(["--header", &format!("Authorization: Bearer {}", place.chief.program.token())]);
    command.args(["--phases", "examples,coverage,fuzzing", "--mode", "all", "--max-examples", "10", "--workers", "2"]);
    command.args(["--seed", "1", "--generation-deterministic", "--no-shrink"]);
    command.args(["--continue-on-failure", "--warnings", "off", "--no-color", "--report", "har"]);
    command.args(["--report-har-path", REPORT]);
    for path in NOT_ASKED {
        command.args(["--exclude-path", path]);
    }
    let output = timeout(PATIENCE, command.output()).await.expect("in time").unwrap();
    assert!(output.status.success(), "{}\nthe log: {}", said(&output), place.platform.log());
    // What the operations do was seen, and not their refusals alone.
    let document = place.chief.program.ask("GET", "/openapi.json", None).await.unwrap().body;
    let (succeeded, all) = succeeded(&document, &std::fs::read(folder.path().join(REPORT)).unwrap());
    let all = all - NOT_ASKED.len();
    assert!(succeeded.len() * 4 > all * 3, "{} of {all} operations succeeded: {succeeded:#?}", succeeded.len());
}

/// Names that are there, so that answers of success are checked too. None of them is the token, its owner or a session of theirs: the run
/// would end itself.
async fn configuration(place: &Place) -> String {
    let decisions = place.chief.program.ask("GET", "/decisions?limit=1", None).await.unwrap().body;
    let request = decisions["items"][0]["decision"]["request"].as_str().unwrap().to_owned();
    let sessions = place.chief.program.ask("GET", "/sessions?user=runner", None).await.unwrap().body;
    let session = sessions["items"][0]["id"].as_str().unwrap().to_owned();
    let made = place.chief.program.ask("POST", "/workloads/nightly/tokens", Some(&json!({ "days": 1 }))).await.unwrap();
    let credential = made.body["id"].as_str().unwrap_or_else(|| panic!("{}", made.body)).to_owned();
    let names: [(&str, &[&str]); 17] = [
        ("user", &["alice", "runner"]),
        ("session", &[&session]),
        ("device", &["laptop"]),
        ("point", &["edge"]),
        ("feed", &["hostile"]),
        ("provider", &["corp"]),
        ("identity", &["no-such-identity"]),
        ("source", &["kev"]),
        ("playbook", &["watch"]),
        ("workload", &["nightly"]),
        ("credential", &[&credential]),
        ("resource", &["open"]),
        ("name", &["laptop"]),
        ("token", &["audit-program"]),
        ("request", &[&request]),
        ("kind", &["user", "group", "resource", "policy", "check", "device", "grant", "settings"]),
        ("id", &["alice", "runners", "open", "closed", "laptop", "edge"]),
    ];
    let mut text = String::new();
    for (name, values) in names {
        let values = values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", ");
        text.push_str(&format!("[dictionaries.{name}]\nvalues = [{values}]\n"));
    }
    // Methods that the gateway passes on. It answers others, such as TRACE, with 501 itself (RFC 9110, 15.6.2).
    text.push_str(
        "[phases.coverage]\nunexpected-methods = [\"GET\", \"PUT\", \"POST\", \"DELETE\", \"PATCH\", \"OPTIONS\"]\n",
    );
    text.push_str("[parameters]\n");
    for (name, _) in names {
        text.push_str(&format!("\"path.{name}\" = {{ dictionary = \"{name}\", probability = 0.5 }}\n"));
    }
    text
}

/// The operations that were done at least once, and how many operations there are.
fn succeeded(document: &Value, report: &[u8]) -> (BTreeSet<String>, usize) {
    let report: Value = serde_json::from_slice(report).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let all = paths.values().map(|operations| operations.as_object().unwrap().len()).sum();
    let mut succeeded = BTreeSet::new();
    for entry in report["log"]["entries"].as_array().unwrap() {
        let (method, url) = (entry["request"]["method"].as_str().unwrap(), entry["request"]["url"].as_str().unwrap());
        let asked = url.split("/api/v1").nth(1).and_then(|rest| rest.split('?').next()).unwrap_or_default();
        // `/devices/tokens` is not `/devices/{device}`: the path without parameters goes first.
        let exact = paths.keys().find(|path| *path == asked);
        let path = exact.or_else(|| paths.keys().find(|path| fits(path, asked)));
        if let (Some(path), Some(200..=299)) = (path, entry["response"]["status"].as_u64())
            && paths[path].get(method.to_lowercase()).is_some()
        {
            succeeded.insert(format!("{method} {path}"));
        }
    }
    (succeeded, all)
}

fn fits(path: &str, asked: &str) -> bool {
    let (path, asked): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), asked.split('/').collect());
    path.len() == asked.len() && path.iter().zip(asked).all(|(part, asked)| part.starts_with('{') || *part == asked)
}

fn program() -> PathBuf {
    let path = packages().join("schemathesis");
    assert!(path.is_file(), "schemathesis is not at {}: run `cargo verify`", path.display());
    path
}
