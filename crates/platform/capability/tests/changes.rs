//! A change is in the ledger before it is in the store, and the ledger says when it was not made.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use sekisho_capability::{ChangeError, Changes};
use sekisho_ledger::{Filter, Ledger, SigningKey};
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Record, Timestamp};
use sekisho_store::{Expected, MasterKey, Store, Write};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

struct Installation {
    store: Store,
    ledger: Ledger,
    changes: Changes,
    _folder: tempfile::TempDir,
}

impl Installation {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display()).parse().unwrap();
        let store = Store::open(&url, MasterKey::generate().unwrap()).await.unwrap();
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger"), "test.localhost/ledger", key).unwrap();
        Self { changes: Changes::new(store.clone(), ledger.clone()), store, ledger, _folder: folder }
    }

    /// The acts of the ledger, oldest first: actor, code, target, detail.
    async fn acts(&self) -> Vec<(String, String, String, Value)> {
        let found = self.ledger.recent(100, Filter::default()).await;
        let acts = found.iter().rev().filter_map(|(_, record)| match record {
            Record::Act(act) => Some((act.actor.to_string(), act.act.clone(), act.target.clone(), act.detail.clone())),
            _ => None,
        });
        acts.collect()
    }

    async fn put_alice(&self, expected: Expected) -> Result<u64, ChangeError> {
        let change = self.changes.begin(alice(), "user-changed", "user/alice").detail(json!({ "fields": ["name"] }));
        change.put(Kind::User, "alice", expected, user()).commit(NOW).await
    }
}

fn alice() -> Actor {
    Actor::User("alice".to_owned())
}

fn user() -> Value {
    json!({ "id": "alice", "name": "Alice" })
}

fn act(code: &str, detail: Value) -> (String, String, String, Value) {
    ("user:alice".to_owned(), code.to_owned(), "user/alice".to_owned(), detail)
}

#[tokio::test]
async fn a_change_is_recorded_and_written_by_its_actor() {
    let here = Installation::new().await;
    here.put_alice(Expected::New).await.unwrap();
    assert_eq!(here.acts().await, [act("user-changed", json!({ "fields": ["name"] }))]);
    let document = here.store.get(Kind::User, "alice").await.unwrap().unwrap();
    assert_eq!((document.actor.as_str(), document.at), ("user:alice", NOW));
}

#[tokio::test]
async fn a_change_that_loses_a_conflict_is_recorded_as_not_done() {
    let here = Installation::new().await;
    let lost = here.put_alice(Expected::Revision(7)).await.unwrap_err();
    assert!(matches!(lost, ChangeError::Conflict { kind: Kind::User, found: None, .. }), "{lost}");
    let done = act("user-changed", json!({ "fields": ["name"] }));
    assert_eq!(here.acts().await, [done, act("not-done", json!({ "of": "user-changed" }))]);
    assert!(here.store.get(Kind::User, "alice").await.unwrap().is_none());
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_written() {
    let here = Installation::new().await;
    here.ledger.close().await;
    let refused = here.put_alice(Expected::New).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Unrecorded(_)), "{refused}");
    assert!(here.store.get(Kind::User, "alice").await.unwrap().is_none());
}

#[tokio::test]
async fn a_change_is_built_again_after_a_conflict_and_recorded_once() {
    let here = Installation::new().await;
    here.put_alice(Expected::New).await.unwrap();
    let mut rounds = 0;
    let change = here.changes.begin(alice(), "user-renamed", "user/alice");
    let outcome: Result<i32, ChangeError> = change
        .commit_with(NOW, async || {
            rounds += 1;
            let found = here.store.get(Kind::User, "alice").await?.unwrap();
            if rounds == 1 {
                // Somebody else is faster.
                here.put_alice(Expected::Revision(found.revision)).await?;
            }
            let expected = Expected::Revision(found.revision);
            Ok((rounds, vec![Write::Put { kind: Kind::User, id: "alice".to_owned(), expected, body: user() }]))
        })
        .await;
    assert_eq!(outcome.unwrap(), 2);
    let renamed = here.acts().await.into_iter().filter(|(_, code, ..)| code == "user-renamed").count();
    assert_eq!(renamed, 1);
    assert!(!here.acts().await.iter().any(|(_, code, ..)| code == "not-done"));
}

#[tokio::test]
async fn a_change_that_cannot_be_built_is_not_recorded() {
    let here = Installation::new().await;
    let change = here.changes.begin(alice(), "user-renamed", "user/alice");
    let refused: Result<(), ChangeError> = change
        .commit_with(NOW, async || Err(ChangeError::Conflict { kind: Kind::User, id: "alice".to_owned(), found: None }))
        .await;
    refused.unwrap_err();
    assert_eq!(here.acts().await, []);
}

#[tokio::test]
async fn a_one_time_document_that_is_gone_is_not_waited_for() {
    let here = Installation::new().await;
    let mut rounds = 0;
    let change = here.changes.begin(alice(), "user-renamed", "user/alice");
    let refused: Result<(), ChangeError> = change
        .commit_with(NOW, async || {
            rounds += 1;
            let expected = Expected::Revision(1);
            Ok(((), vec![Write::Delete { kind: Kind::OneTime, id: "code".to_owned(), expected }]))
        })
        .await;
    assert!(matches!(refused.unwrap_err(), ChangeError::Conflict { kind: Kind::OneTime, .. }));
    assert_eq!(rounds, 1);
    let codes: Vec<String> = here.acts().await.into_iter().map(|(_, code, ..)| code).collect();
    assert_eq!(codes, ["user-renamed", "not-done"]);
}

#[tokio::test]
async fn bookkeeping_cannot_write_what_people_administer() {
    let here = Installation::new().await;
    let put = |kind| vec![Write::Put { kind, id: "alice".to_owned(), expected: Expected::Any, body: user() }];
    let refused = here.changes.maintain(put(Kind::User), NOW).await.unwrap_err();
    assert!(matches!(refused, ChangeError::NeedsAct { kind: Kind::User, .. }), "{refused}");
    assert!(here.store.get(Kind::User, "alice").await.unwrap().is_none());
    here.changes.maintain(put(Kind::OneTime), NOW).await.unwrap();
    assert_eq!(here.acts().await, []);
}
