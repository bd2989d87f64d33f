//! Documents, commits, conflicts and history.

use sekisho_model::documents::Kind;
use sekisho_store::{CommitError, Expected, Store, StoreError, Write};
use serde_json::json;

use super::place::{Place, at, commit, delete, key, put};

pub async fn a_document_is_put_replaced_and_deleted(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.get(Kind::User, "aoi").await.unwrap(), None);
    let body = json!({"name": "青い\u{0}\n\"", "number": 9_007_199_254_740_993_i64, "list": [1.5, null]});
    let first = commit(&store, vec![put(Kind::User, "aoi", Expected::New, body.clone())]).await;
    let found = store.get(Kind::User, "aoi").await.unwrap().unwrap();
    assert_eq!((found.revision, &found.body, found.at, found.actor.as_str()), (first, &body, at(1_000), "tester"));
    assert_eq!(store.get(Kind::Group, "aoi").await.unwrap(), None, "another kind is another document");

    let second = commit(&store, vec![put(Kind::User, "aoi", Expected::Revision(first), json!(2))]).await;
    assert_eq!(second, first + 1);
    assert_eq!(store.get(Kind::User, "aoi").await.unwrap().unwrap().body, json!(2));
    let third = commit(&store, vec![put(Kind::User, "aoi", Expected::Any, json!(3))]).await;
    commit(&store, vec![delete(Kind::User, "aoi", Expected::Revision(third))]).await;
    assert_eq!(store.get(Kind::User, "aoi").await.unwrap(), None);
    assert_eq!(store.list_all(Kind::User).await.unwrap(), []);
    commit(&store, vec![delete(Kind::User, "aoi", Expected::Any)]).await;
    let again = commit(&store, vec![put(Kind::User, "aoi", Expected::New, json!(4))]).await;
    assert_eq!(store.get(Kind::User, "aoi").await.unwrap().unwrap().revision, again);
    assert_eq!(store.revision().await.unwrap(), again);
}

pub async fn a_commit_rests_on_documents_that_are_unchanged(place: &Place) {
    let store = place.open().await;
    let other = commit(&store, vec![put(Kind::User, "aoi", Expected::New, 1)]).await;
    let rests_on = |revision| Write::Unchanged { kind: Kind::User, id: "aoi".to_owned(), revision };
    let done = commit(&store, vec![rests_on(other), put(Kind::User, "ben", Expected::New, 1)]).await;
    assert_eq!(store.get(Kind::User, "aoi").await.unwrap().unwrap().revision, other, "it is only compared");
    assert_eq!(store.get(Kind::User, "ben").await.unwrap().unwrap().revision, done);
    assert_eq!(store.history(Kind::User, "aoi").await.unwrap().len(), 1);
    commit(&store, vec![put(Kind::User, "aoi", Expected::Revision(other), 2)]).await;
    let put_ben = || put(Kind::User, "ben", Expected::Revision(done), 2);
    for (write, now) in [(rests_on(other), Some(done + 1)), (rests_on(99), Some(done + 1))] {
        let refused = store.commit(vec![put_ben(), write], "tester", at(2)).await;
        assert!(matches!(&refused, Err(CommitError::Conflict { id, found, .. }) if id == "aoi" && *found == now));
    }
    commit(&store, vec![delete(Kind::User, "aoi", Expected::Any)]).await;
    let refused = store.commit(vec![put_ben(), rests_on(done + 2)], "tester", at(2)).await;
    assert!(matches!(refused, Err(CommitError::Conflict { found: None, .. })), "{refused:?}");
    assert_eq!(store.get(Kind::User, "ben").await.unwrap().unwrap().revision, done);
}

