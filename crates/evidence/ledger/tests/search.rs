//! Searches reach the first entry of the ledger, whatever lies in the folder of the summaries.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod sample;

use std::path::Path;

use sample::{act, check, decision, open};
use sekisho_ledger::{EntryKind, Filter, Found, Ledger};
use sekisho_model::{DecisionRecord, Outcome, PolicyId, Record, RequestId, SessionId, StreamEnd, Timestamp};

const ENTRIES: u64 = 20_000;

/// One of these, by a number.
fn one_of<T: Clone>(these: &[T], number: u64) -> T {
    these[usize::try_from(number).unwrap() % these.len()].clone()
}

fn at(number: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(number).unwrap())
}

/// Entries that differ in everything that a filter asks for.
fn entry(number: u64) -> Record {
    let subject = format!("user-{}", number % 97);
    match number % 5 {
        0 => act(number),
        1 => Record::StreamEnd(StreamEnd {
            at: at(number),
            request: RequestId::new(format!("r{}", number - 1)),
            subject,
            session: SessionId::from_bytes([u8::try_from(number % 11).unwrap(); 16]),
            resource: "wiki".to_owned(),
            reason: one_of(&["closed", "session-ended"], number).to_owned(),
            world: 1,
            delay_ms: number.is_multiple_of(2).then_some(7),
            carried: None,
        }),
        _ => {
            let outcome = one_of(&[Outcome::Deny, Outcome::Permit, Outcome::Challenge], number);
            let Record::Decision(base) = decision(&format!("r{number}"), &subject, outcome) else {
                panic!("the sample is a decision")
            };
            let policies: Vec<PolicyId> = vec![format!("policy.{}", number % 31).parse().unwrap()];
            Record::Decision(Box::new(DecisionRecord {
                at: at(number),
                device: number.is_multiple_of(7).then(|| format!("device-{}", number % 13)),
                resource: Some(one_of(&["wiki", "payroll", "sekisho-console"], number / 3).to_owned()),
                address: format!("10.0.0.{}", number % 50),
                reasons: (0..number % 9).map(|reason| format!("reason-{reason}")).collect(),
                policies,
                ..*base
            }))
        }
    }
}

fn filters() -> Vec<Filter> {
    let some = |text: &str| Some(text.to_owned());
    let base = Filter::default;
    vec![
        base(),
        Filter { kind: Some(EntryKind::Decision), ..base() },
        Filter { kind: Some(EntryKind::StreamEnd), cuts: true, ..base() },
        Filter { outcome: Some(Outcome::Deny), subject: some("user-5"), ..base() },
        Filter { reason: some("reason-7"), ..base() },
        Filter { reason: some("policy.12"), resource: some("payroll"), ..base() },
        Filter { device: some("device-7"), address: some("10.0.0.7"), ..base() },
        Filter { since: Some(Timestamp::from_millis(90)), until: Some(Timestamp::from_millis(2_500)), ..base() },
        Filter {
            kind: Some(EntryKind::Decision),
            without_permits_of: vec!["sekisho-console".to_owned(), "wiki".to_owned()],
            ..base()
        },
        Filter { request: Some(RequestId::new("r2")), ..base() },
        Filter { session: Some(SessionId::from_bytes([4; 16])), before: Some(12_345), after: Some(700), ..base() },
        Filter { subject: some("nobody"), ..base() },
    ]
}

async fn filled(folder: &Path) -> Ledger {
    let ledger = open(folder);
    for start in (0..ENTRIES).step_by(1_000) {
        ledger.append_all((start..start + 1_000).map(entry).collect()).await.unwrap();
    }
    ledger.checkpoint().await.unwrap();
    ledger
}

/// All that fits, by pages of that many.
async fn all(ledger: &Ledger, filter: &Filter, count: usize) -> Vec<(u64, Record)> {
    let (mut entries, mut filter) = (Vec::new(), filter.clone());
    loop {
        let Found { entries: more, next } = ledger.search(count, filter.clone()).await;
        assert!(more.len() <= count);
        entries.extend(more);
        let Some(next) = next else { return entries };
        assert!(filter.before.is_none_or(|before| next < before), "each page goes on");
        filter.before = Some(next);
    }
}

fn expected(filter: &Filter) -> Vec<(u64, Record)> {
    let in_range =
        |index: &u64| filter.before.is_none_or(|before| *index < before) && filter.after.is_none_or(|a| a < *index);
    let entries = (0..ENTRIES).rev().filter(in_range).map(|index| (index, entry(index)));
    entries.filter(|(_, record)| filter.fits(record)).collect()
}

#[tokio::test]
async fn every_page_of_every_search_is_found_down_to_the_first_entry() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = filled(folder.path()).await;
    for filter in filters() {
        for count in [7, 100, 30_000] {
            if count > 7 || filter.subject.is_some() {
                assert_eq!(all(&ledger, &filter, count).await, expected(&filter), "{filter:?} by {count}");
            }
        }
    }
    for index in [0, 1, 255, 256, ENTRIES - 1] {
        assert_eq!(ledger.entry(index).await, Some(entry(index)));
    }
    assert_eq!(ledger.entry(ENTRIES).await, None);
}

#[tokio::test]
async fn summaries_that_are_missing_torn_or_anothers_hide_nothing_and_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await.close().await;
    let file = folder.path().join("search/0000000000");
    let whole = {
        // Whatever the thread had not done yet is made by searches.
        let ledger = open(folder.path());
        all(&ledger, &Filter { subject: Some("nobody".to_owned()), ..Filter::default() }, 10).await;
        ledger.close().await;
        std::fs::read(&file).unwrap()
    };
    let torn = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + 4_096].fill(0);
        bytes
    };
    // The blocks of another log: whole, and about other entries.
    let other_log = {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open(folder.path());
        for start in (0..ENTRIES).step_by(1_000) {
            ledger.append_all((start..start + 1_000).map(act).collect()).await.unwrap();
        }
        ledger.checkpoint().await.unwrap();
        all(&ledger, &Filter { subject: Some("nobody".to_owned()), ..Filter::default() }, 10).await;
        ledger.close().await;
        std::fs::read(folder.path().join("search/0000000000")).unwrap()
    };
    for damaged in [Vec::new(), whole[..20_000].to_vec(), torn(&whole, 4_000), torn(&whole, 100_000)] {
        std::fs::write(&file, &damaged).unwrap();
        let ledger = open(folder.path());
        let filter = Filter { outcome: Some(Outcome::Deny), subject: Some("user-5".to_owned()), ..Filter::default() };
        assert_eq!(all(&ledger, &filter, 100).await, expected(&filter));
        ledger.close().await;
        assert!(check(folder.path()).is_whole(), "summaries are no part of what is verified");
    }
    std::fs::write(&file, &other_log).unwrap();
    let ledger = open(folder.path());
    let filter = Filter { outcome: Some(Outcome::Deny), subject: Some("user-5".to_owned()), ..Filter::default() };
    let wanted = expected(&filter);
    // The thread compares each block with its bundle once after opening; nothing else tells when it is done.
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while all(&ledger, &filter, 100).await != wanted {
        assert!(std::time::Instant::now() < until, "the blocks of the other log are replaced");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn entries_that_came_faster_than_they_are_published_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    for start in (0..ENTRIES).step_by(10_000) {
        ledger.append_all((start..start + 10_000).map(entry).collect()).await.unwrap();
    }
    assert_eq!(ledger.search(1, Filter { before: Some(1), ..Filter::default() }).await.entries, [(0, entry(0))]);
}
