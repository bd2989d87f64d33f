//! Rows that a newer version wrote: of kinds that this program does not know.

use sekisho_model::documents::Kind;
use sekisho_store::{ChangeFeed, Expected, Store, StoreUrl};
use serde_json::json;

use super::place::{Place, commit, put};

/// Writes or deletes a row as another version does, in a commit of its own.
async fn newer(place: &Place, kind: &str, id: &str, body: Option<&str>, critical: i64) {
    let body = body.map_or("NULL".to_owned(), |body| format!("'{body}'"));
    place
        .alter(&format!(
            "UPDATE counters SET value = value + 1 WHERE name = 'revision'; \
             INSERT INTO documents (kind, id, revision, place, at, actor, body, critical) VALUES \
             ('{kind}', '{id}', (SELECT value FROM counters WHERE name = 'revision'), 0, 1, 'newer', {body}, {critical}) \
             ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, body = excluded.body"
        ))
        .await;
}

/// Reads until the feed stands where the store does; the identifiers of what it told.
async fn catch_up(feed: &mut ChangeFeed, store: &Store) -> Vec<String> {
    let mut told = Vec::new();
    let head = store.revision().await.unwrap();
    while feed.position() < head {
        told.extend(feed.next().await.unwrap().into_iter().map(|change| change.id));
    }
    told
}

fn unknown(feed: &ChangeFeed) -> Vec<(String, bool)> {
    feed.unknown_kinds().map(|(kind, is_critical)| (kind.to_owned(), is_critical)).collect()
}

pub async fn rows_of_an_unknown_kind_are_skipped_and_named(place: &Place) {
    let store = place.open().await;
    commit(&store, vec![put(Kind::User, "aoi", Expected::New, 1)]).await;
    let mut live = store.watch(0);
    assert_eq!(catch_up(&mut live, &store).await, ["aoi"]);
    newer(place, "sundial", "noon", Some("{\"not\": \"for us\"}"), 0).await;
    newer(place, "vault", "sealed", Some("sealed-9:not-json"), 0).await;
    commit(&store, vec![put(Kind::User, "ren", Expected::New, 1)]).await;
    assert_eq!(catch_up(&mut live, &store).await, ["ren"], "what is known goes on");
    let plain = [("sundial".to_owned(), false), ("vault".to_owned(), false)];
    assert_eq!(unknown(&live), plain);
    // A process that starts reads the same.
    let (again, mut fresh) = (place.open().await, store.watch(0));
    assert_eq!(catch_up(&mut fresh, &again).await, ["aoi", "ren"]);
    assert_eq!(unknown(&fresh), plain);
    assert_eq!(again.list_all(Kind::User).await.unwrap().len(), 2);
    newer(place, "sundial", "noon", None, 0).await;
    catch_up(&mut fresh, &store).await;
    assert_eq!(unknown(&fresh), [("vault".to_owned(), false)], "the last document of a kind takes its name along");
}

pub async fn a_critical_row_of_an_unknown_kind_is_told_as_such(place: &Place) {
    let store = place.open().await;
    newer(place, "quarantine", "laptop", Some("{}"), 1).await;
    newer(place, "quarantine", "phone", Some("{}"), 1).await;
    let mut feed = store.watch(0);
    catch_up(&mut feed, &store).await;
    assert_eq!(unknown(&feed), [("quarantine".to_owned(), true)]);
    for (id, left) in [("laptop", 1), ("phone", 0)] {
        newer(place, "quarantine", id, None, 1).await;
        catch_up(&mut feed, &store).await;
        assert_eq!(unknown(&feed).len(), left);
    }
}

pub async fn a_row_carries_whether_its_kind_is_critical(place: &Place) {
    let store = place.open().await;
    for kind in Kind::ALL {
        commit(&store, vec![put(kind, "x", Expected::New, 1)]).await;
    }
    let critical = place.texts("SELECT kind FROM documents WHERE critical = 1 ORDER BY kind").await;
    let mut expected: Vec<&str> = Kind::ALL.into_iter().filter(|kind| kind.is_critical()).map(Kind::name).collect();
    expected.sort_unstable();
    assert_eq!(critical, expected);
}

pub async fn a_database_of_schema_1_becomes_a_present_one(place: &Place) {
    let first = match &place.url {
        StoreUrl::Sqlite(_) => include_str!("../../src/schema/1.sqlite.sql"),
        StoreUrl::Postgres(_) => include_str!("../../src/schema/1.postgres.sql"),
    };
    place
        .alter(&format!(
            "{first}; CREATE TABLE sekisho_schema (version BIGINT NOT NULL); INSERT INTO sekisho_schema VALUES (1); \
             UPDATE counters SET value = 1 WHERE name = 'revision'; \
             INSERT INTO documents VALUES ('user', 'aoi', 1, 0, 5, 'tester', '7')"
        ))
        .await;
    let store = place.open().await;
    let found = store.get(Kind::User, "aoi").await.unwrap().unwrap();
    assert_eq!((found.revision, found.body), (1, json!(7)));
    commit(&store, vec![put(Kind::User, "aoi", Expected::Revision(1), 8)]).await;
    assert_eq!(place.texts("SELECT id FROM documents WHERE critical = 1").await, ["aoi"]);
    assert_eq!(place.texts("SELECT CAST(version AS TEXT) FROM sekisho_schema").await, ["2"]);
    store.close().await;
    assert_eq!(place.open().await.revision().await.unwrap(), 2, "and opens again");
}
