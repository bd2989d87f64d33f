//! The access log has a line for each request, is opened again where it was moved away, and costs no request when it cannot be
//! written.

use std::path::Path;
use std::time::Duration;

use sekisho_e2e::peer::server_address;
use sekisho_e2e::platform::example::{ACCOUNT, CLOSED, OPEN};
use serde_json::{Value, json};

use crate::metrics::metrics_with;
use crate::place::Place;

/// The lines of the log.
fn lines(log: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The first line that has those values, once there is one.
async fn line_with(log: &Path, wanted: Value) -> Value {
    let seen = async {
        loop {
            let fits = |line: &Value| wanted.as_object().unwrap().iter().all(|(name, value)| line[name] == *value);
            if let Some(line) = lines(log).into_iter().find(fits) {
                return line;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(30), seen).await;
    assert!(found.is_ok(), "no line with {wanted} in {:?}", lines(log));
    found.unwrap()
}

#[tokio::test]
async fn each_request_has_its_line_and_a_log_that_was_moved_away_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("access.log");
    let mut place = Place::start(&format!("access_log = \"{}\"\n", log.display())).await;
    let open = place.person.open(OPEN, "/head?token=secret-of-a-client").await.unwrap().expect(200).unwrap();
    let line = line_with(&log, json!({ "request": open.header("x-request-id") })).await;
    for (name, value) in [
        ("resource", json!("open")),
        ("outcome", json!("permit")),
        ("status", json!(200)),
        ("method", json!("GET")),
        ("bytes_in", json!(0)),
        ("bytes_out", json!(open.body.len())),
        ("protocol", json!("http1")),
        ("client", json!("127.0.0.1")),
        ("subject", json!(ACCOUNT)),
    ] {
        assert_eq!(line[name], value, "{name} in {line}");
    }
    let [time, duration, upstream] = ["time", "duration_us", "upstream_us"].map(|name| &line[name]);
    assert!(time.as_str().unwrap().ends_with('Z') && upstream.as_u64() <= duration.as_u64(), "{line}");
    assert!(upstream.as_u64().unwrap() > 0 && line.get("trace").is_none(), "{line}");
    // The ledger has the decision under the name that the line has.
    let decision = line["decision"].as_str().unwrap();
    let known = place.platform.command(&["decision", "show", decision]).await.unwrap();
    assert_eq!(known["decision"]["session"], line["session"], "{known}");

    let closed = place.person.open(CLOSED, "/").await.unwrap().expect(403).unwrap();
    let line = line_with(&log, json!({ "request": closed.header("x-request-id") })).await;
    assert_eq!((&line["outcome"], &line["reason"]), (&json!("deny"), &json!("no-policy-permits")), "{line}");
    assert!(line.get("upstream_us").is_none(), "nothing reached the resource: {line}");
    let text = std::fs::read_to_string(&log).unwrap();
    let cookie = place.person.cookie(OPEN);
    for secret in ["secret-of-a-client", cookie.split('=').nth(1).unwrap(), "/head", "code="] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }

    let moved = folder.path().join("access.log.1");
    std::fs::rename(&log, &moved).unwrap();
    place.platform.command(&["reload"]).await.unwrap();
    let after = place.person.open(OPEN, "/").await.unwrap();
    line_with(&log, json!({ "request": after.header("x-request-id") })).await;
    assert!(lines(&moved).iter().all(|line| line["request"] != after.header("x-request-id")));
    std::fs::rename(folder.path(), folder.path().with_extension("away")).unwrap();
    let why = place.refusal("reload").await;
    assert!(why.contains("`access_log`"), "{why}");
    std::fs::rename(folder.path().with_extension("away"), folder.path()).unwrap();
    let last = place.person.open(OPEN, "/").await.unwrap();
    line_with(&log, json!({ "request": last.header("x-request-id") })).await;

    let socket = place.socket().await;
    place.platform.command(&["session", "end", "--user", ACCOUNT]).await.unwrap();
    let line = line_with(&log, json!({ "protocol": "websocket" })).await;
    assert_eq!((&line["outcome"], &line["reason"]), (&json!("cut"), &json!("session-ended")), "{line}");
    assert!(line["bytes_out"].as_u64().unwrap() > 0, "{line}");
    drop(socket);
}

#[tokio::test]
async fn a_full_disk_and_a_collector_that_is_gone_cost_lines_and_spans_and_no_request() {
    let (address, gone) = (server_address().unwrap(), server_address().unwrap());
    let traces = format!("traces = {{ endpoint = \"http://{gone}\", ratio = 1.0 }}\n");
    let settings = format!("operation_listen = \"{address}\"\naccess_log = \"/dev/full\"\n{traces}");
    let mut place = Place::start(&settings).await;
    for _ in 0..20 {
        place.person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    }
    let count = |metrics: &str, name: &str| {
        let line = metrics.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let lost = async {
        loop {
            let metrics = metrics_with(address, "sekisho_access_log_lost_total").await;
            let both = ["sekisho_access_log_lost_total", "sekisho_traces_lost_total"].map(|name| count(&metrics, name));
            if both.iter().all(|lost| *lost >= 20) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), lost).await.expect("both counts in time");
    place.person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    let said = place.platform.log();
    assert_eq!(said.matches("the access log cannot be written").count(), 1, "{said}");
    assert_eq!(said.matches("the trace collector takes nothing").count(), 1, "{said}");
}
