//! The change feed: nothing missed, nothing out of order.

use std::collections::BTreeMap;
use std::time::Duration;

use sekisho_model::documents::{Change, Kind};
use sekisho_store::{ChangeFeed, Expected, Store, StoreError};
use serde_json::{Value, json};

use super::place::{Place, at, commit, delete, put};

const PATIENCE: Duration = Duration::from_secs(20);

type Folded = BTreeMap<(Kind, String), Value>;

async fn next(feed: &mut ChangeFeed) -> Vec<Change> {
    let changes = async {
        loop {
            // None at all: the database only confirmed that there are none.
            let changes = feed.next().await.unwrap();
            if !changes.is_empty() {
                return changes;
            }
        }
    };
    tokio::time::timeout(PATIENCE, changes).await.expect("a change in time")
}

fn fold(folded: &mut Folded, changes: &[Change]) {
    for change in changes {
        let key = (change.kind, change.id.clone());
        match &change.body {
            Some(body) => folded.insert(key, body.clone()),
            None => folded.remove(&key),
        };
    }
}

/// Follows a feed up to a revision, checking its order.
async fn follow(feed: &mut ChangeFeed, folded: &mut Folded, to: u64) {
    let mut last = feed.position();
    while feed.position() < to || !feed.is_caught_up() {
        let changes = next(feed).await;
        assert!(!changes.is_empty());
        for change in &changes {
            assert!(change.revision >= last, "{} after {last}", change.revision);
            last = change.revision;
        }
        fold(folded, &changes);
    }
}

async fn present(store: &Store, kinds: &[Kind]) -> Folded {
    let mut present = Folded::new();
    for kind in kinds {
        let documents = store.list_all(*kind).await.unwrap();
        present.extend(documents.into_iter().map(|document| ((*kind, document.id), document.body)));
    }
    present
}

pub async fn a_feed_catches_up_and_goes_on_live(place: &Place) {
    let store = place.open().await;
    commit(&store, vec![put(Kind::User, "aoi", Expected::New, 1)]).await;
    commit(&store, vec![put(Kind::User, "ren", Expected::New, 1), put(Kind::Group, "staff", Expected::New, 1)]).await;
    commit(&store, vec![delete(Kind::User, "aoi", Expected::Any)]).await;
    let mut feed = store.watch(0);
    assert!(!feed.is_caught_up());
    let changes = next(&mut feed).await;
    let told: Vec<_> = changes.iter().map(|change| (change.revision, change.id.as_str())).collect();
    assert_eq!(told, [(2, "ren"), (2, "staff")], "in the order of the commit, without what is gone");
    assert!(feed.is_caught_up());
    assert_eq!(feed.position(), 3);

    let mut later = store.watch(1);
    let changes = next(&mut later).await;
    assert_eq!(changes.last().unwrap().body, None, "who may know the document is told that it is gone");

    let revision = commit(&store, vec![put(Kind::User, "mei", Expected::New, json!({"a": 1}))]).await;
    let changes = next(&mut feed).await;
    let expected = Change { revision, kind: Kind::User, id: "mei".into(), body: Some(json!({"a": 1})), at: at(1_000) };
    assert_eq!(changes, [expected]);
    commit(&store, vec![delete(Kind::User, "mei", Expected::Any)]).await;
    assert_eq!(next(&mut feed).await[0].body, None);
}

pub async fn a_feed_hears_other_processes(place: &Place) {
    let (here, there) = (place.open().await, place.open().await);
    let mut feed = here.watch(0);
    for round in 0..5 {
        let revision = commit(&there, vec![put(Kind::User, "aoi", Expected::Any, round)]).await;
        let changes = next(&mut feed).await;
        assert_eq!((changes[0].revision, &changes[0].body), (revision, &Some(json!(round))));
        commit(&here, vec![put(Kind::User, "ren", Expected::Any, round)]).await;
        assert_eq!(next(&mut feed).await[0].id, "ren");
    }
    // What this process commits is heard first; what the other one committed before it is still told before it.
    commit(&there, vec![put(Kind::User, "aoi", Expected::Any, "there")]).await;
    let last = commit(&here, vec![put(Kind::User, "ren", Expected::Any, "here")]).await;
    let mut told = Vec::new();
    while feed.position() < last {
        told.extend(next(&mut feed).await.into_iter().map(|change| change.id));
    }
    assert_eq!(told, ["aoi", "ren"]);
}

