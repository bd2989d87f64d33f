//! I-12: one-time things are used once.

use sekisho_model::documents::Kind;
use sekisho_store::{CommitError, Expected, StoreError};

use super::place::{Place, at, commit, delete, put};

pub async fn of_fifty_consumers_one_wins(place: &Place) {
    let stores = [place.open().await, place.open().await];
    for round in 0..3 {
        let id = format!("token-{round}");
        commit(&stores[0], vec![put(Kind::OneTime, &id, Expected::New, round)]).await;
        let tasks: Vec<_> = (0..50)
            .map(|task| {
                let (store, id) = (stores[task % 2].clone(), id.clone());
                tokio::spawn(async move { store.consume(Kind::OneTime, &id).await.unwrap() })
            })
            .collect();
        let mut won = Vec::new();
        for task in tasks {
            won.extend(task.await.unwrap());
        }
        assert_eq!(won.len(), 1, "round {round}");
        assert_eq!(won[0].body, serde_json::json!(round));
        assert_eq!(stores[1].consume(Kind::OneTime, &id).await.unwrap(), None);
    }
}

/// Of a consumption and a commit that uses the same thing up, in either way, one takes place.
pub async fn what_is_consumed_is_not_replaced(place: &Place) {
    let stores = [place.open().await, place.open().await];
    for round in 0..10 {
        let revision = commit(&stores[0], vec![put(Kind::OneTime, "token", Expected::New, round)]).await;
        let expected = Expected::Revision(revision);
        let user = put(Kind::User, &format!("user-{round}"), Expected::New, 1);
        let last = if round % 2 == 0 {
            put(Kind::OneTime, "token", expected, "used up")
        } else {
            delete(Kind::OneTime, "token", expected)
        };
        let (committing, consuming) = (stores[0].clone(), stores[1].clone());
        let committing = tokio::spawn(async move { committing.commit(vec![user, last], "tester", at(1)).await });
        let consumed = consuming.consume(Kind::OneTime, "token").await.unwrap();
        match committing.await.unwrap() {
            Ok(_) => {
                let seen = consumed.map(|document| document.body);
                let used_up = round % 2 == 0 && seen == Some("used up".into());
                assert!(seen.is_none() || used_up, "round {round}: {seen:?}");
            }
            Err(CommitError::Conflict { .. }) => {
                assert!(consumed.is_some());
                assert_eq!(stores[0].get(Kind::User, &format!("user-{round}")).await.unwrap(), None);
            }
            Err(other) => panic!("{other}"),
        }
        commit(&stores[0], vec![delete(Kind::OneTime, "token", Expected::Any)]).await;
    }
}

pub async fn only_sealed_kinds_are_consumed(place: &Place) {
    let store = place.open().await;
    for kind in Kind::ALL {
        commit(&store, vec![put(kind, "x", Expected::New, 1)]).await;
        let consumed = store.consume(kind, "x").await;
        if matches!(kind, Kind::OneTime | Kind::Credential | Kind::Key) {
            assert!(consumed.unwrap().is_some(), "{kind}");
        } else {
            assert!(matches!(consumed, Err(StoreError::NotConsumable(refused)) if refused == kind));
            assert!(store.get(kind, "x").await.unwrap().is_some(), "{kind}");
        }
    }
}
