//! A ledger that was cut or put back to an older copy is noticed at the start, and is gone on with by a command of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sekisho_e2e::origin::Origin;
use sekisho_e2e::peer::server_address;
use sekisho_e2e::platform::example::OPEN;
use sekisho_e2e::platform::{Platform, binary};
use serde_json::Value;

use crate::readiness::becomes;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, &target).unwrap();
    }
}

fn verify(ledger: &Path) -> Output {
    Command::new(binary().unwrap()).args(["ledger", "verify"]).arg(ledger).output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// The codes of acts on a target, newest first.
pub(crate) async fn acts(platform: &Platform, target: &str) -> Vec<String> {
    let folder = platform.data().join("ledger").display().to_string();
    let output = Command::new(binary().unwrap()).args(["ledger", "read", &folder, "--kind", "act", "--json"]).output();
    let lines = String::from_utf8(output.unwrap().stdout).unwrap();
    let acts = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let acts = acts.filter(|act| act.pointer("/entry/target").is_some_and(|it| it == target));
    let mut codes: Vec<String> = acts.map(|act| act["entry"]["act"].as_str().unwrap().to_owned()).collect();
    codes.reverse();
    codes
}

#[tokio::test]
async fn i11_an_older_ledger_is_an_alarm_until_it_is_accepted() {
    let address = server_address().unwrap();
    let settings = format!("operation_listen = \"{address}\"\n");
    let platform = Platform::start_with(1, &[], &settings).await.unwrap();
    let origin = Origin::serve(&[("/", "open")]).await.unwrap();
    let mut person = platform.example(origin.port()).await.unwrap();
    person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    let older = tempfile::tempdir().unwrap();
    let platform = platform.stop_and_restart(|data| copy(&data.join("ledger"), older.path())).await.unwrap();
    becomes(address, None).await;
    platform.command(&["user", "link", "admin"]).await.unwrap();

    let ledger = platform.data().join("ledger");
    let whole = verify(&ledger);
    assert!(whole.status.success() && said(&whole).contains("Nothing was cut off before entry"), "{}", said(&whole));
    let alone = verify(older.path());
    assert!(!alone.status.success(), "without a key nothing is said: {}", said(&alone));

    let put_back = |data: &Path| {
        fs::remove_dir_all(data.join("ledger")).unwrap();
        copy(older.path(), &data.join("ledger"));
        let found = verify(&data.join("ledger"));
        assert!(!found.status.success() && said(&found).contains("rolled back"), "{}", said(&found));
        // Who has neither store nor kept checkpoint is not told that nothing was cut off.
        let copied = tempfile::tempdir().unwrap();
        copy(&data.join("ledger"), &copied.path().join("ledger"));
        fs::copy(data.join("ledger.pub"), copied.path().join("ledger.pub")).unwrap();
        let copied = verify(&copied.path().join("ledger"));
        assert!(copied.status.success() && said(&copied).contains("cannot be excluded"), "{}", said(&copied));
    };
    let platform = platform.stop_and_restart(put_back).await.unwrap();
    becomes(address, Some("ledger")).await;
    assert!(platform.log().contains("ALARM"), "{}", platform.log());
    assert_eq!(person.open(OPEN, "/").await.unwrap().status, 503, "what cannot be recorded is not permitted");
    assert!(platform.command(&["user", "link", "admin"]).await.is_err(), "no act is done");
    assert_eq!(acts(&platform, "platform/ledger").await, ["ledger-rolled-back"]);

    // A restart does not get over it.
    let platform = platform.kill_and_restart().await.unwrap();
    becomes(address, Some("ledger")).await;
    let accepted = platform.command(&["ledger", "accept-rollback"]).await.unwrap();
    assert!(accepted["sealed"]["size"].is_u64() && accepted["found"].is_u64(), "{accepted}");
    becomes(address, None).await;
    person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    assert!(platform.command(&["ledger", "accept-rollback"]).await.is_err(), "there is nothing more to accept");
    let platform = platform.kill_and_restart().await.unwrap();
    becomes(address, None).await;
    assert_eq!(acts(&platform, "platform/ledger").await[0], "ledger-rollback-accepted");
}
