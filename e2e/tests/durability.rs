//! What was acknowledged is there after a power failure, and what was changed in the record is found.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use sekisho_e2e::client::{Connector, Keeping};
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::example::{CLOSED, OPEN};
use sekisho_e2e::platform::{Platform, binary};
use tokio::sync::mpsc;

/// How many denials are acknowledged before the platform is killed.
const ACKNOWLEDGED: usize = 200;
const CLIENTS: usize = 4;

#[tokio::test]
async fn kill_under_load_loses_no_acknowledged_decision() {
    let (origin, platform) = (Origin::serve(&[("/", "open")]).await.unwrap(), Platform::start(2).await.unwrap());
    let mut person = platform.example(origin.port()).await.unwrap();
    person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    person.open(CLOSED, "/").await.unwrap().expect(403).unwrap();
    let (acknowledge, mut acknowledged) = mpsc::channel(ACKNOWLEDGED);
    for _ in 0..CLIENTS {
        let (connector, cookie) = (platform.connector().unwrap(), person.cookie(CLOSED));
        tokio::spawn(ask_until_killed(connector, cookie, acknowledge.clone()));
    }
    let mut requests = BTreeSet::new();
    while requests.len() < ACKNOWLEDGED {
        requests.insert(acknowledged.recv().await.expect("a client is alive"));
    }
    let platform = platform.kill_and_restart().await.unwrap();
    // Answers that were on their way when it was killed count too.
    drop(acknowledge);
    while let Some(request) = acknowledged.recv().await {
        requests.insert(request);
    }
    for request in &requests {
        let found = platform.command(&["decision", "show", request]).await;
        let outcome = found.unwrap().pointer("/decision/outcome").cloned().unwrap();
        assert_eq!(outcome, "deny", "{request}");
    }
    assert!(verify(&platform.data().join("ledger")).status.success());
    assert_eq!(person.open(OPEN, "/").await.unwrap().status, 200, "the session is there after the restart");
    println!("{} acknowledged decisions were found after kill -9", requests.len());
}

async fn ask_until_killed(connector: Connector, cookie: String, acknowledge: mpsc::Sender<String>) {
    let Ok(mut connection) = connector.keep(CLOSED).await else { return };
    while let Some(request) = denied(&mut connection, connector.port(), &cookie).await {
        if acknowledge.send(request).await.is_err() {
            return;
        }
    }
}

/// One denied request, by its identifier, once its answer has been read whole.
async fn denied(connection: &mut Keeping, port: u16, cookie: &str) -> Option<String> {
    let request = Request::get("/").header("Host", format!("{CLOSED}:{port}")).header("Accept", "application/json");
    let request = request.header("Cookie", cookie).body(Full::new(Bytes::new())).unwrap();
    let response = connection.send(request).await.ok()?;
    assert_eq!(response.status(), 403);
    let id = response.headers().get("x-request-id").expect("an identifier").to_str().unwrap().to_owned();
    response.into_body().collect().await.ok()?;
    Some(id)
}

#[tokio::test]
async fn one_flipped_byte_anywhere_is_found() {
    let (origin, platform) = (Origin::serve(&[("/", "open")]).await.unwrap(), Platform::start(1).await.unwrap());
    let mut person = platform.example(origin.port()).await.unwrap();
    for _ in 0..3 {
        person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
        person.open(CLOSED, "/").await.unwrap().expect(403).unwrap();
    }
    let platform = platform.kill_and_restart().await.unwrap();
    let data = platform.data();
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&data.join("ledger"), &copy.path().join("ledger"));
    fs::copy(data.join("ledger.pub"), copy.path().join("ledger.pub")).unwrap();
    let ledger = copy.path().join("ledger");
    let clean = verify(&ledger);
    assert!(clean.status.success(), "{}", String::from_utf8_lossy(&clean.stderr));
    let mut flipped = 0;
    for file in files(&ledger) {
        let whole = fs::read(&file).unwrap();
        let places: BTreeSet<usize> = (0..5).map(|fifth| whole.len().saturating_sub(1) * fifth / 4).collect();
        for place in places.into_iter().filter(|_| !whole.is_empty()) {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            fs::write(&file, &changed).unwrap();
            assert!(!verify(&ledger).status.success(), "byte {place} of {} was flipped unseen", file.display());
            flipped += 1;
        }
        fs::write(&file, &whole).unwrap();
    }
    assert!(verify(&ledger).status.success());
    println!("{flipped} flipped bytes were found");
}

fn verify(ledger: &Path) -> Output {
    Command::new(binary().unwrap()).args(["ledger", "verify"]).arg(ledger).output().unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn copy_folder(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, &target).unwrap();
    }
}