pub async fn a_page_never_ends_inside_a_commit(place: &Place) {
    let store = place.open().await;
    let many = |part: &str, count: u32| {
        (0..count).map(|number| put(Kind::User, &format!("{part}{number}"), Expected::Any, number)).collect::<Vec<_>>()
    };
    commit(&store, many("a", 700)).await;
    commit(&store, many("b", 1_500)).await;
    commit(&store, many("c", 10)).await;
    commit(&store, many("a", 5)).await;
    let mut feed = store.watch(0);
    let mut folded = Folded::new();
    let mut sizes = Vec::new();
    while !feed.is_caught_up() {
        let changes = next(&mut feed).await;
        sizes.push(changes.len());
        fold(&mut folded, &changes);
    }
    assert_eq!(sizes, [695 + 1_500, 15]);
    assert_eq!(folded, present(&store, &[Kind::User]).await);
}

pub async fn who_begins_reads_all_there_is_without_waiting(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.watch(0).present().await.unwrap(), None);
    let many = (0..1_200).map(|number| put(Kind::User, &format!("u{number}"), Expected::New, number)).collect();
    commit(&store, many).await;
    commit(&store, vec![put(Kind::Group, "staff", Expected::New, 1), put(Kind::Key, "ca", Expected::New, 1)]).await;
    commit(&store, vec![put(Kind::Key, "tls", Expected::New, 1)]).await;
    let mut feed = store.watch(0);
    let mut folded = Folded::new();
    while let Some(changes) = feed.present().await.unwrap() {
        fold(&mut folded, &changes);
    }
    assert_eq!(folded, present(&store, &[Kind::User, Kind::Group]).await);
    assert!(feed.is_caught_up());
    assert_eq!(feed.position(), 3);
    commit(&store, vec![put(Kind::Group, "guests", Expected::New, 1)]).await;
    assert_eq!(feed.present().await.unwrap().unwrap()[0].id, "guests");
    commit(&store, vec![put(Kind::Group, "others", Expected::New, 1)]).await;
    assert_eq!(next(&mut feed).await[0].id, "others", "and then live, once");
}

pub async fn sealed_kinds_are_not_told(place: &Place) {
    let store = place.open().await;
    let mut feed = store.watch(0);
    for kind in Kind::ALL {
        commit(&store, vec![put(kind, "x", Expected::New, 1)]).await;
    }
    let expected: Vec<Kind> =
        Kind::ALL.into_iter().filter(|kind| !matches!(kind, Kind::Credential | Kind::OneTime | Kind::Key)).collect();
    let caught_up: Vec<Kind> = next(&mut feed).await.iter().map(|change| change.kind).collect();
    assert_eq!(caught_up, expected);
    let mut live = Vec::new();
    for kind in Kind::ALL {
        commit(&store, vec![put(kind, "x", Expected::Any, 2)]).await;
    }
    while live.len() < expected.len() {
        live.extend(next(&mut feed).await.into_iter().map(|change| change.kind));
    }
    assert_eq!(live, expected);
}

