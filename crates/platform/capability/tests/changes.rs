//! A change is in the ledger before it is in the store, and the ledger says when it was not made.

use sekisho_capability::{Attempts, Built, ChangeError, consume, key_once, sweep};
use sekisho_model::documents::Kind;
use sekisho_model::{Act, Actor};
use sekisho_store::{Expected, Write};
use sekisho_testbed::{Organisation, TemporaryServices};
use serde_json::{Value, json};

async fn services() -> TemporaryServices {
    TemporaryServices::new(Organisation::empty()).await
}

async fn put_alice(here: &TemporaryServices, expected: Expected) -> Result<u64, ChangeError> {
    let changes = &here.services.changes;
    let change = changes.begin(alice(), "user-changed", "user/alice").detail(json!({ "fields": ["name"] }));
    change.put(Kind::User, "alice", expected, user()).commit(here.clock.now()).await
}

fn alice() -> Actor {
    Actor::User("alice".to_owned())
}

fn user() -> Value {
    json!({ "id": "alice", "name": "Alice" })
}

fn put(kind: Kind, expected: Expected) -> Write {
    Write::Put { kind, id: "alice".to_owned(), expected, body: user() }
}

fn renamed(here: &TemporaryServices) -> Attempts {
    here.services.changes.begin(alice(), "user-renamed", "user/alice").attempts(here.clock.now())
}

fn withdrawal(here: &TemporaryServices) -> Attempts {
    here.services.changes.begin(alice(), "session-ended", "session/alice").withdrawal(here.clock.now())
}

/// Makes attempts until there is an outcome.
async fn settle<T>(
    mut attempts: Attempts,
    mut build: impl AsyncFnMut() -> Result<Built<T>, ChangeError>,
) -> Result<T, ChangeError> {
    loop {
        if let Some(outcome) = attempts.settle(build().await).await {
            return outcome;
        }
    }
}

fn act(here: &TemporaryServices, code: &str, detail: Value) -> Act {
    Act { at: here.clock.now(), actor: alice(), act: code.to_owned(), target: "user/alice".to_owned(), detail }
}

#[tokio::test]
async fn a_change_is_recorded_and_written_by_its_actor() {
    let here = services().await;
    put_alice(&here, Expected::New).await.unwrap();
    assert_eq!(here.acts().await, [act(&here, "user-changed", json!({ "fields": ["name"] }))]);
    let document = here.services.store.get(Kind::User, "alice").await.unwrap().unwrap();
    assert_eq!((document.actor.as_str(), document.at), ("user:alice", here.clock.now()));
}

#[tokio::test]
async fn a_change_that_loses_a_conflict_is_recorded_as_not_done() {
    let here = services().await;
    let lost = put_alice(&here, Expected::Revision(7)).await.unwrap_err();
    assert!(matches!(lost, ChangeError::Conflict { kind: Kind::User, found: None, .. }), "{lost}");
    let done = act(&here, "user-changed", json!({ "fields": ["name"] }));
    assert_eq!(here.acts().await, [done, act(&here, "not-done", json!({ "of": "user-changed" }))]);
    assert!(here.services.store.get(Kind::User, "alice").await.unwrap().is_none());
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_written() {
    let here = services().await;
    here.services.ledger.close().await;
    let refused = put_alice(&here, Expected::New).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Unrecorded(_)), "{refused}");
    assert!(here.services.store.get(Kind::User, "alice").await.unwrap().is_none());
}

#[tokio::test]
async fn a_change_is_built_again_after_a_conflict_and_recorded_once() {
    let here = services().await;
    put_alice(&here, Expected::New).await.unwrap();
    let mut rounds = 0;
    let outcome = settle(renamed(&here), async || {
        rounds += 1;
        let found = here.services.store.get(Kind::User, "alice").await?.unwrap();
        if rounds == 1 {
            // Somebody else is faster.
            put_alice(&here, Expected::Revision(found.revision)).await?;
        }
        Ok(Built::new(rounds, vec![put(Kind::User, Expected::Revision(found.revision))]))
    })
    .await;
    assert_eq!(outcome.unwrap(), 2);
    let codes = here.act_codes().await;
    assert_eq!(codes.iter().filter(|code| *code == "user-renamed").count(), 1);
    assert!(!codes.iter().any(|code| code == "not-done"), "{codes:?}");
}