pub async fn a_commit_is_whole_or_nothing(place: &Place) {
    let store = place.open().await;
    let before = commit(&store, vec![put(Kind::Group, "staff", Expected::New, 1)]).await;
    let refused = store
        .commit(
            vec![
                put(Kind::User, "aoi", Expected::New, 1),
                delete(Kind::Group, "staff", Expected::Revision(before)),
                put(Kind::Key, "ca", Expected::Revision(99), 1),
            ],
            "tester",
            at(2),
        )
        .await;
    let Err(CommitError::Conflict { kind: Kind::Key, id, found: None }) = refused else { panic!("{refused:?}") };
    assert_eq!(id, "ca");
    assert_eq!(store.get(Kind::User, "aoi").await.unwrap(), None);
    assert!(store.get(Kind::Group, "staff").await.unwrap().is_some());
    assert_eq!(store.revision().await.unwrap(), before, "a refused commit has no revision");
    let writes = vec![
        put(Kind::User, "aoi", Expected::New, 1),
        delete(Kind::Group, "staff", Expected::Revision(before)),
        put(Kind::Key, "ca", Expected::New, 1),
    ];
    let revision = commit(&store, writes).await;
    assert_eq!(revision, before + 1);
    assert_eq!(store.get(Kind::User, "aoi").await.unwrap().unwrap().revision, revision);
    assert_eq!(store.get(Kind::Key, "ca").await.unwrap().unwrap().revision, revision);
    assert_eq!(store.get(Kind::Group, "staff").await.unwrap(), None);
}

pub async fn a_conflict_names_the_document(place: &Place) {
    let store = place.open().await;
    for kind in [Kind::User, Kind::OneTime] {
        let there = commit(&store, vec![put(kind, "there", Expected::New, 1)]).await;
        let gone = commit(&store, vec![put(kind, "gone", Expected::New, 1)]).await;
        commit(&store, vec![delete(kind, "gone", Expected::Revision(gone))]).await;
        let refused = [
            (put(kind, "there", Expected::New, 2), Some(there)),
            (put(kind, "there", Expected::Revision(there + 1), 2), Some(there)),
            (delete(kind, "there", Expected::New), Some(there)),
            (delete(kind, "there", Expected::Revision(there - 1)), Some(there)),
            (put(kind, "gone", Expected::Revision(gone), 2), None),
            (put(kind, "gone", Expected::Revision(gone + 1), 2), None),
            (delete(kind, "gone", Expected::Revision(gone)), None),
            (delete(kind, "never", Expected::Revision(1)), None),
        ];
        for (write, expected) in refused {
            let (name, shown) = (write.id().to_owned(), format!("{write:?}"));
            match store.commit(vec![write], "tester", at(2)).await {
                Err(CommitError::Conflict { kind: found_kind, id, found }) => {
                    assert_eq!((found_kind, id, found), (kind, name, expected), "{shown}");
                }
                other => panic!("{shown}: {other:?}"),
            }
        }
        assert_eq!(store.get(kind, "there").await.unwrap().unwrap().body, json!(1));
        commit(&store, vec![delete(kind, "never", Expected::New)]).await;
    }
}

pub async fn a_commit_that_makes_no_sense_is_refused(place: &Place) {
    let store = place.open().await;
    let twice = vec![put(Kind::User, "a", Expected::New, 1), delete(Kind::User, "a", Expected::Any)];
    assert!(matches!(store.commit(twice, "tester", at(1)).await, Err(CommitError::Twice { .. })));
    for bad in ["", "a\0", "a\nb", &"x".repeat(513)] {
        let write = put(Kind::User, bad, Expected::New, 1);
        assert!(matches!(store.commit(vec![write], "tester", at(1)).await, Err(CommitError::BadId(_))), "{bad}");
    }
    assert_eq!(store.revision().await.unwrap(), 0);
    commit(&store, vec![put(Kind::User, &"x".repeat(512), Expected::New, 1)]).await;
}