pub async fn writers_at_once_are_told_in_order_and_completely(place: &Place) {
    let stores = [place.open().await, place.open().await];
    let mut feeds = [stores[0].watch(0), stores[1].watch(0)];
    let writers: Vec<_> = (0..6_usize)
        .map(|writer| {
            let store = stores[writer % 2].clone();
            tokio::spawn(async move {
                for round in 0..15 {
                    let id = format!("u{}", (writer * 7 + round) % 10);
                    let write = if (writer + round) % 5 == 0 {
                        delete(Kind::Session, &id, Expected::Any)
                    } else {
                        put(Kind::Session, &id, Expected::Any, format!("{writer}-{round}"))
                    };
                    commit(&store, vec![write, put(Kind::Posture, &id, Expected::Any, round)]).await;
                }
            })
        })
        .collect();
    let mut folded = [Folded::new(), Folded::new()];
    for (feed, folded) in feeds.iter_mut().zip(&mut folded) {
        follow(feed, folded, 90).await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let present = present(&stores[0], &[Kind::Session, Kind::Posture]).await;
    assert_eq!(stores[0].revision().await.unwrap(), 90);
    assert_eq!(folded[0], present);
    assert_eq!(folded[1], present);
}

pub async fn a_feed_that_lags_reads_the_rest(place: &Place) {
    let store = place.open().await;
    commit(&store, vec![put(Kind::User, "first", Expected::New, 0)]).await;
    let mut feed = store.watch(0);
    next(&mut feed).await;
    for round in 0..1_100 {
        commit(&store, vec![put(Kind::Session, &format!("s{}", round % 50), Expected::Any, round)]).await;
    }
    let mut folded = Folded::new();
    follow(&mut feed, &mut folded, 1_101).await;
    assert_eq!(folded, present(&store, &[Kind::Session]).await);
}

pub async fn a_cancelled_wait_loses_nothing(place: &Place) {
    let store = place.open().await;
    let mut feed = store.watch(0);
    let mut folded = Folded::new();
    for round in 0..40 {
        commit(&store, vec![put(Kind::User, &format!("u{round}"), Expected::New, round)]).await;
        // Given up at once, whatever it was doing.
        if let Ok(changes) = tokio::time::timeout(Duration::from_micros(round * 50), feed.next()).await {
            fold(&mut folded, &changes.unwrap());
        }
    }
    follow(&mut feed, &mut folded, 40).await;
    assert_eq!(folded, present(&store, &[Kind::User]).await);
}

pub async fn a_feed_older_than_the_forgotten_is_told_so(place: &Place) {
    let store = place.open().await;
    commit(&store, vec![put(Kind::Session, "kept", Expected::New, 0)]).await;
    commit(&store, vec![put(Kind::Session, "gone", Expected::New, 0)]).await;
    let mut ahead = store.watch(0);
    next(&mut ahead).await;
    commit(&store, vec![delete(Kind::Session, "gone", Expected::Any)]).await;
    next(&mut ahead).await;
    place.alter("UPDATE counters SET value = 1023 WHERE name = 'revision'").await;
    let month = at(1_000 + 30 * 86_400_000);
    store.commit(vec![put(Kind::Session, "new", Expected::New, 0)], "tester", month).await.unwrap();
    assert_eq!(place.texts("SELECT id FROM documents WHERE body IS NULL").await, [""; 0], "forgotten after a week");
    let mut behind = store.watch(2);
    assert!(matches!(behind.next().await, Err(StoreError::FeedTooOld { position: 2, forgotten: 3 })));
    assert_eq!(next(&mut ahead).await[0].id, "new", "who had been told goes on");
    let mut anew = store.watch(0);
    assert_eq!(next(&mut anew).await.len(), 2);
}

pub async fn an_older_copy_of_the_database_is_noticed(place: &Place) {
    let store = place.open().await;
    for round in 0..5 {
        commit(&store, vec![put(Kind::User, "aoi", Expected::Any, round)]).await;
    }
    let mut feed = store.watch(0);
    next(&mut feed).await;
    place.alter("UPDATE counters SET value = 3 WHERE name = 'revision'").await;
    let noticed = async {
        loop {
            if let Err(error) = feed.next().await {
                return error;
            }
        }
    };
    let noticed = tokio::time::timeout(PATIENCE, noticed).await.expect("in time");
    assert!(matches!(noticed, StoreError::WentBack { position: 5, head: 3 }), "{noticed:?}");
}