#[tokio::test]
async fn a_change_that_cannot_be_built_is_not_recorded() {
    let here = services().await;
    let refused: Result<(), ChangeError> = settle(renamed(&here), async || {
        Err(ChangeError::Conflict { kind: Kind::User, id: "alice".to_owned(), found: None })
    })
    .await;
    refused.unwrap_err();
    assert_eq!(here.acts().await, []);
}

#[tokio::test]
async fn a_one_time_document_that_is_gone_is_not_waited_for() {
    let here = services().await;
    let mut rounds = 0;
    let refused = settle(renamed(&here), async || {
        rounds += 1;
        let expected = Expected::Revision(1);
        Ok(Built::new((), vec![Write::Delete { kind: Kind::OneTime, id: "code".to_owned(), expected }]))
    })
    .await;
    assert!(matches!(refused.unwrap_err(), ChangeError::Conflict { kind: Kind::OneTime, .. }));
    assert_eq!(rounds, 1);
    assert_eq!(here.act_codes().await, ["user-renamed", "not-done"]);
}

#[tokio::test]
async fn bookkeeping_cannot_write_what_people_administer() {
    let here = services().await;
    let refused =
        here.services.changes.maintain(vec![put(Kind::User, Expected::Any)], here.clock.now()).await.unwrap_err();
    assert!(matches!(refused, ChangeError::NeedsAct { kind: Kind::User, .. }), "{refused}");
    assert!(here.services.store.get(Kind::User, "alice").await.unwrap().is_none());
    here.services.changes.maintain(vec![put(Kind::OneTime, Expected::Any)], here.clock.now()).await.unwrap();
    assert_eq!(here.acts().await, []);
}

#[tokio::test]
async fn a_withdrawal_is_written_although_it_cannot_be_recorded() {
    let here = services().await;
    let open = put(Kind::Session, Expected::New);
    here.services.changes.maintain(vec![open], here.clock.now()).await.unwrap();
    here.services.ledger.close().await;
    let gone = || Write::Delete { kind: Kind::Session, id: "alice".to_owned(), expected: Expected::Any };
    let unrecorded = settle(withdrawal(&here), async || Ok(Built::new((), vec![gone()]))).await.unwrap_err();
    assert!(matches!(unrecorded, ChangeError::Unrecorded(_)), "{unrecorded}");
    assert!(here.services.store.get(Kind::Session, "alice").await.unwrap().is_none());
}

#[tokio::test]
async fn a_withdrawal_gives_nothing() {
    let here = services().await;
    let build = async || Ok(Built::new((), vec![put(Kind::User, Expected::Any)]));
    let refused = settle(withdrawal(&here), build).await.unwrap_err();
    assert!(matches!(refused, ChangeError::NeedsAct { kind: Kind::User, .. }), "{refused}");
    assert!(here.services.store.get(Kind::User, "alice").await.unwrap().is_none());
    assert_eq!(here.acts().await, []);
}

#[tokio::test]
async fn what_has_nothing_to_write_is_not_recorded() {
    let here = services().await;
    assert!(!settle(withdrawal(&here), async || Ok(Built::new(false, Vec::new()))).await.unwrap());
    assert_eq!(here.acts().await, []);
}

#[tokio::test]
async fn a_key_is_made_once() {
    let here = services().await;
    let made = async |secret: &str| {
        let make = || Ok::<_, ChangeError>(json!({ "secret": secret }));
        key_once(&here.services.store, "cookie", here.clock.now(), make).await.unwrap()
    };
    assert_eq!(made("first").await, json!({ "secret": "first" }));
    assert_eq!(made("second").await, json!({ "secret": "first" }));
}

#[tokio::test]
async fn expired_one_time_documents_are_swept_and_others_stay() {
    let here = services().await;
    let (store, now) = (&here.services.store, here.clock.now());
    let at = |offset: i64| now.as_millis() + offset;
    for (id, body) in [
        ("expired", json!({ "until": at(0) })),
        ("expired-too", json!({ "expires_at": at(-1) })),
        ("open", json!({ "until": at(1) })),
        ("for-ever", json!({ "note": 1 })),
    ] {
        let write = Write::Put { kind: Kind::OneTime, id: id.to_owned(), expected: Expected::New, body };
        here.services.changes.maintain(vec![write], now).await.unwrap();
    }
    assert_eq!(sweep(store, now).await.unwrap(), 2);
    assert!(consume(store, "expired").await.unwrap().is_none());
    assert!(consume(store, "open").await.unwrap().is_some());
    assert!(consume(store, "for-ever").await.unwrap().is_some());
}
