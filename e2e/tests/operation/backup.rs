//! `sekisho backup` beside a running platform, and `sekisho restore`: what was there is there again, and the record says so.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use sekisho_e2e::platform::binary;
use sekisho_e2e::platform::example::OPEN;

use crate::place::Place;
use crate::rollback::acts;

fn run(command: &str, file: &Path, config: &Path) -> Output {
    Command::new(binary().unwrap()).arg(command).arg(file).arg("--config").arg(config).output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

#[tokio::test]
async fn what_was_backed_up_under_load_is_restored_and_recorded() {
    let place = Place::start("").await;
    let connector = place.platform.connector().unwrap();
    let load = place.load(&connector).await;
    let kept = tempfile::tempdir().unwrap();
    let (file, data) = (kept.path().join("sekisho.tar"), place.platform.data());
    let config = data.parent().unwrap().join("sekisho.toml");
    let backed_up = run("backup", &file, &config);
    assert!(backed_up.status.success(), "{}", said(&backed_up));
    load.stop().await.unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(kept.path().read_dir().unwrap().count(), 1, "nothing else is left beside it");
    let again = run("backup", &file, &config);
    assert!(!again.status.success() && said(&again).contains("overwrites nothing"), "{}", said(&again));
    let occupied = run("restore", &file, &config);
    assert!(!occupied.status.success() && said(&occupied).contains("overwrites nothing"), "{}", said(&occupied));

    let Place { platform, mut person, .. } = place;
    let restored = |data: &Path| {
        let before = data.with_file_name("before");
        std::fs::rename(data, &before).unwrap();
        let restored = run("restore", &file, &config);
        assert!(restored.status.success(), "{}", said(&restored));
        for file in ["store.db", "ledger/head"] {
            assert_eq!(data.join(file).metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file}");
        }
        std::fs::copy(before.join("master.key"), data.join("master.key")).unwrap();
    };
    let platform = platform.stop_and_restart(restored).await.unwrap();
    person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    assert_eq!(acts(&platform, "platform/ledger").await, ["restored-from-backup"]);
    let platform = platform.kill_and_restart().await.unwrap();
    assert_eq!(acts(&platform, "platform/ledger").await.len(), 1, "it is recorded once");
}