pub async fn a_large_commit_is_as_many_small_ones(place: &Place) {
    let store = place.open().await;
    let id = |number: usize| format!("n{number:04}");
    commit(&store, vec![put(Kind::Group, &id(3), Expected::New, 0)]).await;
    let gone = commit(&store, vec![delete(Kind::Group, &id(3), Expected::Any)]).await;
    let mut writes: Vec<_> = (0..200).map(|number| put(Kind::Group, &id(number), Expected::New, number)).collect();
    writes.insert(70, put(Kind::Credential, "aoi", Expected::New, "secret"));
    writes.insert(130, put(Kind::Session, "s", Expected::Any, 1));
    let mut feed = store.watch(gone);
    let revision = commit(&store, writes).await;
    let told: Vec<String> = feed.next().await.unwrap().into_iter().map(|change| change.id).collect();
    let mut expected: Vec<String> = (0..200).map(id).collect();
    expected.insert(129, "s".to_owned());
    assert_eq!(told, expected, "in the order of the writes, live");
    let mut fresh = store.watch(0);
    let read: Vec<String> = fresh.next().await.unwrap().into_iter().map(|change| change.id).collect();
    assert_eq!(read, expected, "and from the database");
    let past = store.history(Kind::Group, &id(3)).await.unwrap();
    assert_eq!(past.iter().map(|past| past.revision).collect::<Vec<_>>(), [revision, gone, gone - 1]);
    // One that is there already refuses all of them, by its name.
    let again = (150..300).rev().map(|number| put(Kind::Group, &id(number), Expected::New, 1)).collect();
    match store.commit(again, "tester", at(1)).await {
        Err(CommitError::Conflict { id: found, found: Some(at), .. }) => assert_eq!((found, at), (id(199), revision)),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.revision().await.unwrap(), revision);
    assert!(store.get(Kind::Group, &id(299)).await.unwrap().is_none());
    // Many are replaced as they are inserted: each at its revision, or none.
    let replace = |expected: u64, wrong: usize| -> Vec<sekisho_store::Write> {
        let at = |number| Expected::Revision(if number == wrong { expected - 1 } else { expected });
        (0..200).map(|number| put(Kind::Group, &id(number), at(number), number + 1000)).collect()
    };
    for wrong in [3, 63, 64, 199] {
        match store.commit(replace(revision, wrong), "tester", at(2)).await {
            Err(CommitError::Conflict { id: found, found: Some(at), .. }) => {
                assert_eq!((found, at), (id(wrong), revision));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(store.revision().await.unwrap(), revision);
    let replaced = commit(&store, replace(revision, usize::MAX)).await;
    for number in [0, 63, 64, 199] {
        let found = store.get(Kind::Group, &id(number)).await.unwrap().unwrap();
        assert_eq!((found.revision, found.body), (replaced, json!(number + 1000)));
        let past = store.history(Kind::Group, &id(number)).await.unwrap();
        assert_eq!(past.iter().take(2).map(|past| past.revision).collect::<Vec<_>>(), [replaced, revision]);
    }
    commit(&store, vec![delete(Kind::Group, &id(70), Expected::Any)]).await;
    let refused = store.commit(replace(replaced, usize::MAX), "tester", at(3)).await;
    assert!(
        matches!(&refused, Err(CommitError::Conflict { id: found, found: None, .. }) if *found == id(70)),
        "{refused:?}"
    );
}

pub async fn lists_are_in_the_order_of_bytes(place: &Place) {
    let store = place.open().await;
    let mut ids: Vec<String> = (0..2_300).map(|number| format!("n{number}")).collect();
    ids.extend(["B", "a", "b", "a-b", "a.b", "a_b", "é", "語", "~"].map(str::to_owned));
    let writes = ids.iter().map(|id| put(Kind::Resource, id, Expected::New, id.as_str())).collect();
    commit(&store, writes).await;
    commit(&store, vec![put(Kind::User, "c", Expected::New, 1)]).await;
    ids.sort_unstable();
    let all = store.list_all(Kind::Resource).await.unwrap();
    assert!(all.iter().map(|document| &document.id).eq(&ids));
    assert!(all.iter().all(|document| document.body == document.id.as_str()));
    let some = store.list(Kind::Resource, Some("a"), 3).await.unwrap();
    assert_eq!(some.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(), ["a-b", "a.b", "a_b"]);
}

pub async fn some_are_read_whatever_their_number(place: &Place) {
    let store = place.open().await;
    let ids: Vec<String> = (0..200).map(|number| format!("n{number}")).collect();
    commit(&store, ids.iter().map(|id| put(Kind::Resource, id, Expected::New, id.as_str())).collect()).await;
    commit(&store, vec![put(Kind::User, "n1", Expected::New, 1), delete(Kind::Resource, "n2", Expected::Any)]).await;
    for count in [0, 1, 3, 64, 65, 200] {
        let asked: Vec<&str> = ids.iter().take(count).map(String::as_str).chain(["nobody"]).collect();
        let found = store.get_some(Kind::Resource, &asked).await.unwrap();
        let found: std::collections::BTreeMap<_, _> =
            found.into_iter().map(|document| (document.id, document.body)).collect();
        let there = ids.iter().take(count).filter(|id| *id != "n2");
        assert_eq!(found, there.map(|id| (id.clone(), json!(id))).collect(), "{count}");
    }
    assert!(store.get_some(Kind::Device, &ids).await.unwrap().is_empty(), "of another kind");
}

pub async fn history_keeps_every_revision_of_administered_kinds_only(place: &Place) {
    let store = place.open().await;
    for kind in Kind::ALL {
        let first = commit(&store, vec![put(kind, "x", Expected::New, 1)]).await;
        let second = commit(&store, vec![put(kind, "x", Expected::Any, 2)]).await;
        let third = commit(&store, vec![delete(kind, "x", Expected::Any)]).await;
        let past = store.history(kind, "x").await.unwrap();
        let past: Vec<_> = past.into_iter().map(|past| (past.revision, past.body)).collect();
        if kind.is_administered() {
            assert_eq!(past, [(third, None), (second, Some(json!(2))), (first, Some(json!(1)))], "{kind}");
        } else {
            assert_eq!(past, [], "{kind}");
        }
    }
}

pub async fn no_update_is_lost(place: &Place) {
    let stores = [place.open().await, place.open().await];
    commit(&stores[0], vec![put(Kind::Grant, "counter", Expected::New, 0)]).await;
    let tasks: Vec<_> = (0..12).map(|task| tokio::spawn(count_to_five(stores[task % 2].clone()))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let end = stores[0].get(Kind::Grant, "counter").await.unwrap().unwrap();
    assert_eq!(end.body, json!(60));
    assert_eq!(end.revision, 61, "revisions have no gaps, and refused commits take none");
}

async fn count_to_five(store: Store) {
    let mut done = 0;
    while done < 5 {
        let now = store.get(Kind::Grant, "counter").await.unwrap().unwrap();
        let next = now.body.as_i64().unwrap() + 1;
        let write = put(Kind::Grant, "counter", Expected::Revision(now.revision), next);
        match store.commit(vec![write], "tester", at(1)).await {
            Ok(_) => done += 1,
            Err(CommitError::Conflict { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

pub async fn what_is_committed_is_there_after_opening_again(place: &Place) {
    let store = place.open().await;
    let revision = commit(&store, vec![put(Kind::User, "aoi", Expected::New, 1)]).await;
    store.close().await;
    assert!(store.get(Kind::User, "aoi").await.is_err());
    let store = place.open().await;
    assert_eq!(store.get(Kind::User, "aoi").await.unwrap().unwrap().revision, revision);
    assert_eq!(commit(&store, vec![put(Kind::User, "ren", Expected::New, 1)]).await, revision + 1);
}

pub async fn a_newer_schema_is_refused(place: &Place) {
    place.open().await.close().await;
    place.alter("UPDATE sekisho_schema SET version = 99").await;
    let refused = Store::open(&place.url, key(1)).await;
    assert!(matches!(refused, Err(StoreError::NewerSchema { found: 99, known: 2 })), "{refused:?}");
    place.alter("UPDATE sekisho_schema SET version = 2").await;
    place.open().await;
}
