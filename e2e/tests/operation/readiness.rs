//! `/readyz` says that the platform is not ready, and why, for each of the reasons that the guide names. That the World is not
//! confirmed, and that the store does not answer, is tested where a gateway is cut from its store (`attacks/partition.rs`).

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use sekisho_e2e::client::Person;
use sekisho_e2e::origin::Origin;
use sekisho_e2e::peer::server_address;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::CLOSED;

use crate::certificate::Authority;
use crate::metrics::ask;

/// How long something is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the platform is ready, or is not for that one reason and no other.
pub(crate) async fn becomes(address: SocketAddr, ill: Option<&str>) {
    let began = Instant::now();
    loop {
        let answer = ask(address, "/readyz").await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let said: serde_json::Value = serde_json::from_str(body).unwrap();
        let checks = said["checks"].as_object().unwrap();
        assert_eq!(checks.keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(["store", "world"]));
        let unready = said["unready"].as_object().unwrap().keys();
        let failing = checks.iter().filter(|(_, well)| **well == false).map(|it| it.0);
        let failing: Vec<&str> = failing.chain(unready).map(String::as_str).collect();
        let status = if failing.is_empty() { "HTTP/1.1 200 " } else { "HTTP/1.1 503 " };
        assert!(head.starts_with(status) && said["ready"] == failing.is_empty(), "{answer}");
        if failing == ill.into_iter().collect::<Vec<_>>() {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{ill:?} was expected: {answer}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_certificate_that_has_ended_makes_it_unready_until_there_is_another() {
    let address = server_address().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    authority.issue(30);
    let settings = format!("operation_listen = \"{address}\"\n{}", authority.setting());
    let platform = Platform::start_with(1, &[], &settings).await.unwrap();
    becomes(address, None).await;
    authority.issue_for(time::Duration::seconds(8));
    platform.command(&["reload"]).await.unwrap();
    becomes(address, Some("certificates")).await;
    authority.issue(30);
    platform.command(&["reload"]).await.unwrap();
    becomes(address, None).await;
}

/// Runs a program with the signal ignored that tells of a file that grew too long, so that the write fails instead.
const PATIENT_OF_LIMITS: [&str; 3] = ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""];

async fn denied(person: &mut Person) -> u16 {
    person.open(CLOSED, "/").await.unwrap().status
}

#[tokio::test]
async fn a_ledger_that_cannot_be_written_makes_it_unready_until_it_is_opened_again() {
    let address = server_address().unwrap();
    let settings = format!("operation_listen = \"{address}\"\n");
    let platform = Platform::start_with(1, &PATIENT_OF_LIMITS, &settings).await.unwrap();
    let origin = Origin::serve(&[("/", "open")]).await.unwrap();
    let mut person = platform.example(origin.port()).await.unwrap();
    assert_eq!(denied(&mut person).await, 403);
    becomes(address, None).await;
    let process = Pid::from_raw(i32::try_from(platform.process().unwrap()).unwrap());
    // As on a full disk: no file grows any more.
    let full = Rlimit { current: Some(1), maximum: Some(1) };
    prlimit(process, Resource::Fsize, full).unwrap();
    let began = Instant::now();
    while denied(&mut person).await != 503 {
        assert!(began.elapsed() < PATIENCE, "decisions are recorded on a full disk");
    }
    becomes(address, Some("ledger")).await;
    assert_eq!(denied(&mut person).await, 503, "what cannot be recorded is not answered");
    // The disk has room again, and the ledger is opened anew.
    let platform = platform.kill_and_restart().await.unwrap();
    becomes(address, None).await;
    assert_eq!(denied(&mut person).await, 403);
    drop(platform);
}
