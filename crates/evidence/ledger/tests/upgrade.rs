//! The ownership of the writer goes from one process to the next and back, and no entry is lost.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sample;

use std::os::unix::net::UnixStream;

use sample::{act, check, decision, open};
use sekisho_ledger::{AccessBatch, Ledger, LedgerError};
use sekisho_model::{Outcome, Timestamp};

fn events(count: u64) -> AccessBatch {
    let mut batch = AccessBatch::default();
    (0..count).for_each(|n| batch.push(Timestamp::from_millis(1), &format!("r{n}"), "d", ("GET", "/"), (200, None)));
    batch
}

/// The old handle and the new one, after the ownership went over.
async fn handed_over(folder: &std::path::Path) -> (Ledger, Ledger) {
    let old = open(folder);
    old.append(act(0)).await.unwrap();
    let (here, there) = UnixStream::pair().unwrap();
    old.transfer_to_successor(here).await.unwrap();
    let new = open(folder);
    new.serve_earlier(there).unwrap();
    (old, new)
}

#[tokio::test]
async fn entries_of_the_old_process_go_through_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = handed_over(folder.path()).await;
    assert_eq!(old.append_all(vec![act(1), decision("r1", "alice", Outcome::Deny)]).await.unwrap(), 1);
    assert_eq!(new.append(act(3)).await.unwrap(), 3);
    old.access(events(5)).unwrap();
    assert_eq!(old.append(act(4)).await.unwrap(), 4, "events and entries keep their order, and are acknowledged there");
    assert_eq!(old.size(), 5);
    assert_eq!(new.find_decision("r1").await.unwrap().0, 2);
    old.checkpoint().await.unwrap();
    old.close().await;
    new.access(events(1)).unwrap();
    new.append(act(5)).await.unwrap();
    new.close().await;
    let report = check(folder.path());
    assert!(report.findings.is_empty(), "{report:?}");
}

#[tokio::test]
async fn a_new_process_that_ends_gives_the_pen_back() {
    let folder = tempfile::tempdir().unwrap();
    let old = open(folder.path());
    old.append(act(0)).await.unwrap();
    let (here, there) = UnixStream::pair().unwrap();
    old.transfer_to_successor(here).await.unwrap();
    // An entry waits for the new process, which opens the folder, records one and falls.
    let new = open(folder.path());
    let waiting = tokio::spawn({
        let old = old.clone();
        async move { old.append(act(2)).await }
    });
    new.append(act(1)).await.unwrap();
    new.close().await;
    drop(there);
    assert_eq!(waiting.await.unwrap().unwrap(), 2);
    old.access(events(3)).unwrap();
    assert_eq!(old.append(act(3)).await.unwrap(), 3);
    assert!(old.is_sound());
    old.close().await;
    assert!(check(folder.path()).findings.is_empty());
}

#[tokio::test]
async fn what_was_given_away_is_not_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let old = open(folder.path());
    let (here, there) = UnixStream::pair().unwrap();
    old.transfer_to_successor(here).await.unwrap();
    old.give_away();
    drop(there);
    assert!(old.append(act(0)).await.is_err());
    assert!(old.access(events(1)).is_err());
    assert!(!old.is_sound(), "what cannot be recorded is denied");
    let next = open(folder.path());
    assert!(matches!(next.append(act(0)).await, Ok(0)), "the next process finds the folder free");
    assert!(matches!(Ledger::open(folder.path(), sample::ORIGIN, sample::key()), Err(LedgerError::InUse(_))));
}
