//! What is appended is there, in order, after reopening too, and can be looked up and proven.

mod sample;

use sample::{act, check, decision, events, key, open, public};
use sekisho_ledger::{Checkpoint, EntryKind, Filter, Ledger, LedgerError};
use sekisho_model::{Outcome, Record};

#[tokio::test]
async fn indices_count_on_across_openings() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = 0;
    for round in 0..4 {
        let ledger = open(folder.path());
        assert_eq!(ledger.size(), expected);
        for _ in 0..100 {
            assert_eq!(ledger.append(act(expected)).await.unwrap(), expected);
            expected += 1;
        }
        let many: Vec<Record> = (0..200).map(|number| act(expected + number)).collect();
        assert_eq!(ledger.append_all(many).await.unwrap(), expected);
        expected += 200;
        assert_eq!(ledger.size(), expected);
        ledger.close().await;
        let report = check(folder.path());
        assert!(report.is_whole(), "round {round}: {:?}", report.findings);
        assert_eq!(report.entries, expected);
    }
    let ledger = open(folder.path());
    let all = ledger.recent(usize::MAX, Filter::default()).await;
    assert_eq!(all.len() as u64, expected);
    for (index, record) in all {
        assert_eq!(record, act(index));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_get_an_index_each() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let tasks: Vec<_> = (0..500)
        .map(|number| {
            let ledger = ledger.clone();
            tokio::spawn(async move { (ledger.append(act(number)).await.unwrap(), number) })
        })
        .collect();
    let mut placed = Vec::new();
    for task in tasks {
        placed.push(task.await.unwrap());
    }
    let recorded = ledger.recent(1_000, Filter::default()).await;
    for (index, number) in &placed {
        assert!(recorded.contains(&(*index, act(*number))));
    }
    placed.sort_unstable();
    assert!(placed.iter().map(|(index, _)| *index).eq(0..500));
    ledger.close().await;
    assert!(check(folder.path()).is_whole());
}

#[tokio::test]
async fn decisions_are_found_by_request_and_recent_entries_by_filter() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    ledger.append(decision("old", "aoi", Outcome::Deny)).await.unwrap();
    // More than is kept at hand, so that the first is searched for on the disk.
    for _ in 0..9 {
        ledger.append_all((0..2_000).map(act).collect()).await.unwrap();
    }
    ledger.append(decision("new", "aoi", Outcome::Permit)).await.unwrap();
    ledger.append(decision("other", "ren", Outcome::Deny)).await.unwrap();
    ledger.checkpoint().await.unwrap();
    for round in 0..2 {
        let ledger = if round == 0 {
            ledger.clone()
        } else {
            ledger.close().await;
            open(folder.path())
        };
        assert_eq!(ledger.find_decision("old").await.unwrap().0, 0, "round {round}");
        let (index, found) = ledger.find_decision("new").await.unwrap();
        assert_eq!((index, found.outcome), (18_001, Outcome::Permit));
        assert!(ledger.find_decision("none").await.is_none());
        let of = |filter| ledger.recent(10, filter);
        let filter = Filter { subject: Some("aoi".to_owned()), ..Filter::default() };
        assert_eq!(of(filter).await.len(), 1, "only of those at hand");
        let filter = Filter { outcome: Some(Outcome::Deny), ..Filter::default() };
        assert_eq!(of(filter).await, [(18_002, decision("other", "ren", Outcome::Deny))]);
        let filter = Filter { kind: Some(EntryKind::Decision), ..Filter::default() };
        assert_eq!(of(filter).await.len(), 2);
        let filter = Filter { act: Some("test".to_owned()), ..Filter::default() };
        assert_eq!(of(filter).await.len(), 10);
        let filter = Filter { request: Some(sekisho_model::RequestId::new("new")), ..Filter::default() };
        assert_eq!(of(filter).await, [(18_001, decision("new", "aoi", Outcome::Permit))]);
    }
}

#[tokio::test]
async fn access_events_are_sealed_and_seals_are_entries() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    ledger.access(events(3)).unwrap();
    ledger.access(events(4)).unwrap();
    ledger.checkpoint().await.unwrap();
    ledger.access(events(5)).unwrap();
    ledger.close().await;
    let report = check(folder.path());
    assert!(report.is_whole(), "{:?}", report.findings);
    assert_eq!((report.entries, report.segments, report.sealed_events, report.unsealed_bytes), (2, 1, 12, 0));
    let ledger = open(folder.path());
    ledger.access(events(1)).unwrap();
    ledger.close().await;
    let report = check(folder.path());
    assert_eq!((report.entries, report.segments, report.sealed_events), (3, 2, 13));
    let lines = std::fs::read_to_string(folder.path().join("access/0000000000")).unwrap();
    assert_eq!(lines.lines().count(), 12);
}

