//! The suite on SQLite, and what only a file can lose: kill -9, permissions.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::panic, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

#[macro_use]
mod suite;

use std::io::{BufRead, BufReader, Read, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Store, StoreError, StoreUrl};
use suite::place::{Place, at, key, put};

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::Sqlite(folder.path().join("store.db"));
    Place { url, _folder: Some(folder) }
}

one_test_each!(place);

#[tokio::test(flavor = "multi_thread")]
async fn i12_of_fifty_consumers_one_wins() {
    suite::one_time::of_fifty_consumers_one_wins(&place()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_what_is_consumed_is_not_replaced() {
    suite::one_time::what_is_consumed_is_not_replaced(&place()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_secrets_lie_sealed() {
    suite::secrets::secrets_lie_sealed(&place()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_a_swapped_secret_does_not_open() {
    suite::secrets::a_swapped_secret_does_not_open(&place()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_secrets_leave_nothing_behind() {
    suite::secrets::secrets_leave_nothing_behind(&place()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_another_master_key_is_refused() {
    suite::secrets::another_master_key_is_refused(&place()).await;
}

const CHILD: &str = "SEKISHO_TEST_STORE_CHILD";

/// The child's part: commits from several tasks until it is killed, and tells each acknowledged revision.
#[tokio::test(flavor = "multi_thread")]
async fn child_commits_until_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store = Store::open(&StoreUrl::Sqlite(path.into()), key(1)).await.unwrap();
    let tasks = (0..4).map(|task| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0_u64.. {
                let id = format!("{}-{task}-{number}", std::process::id());
                let writes = vec![
                    put(Kind::Grant, &id, Expected::New, number),
                    put(Kind::Credential, &id, Expected::New, number),
                ];
                let revision = store.commit(writes, "child", at(1)).await.unwrap();
                let line = format!("ack {revision} {id}\n");
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// Starts a child on that database and kills it after that many acknowledgements; what it told.
fn killed_after(path: &Path, count: u32) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_commits_until_killed", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let (mut text, mut line, mut seen) = (String::new(), String::new(), 0);
    while seen < count {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "the child ended: {text}");
        seen += u32::from(line.starts_with("ack "));
        text.push_str(&line);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reader.read_to_string(&mut text).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_loses_nothing_acknowledged() {
    let place = place();
    let StoreUrl::Sqlite(path) = &place.url else { panic!("a file") };
    let mut all = Vec::new();
    for round in 0..12 {
        let text = killed_after(path, 1 + round * 23 % 61);
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        for line in whole.lines().filter_map(|line| line.strip_prefix("ack ")) {
            let (revision, id) = line.split_once(' ').unwrap();
            all.push((revision.parse::<u64>().unwrap(), id.to_owned()));
        }
        let store = place.open().await;
        for (revision, id) in &all {
            for kind in [Kind::Grant, Kind::Credential] {
                let found = store.get(kind, id).await.unwrap();
                assert_eq!(found.map(|found| found.revision), Some(*revision), "round {round}: {kind}/{id}");
            }
        }
        let (grants, credentials) =
            (store.list_all(Kind::Grant).await.unwrap(), store.list_all(Kind::Credential).await.unwrap());
        assert_eq!(grants.len(), credentials.len(), "a commit is whole or nothing");
        assert_eq!(store.revision().await.unwrap(), grants.len() as u64);
        store.close().await;
    }
    assert!(all.len() > 200, "{}", all.len());
}

#[tokio::test]
async fn the_file_is_for_this_user_only_and_an_unusable_one_is_named() {
    let place = place();
    let StoreUrl::Sqlite(path) = &place.url else { panic!("a file") };
    let store = place.open().await;
    suite::place::commit(&store, vec![put(Kind::User, "aoi", Expected::New, 1)]).await;
    for end in ["", "-wal", "-shm"] {
        let mode = std::fs::metadata(format!("{}{end}", path.display())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{end}");
    }
    let nowhere = StoreUrl::Sqlite(path.join("not-a-folder/store.db"));
    let refused = Store::open(&nowhere, key(1)).await;
    assert!(matches!(&refused, Err(StoreError::File { path, .. }) if path.contains("not-a-folder")), "{refused:?}");
}
