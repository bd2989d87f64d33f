//! Events of the built binary: what happens is found by person, resource and class, and reaches rsyslog over TLS; what nobody did is not
//! found, and a server that cannot prove its name gets nothing.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod receiver;

use std::time::{Duration, Instant};

use receiver::Receiver;
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, CLOSED, OPEN};
use serde_json::Value;

/// How long what must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_found_and_reaches_a_syslog_server() {
    let (origin, receiver) = (Origin::serve(&[("/", "open")]).await.unwrap(), Receiver::start().unwrap());
    let platform = Platform::start_with(1, &[], &receiver.settings(&receiver.authority())).await.unwrap();
    let mut person = platform.example(origin.port()).await.unwrap();
    person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    person.open(CLOSED, "/").await.unwrap().expect(403).unwrap();

    let permitted = found(&platform, &["--person", ACCOUNT, "--resource", "open"], "permit").await;
    let denied = found(&platform, &["--person", ACCOUNT, "--resource", "closed"], "deny").await;
    assert_eq!(permitted.pointer("/ocsf/class_uid").unwrap(), 4002, "{permitted}");
    assert_eq!(denied.pointer("/ocsf/actor/user/uid").unwrap(), ACCOUNT, "{denied}");
    found(&platform, &["--person", ACCOUNT, "--class", "3002"], "success").await;
    for nothing in [&["--person", "nobody"], &["--resource", "of-nobody"], &["--address", "192.0.2.99"]] {
        assert!(items(&platform, nothing).await.is_empty(), "{nothing:?}");
    }
    let closed = items(&platform, &["--resource", "closed"]).await;
    // A refusal is the event of its decision, and none says that something was allowed.
    let is_refusal = |event: &Value| {
        event.get("code").unwrap() == "decision" && event.pointer("/ocsf/action_id").is_some_and(|action| action == 2)
    };
    let is_access = |event: &&Value| event.pointer("/ocsf/class_uid").is_some_and(|class| class == 4002);
    let closed: Vec<&Value> = closed.iter().filter(is_access).collect();
    assert!(!closed.is_empty() && closed.iter().all(|event| is_refusal(event)), "{closed:?}");

    // Somebody without a role sees none of it.
    let refused = person.portal("/console/events").await.unwrap();
    assert!(refused.status == 403 && !refused.body.contains("HTTP Activity"), "{}", refused.status);

    // The same two events at the server, in the words of RFC 5424.
    for position in [&permitted, &denied].map(|event| event.pointer("/ocsf/metadata/uid").unwrap().to_string()) {
        receiver.line_with(&format!("\"uid\":{position}"), PATIENCE).await;
    }
    let line = receiver.line_with("\"event_code\":\"session-established\"", PATIENCE).await;
    assert!(line.starts_with("<110>1 ") && line.contains(" portal.localhost sekisho - 3002 - "), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i42_a_syslog_server_that_cannot_prove_its_name_gets_nothing() {
    let (receiver, other) = (Receiver::start().unwrap(), Receiver::start().unwrap());
    let platform = Platform::start_with(1, &[], &receiver.settings(&other.authority())).await.unwrap();
    let began = Instant::now();
    loop {
        let status = platform.command(&["status"]).await.unwrap().to_string();
        if status.contains("events are not sent to the syslog server") {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{status}");
    }
    assert_eq!(receiver.lines(), Vec::<String>::new());
}

async fn items(platform: &Platform, asked: &[&str]) -> Vec<Value> {
    let arguments: Vec<&str> = ["event", "list", "--limit", "200"].iter().chain(asked).copied().collect();
    let list = platform.command(&arguments).await.unwrap();
    let items = list.get("items").unwrap_or(&list).as_array().cloned();
    items.unwrap_or_default()
}

/// An event with this outcome, once there is one.
async fn found(platform: &Platform, asked: &[&str], outcome: &str) -> Value {
    let began = Instant::now();
    loop {
        let items = items(platform, asked).await;
        if let Some(event) = items.iter().find(|event| event.get("outcome").unwrap() == outcome) {
            return event.clone();
        }
        assert!(began.elapsed() < PATIENCE, "no {outcome} among {items:?}");
    }
}