#[tokio::test]
async fn a_published_entry_is_proven_and_another_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let mut checkpoints = Vec::new();
    for size in [0_u64, 1, 2, 3, 255, 256, 257, 300, 512, 600] {
        let from = ledger.size();
        if size > from {
            ledger.append_all((from..size).map(act).collect()).await.unwrap();
        }
        let note = ledger.checkpoint().await.unwrap();
        checkpoints.push(Checkpoint::open(&note, &public()).unwrap());
        assert_eq!(std::fs::read_to_string(folder.path().join("checkpoint")).unwrap(), note);
    }
    let last = checkpoints.last().unwrap();
    for index in [0, 1, 2, 254, 255, 256, 511, 512, 599] {
        let proof = ledger.prove(index).await.unwrap();
        assert_eq!(proof.entry, serde_json::to_vec(&act(index)).unwrap());
        assert!(proof.verify(last), "{index}");
        let mut altered = proof.clone();
        altered.entry[20] ^= 1;
        assert!(!altered.verify(last));
        let mut altered = proof.clone();
        altered.index = (index + 1) % 600;
        assert!(!altered.verify(last));
        let mut altered = proof.clone();
        altered.path.pop();
        assert!(!altered.verify(last));
        assert!(!proof.verify(&checkpoints[3]));
    }
    assert!(matches!(ledger.prove(600).await, Err(LedgerError::NoSuchEntry { index: 600, size: 600 })));
    for older in &checkpoints {
        let proof = sekisho_ledger::prove_consistency(folder.path(), &public(), older.size).unwrap();
        assert!(proof.verify(older, last), "{}", older.size);
        let mut forked = older.clone();
        forked.root[0] ^= 1;
        assert!(!proof.verify(&forked, last), "{}", older.size);
        let mut forked = last.clone();
        forked.root[0] ^= 1;
        assert_eq!(proof.verify(older, &forked), older.size == 0, "an empty log is the beginning of every log");
    }
}

#[tokio::test]
async fn the_folder_belongs_to_one_process_and_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    assert!(matches!(Ledger::open(folder.path(), sample::ORIGIN, key()), Err(LedgerError::InUse(_))));
    ledger.append(act(0)).await.unwrap();
    ledger.close().await;
    assert!(matches!(ledger.append(act(1)).await, Err(LedgerError::Closed)));
    assert!(ledger.access(events(1)).is_err());
    let other = sekisho_ledger::SigningKey::from_seed(&[8; 32]).unwrap();
    assert!(matches!(Ledger::open(folder.path(), sample::ORIGIN, other), Err(LedgerError::Altered { .. })));
    let renamed = Ledger::open(folder.path(), "other.test/ledger", key());
    assert!(matches!(renamed, Err(LedgerError::OtherLog { found, .. }) if found == sample::ORIGIN));
    for bad in ["", "a b", "a+b", &"a".repeat(101)] {
        assert!(matches!(Ledger::open(folder.path(), bad, key()), Err(LedgerError::Origin(_))), "{bad}");
    }
    assert_eq!(open(folder.path()).size(), 1);
}

#[tokio::test]
async fn a_record_that_does_not_fit_is_refused_and_the_ledger_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let large = decision(&"x".repeat(70_000), "aoi", Outcome::Permit);
    assert!(matches!(ledger.append(large).await, Err(LedgerError::TooLarge(_))));
    assert_eq!(ledger.append(act(0)).await.unwrap(), 0);
    assert!(ledger.is_sound());
}

#[tokio::test]
async fn a_ledger_that_nobody_writes_any_more_is_not_sound() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    ledger.append(act(0)).await.unwrap();
    assert!(ledger.is_sound());
    ledger.close().await;
    assert!(matches!(ledger.append(act(1)).await, Err(LedgerError::Closed)));
    assert!(!ledger.is_sound());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_ledger_verifies_while_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    ledger.append_all((0..700).map(act).collect()).await.unwrap();
    let growing = ledger.clone();
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let grower = tokio::spawn(async move {
        while stopped.try_recv().is_err() {
            growing.append_all((0..40).map(act).collect()).await.unwrap();
            growing.access(events(10)).unwrap();
            growing.checkpoint().await.unwrap();
        }
    });
    for round in 0..20 {
        let path = folder.path().to_owned();
        let report = tokio::task::spawn_blocking(move || check(&path)).await.unwrap();
        assert!(report.is_whole(), "round {round}: {:?}", report.findings);
        assert!(report.entries >= 700);
    }
    stop.send(()).unwrap();
    grower.await.unwrap();
}

#[tokio::test]
async fn a_full_journal_is_replaced_once_its_entries_are_in_synced_tiles() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let long = |number: u64| decision(&format!("{number}-{}", "x".repeat(60_000)), "aoi", Outcome::Permit);
    let journals = || {
        let files = std::fs::read_dir(folder.path().join("journal")).unwrap();
        files
            .map(|file| file.unwrap())
            .map(|file| (file.file_name(), file.metadata().unwrap().len()))
            .collect::<Vec<_>>()
    };
    // One group, so that no publication falls in between.
    ledger.append_all((0..270).map(long).collect()).await.unwrap();
    ledger.checkpoint().await.unwrap();
    assert!(journals().iter().all(|(name, length)| name == "00000000000000000256" && *length < 1 << 20));
    assert_eq!(journals().len(), 1);
    ledger.append(act(270)).await.unwrap();
    assert!(check(folder.path()).is_whole());
    ledger.close().await;
    let ledger = open(folder.path());
    assert_eq!(ledger.recent(1, Filter::default()).await, [(270, act(270))]);
    assert_eq!(ledger.recent(1_000, Filter::default()).await.len(), 271);
    ledger.close().await;
    assert!(check(folder.path()).is_whole());
}
