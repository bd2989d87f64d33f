//! I-13: secrets at rest are sealed under a key that is not in the database.

use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Store, StoreError, StoreUrl};
use serde_json::json;

use super::place::{Place, commit, delete, key, put};

const SECRET: &str = "correct-horse-battery-staple";
const SEALED: [Kind; 3] = [Kind::Credential, Kind::OneTime, Kind::Key];
const EVERYTHING: &str = "SELECT COALESCE(body, '') FROM documents UNION ALL SELECT COALESCE(body, '') FROM history \
    UNION ALL SELECT mark FROM marks";

pub async fn secrets_lie_sealed(place: &Place) {
    let store = place.open().await;
    for kind in SEALED {
        commit(&store, vec![put(kind, "x", Expected::New, json!({"secret": SECRET}))]).await;
        assert_eq!(store.get(kind, "x").await.unwrap().unwrap().body["secret"], SECRET);
        assert_eq!(store.list_all(kind).await.unwrap()[0].body["secret"], SECRET);
    }
    commit(&store, vec![put(Kind::User, "open", Expected::New, json!({"not": "secret"}))]).await;
    let texts = place.texts(EVERYTHING).await;
    assert!(texts.iter().any(|text| text.contains("not")));
    assert!(!texts.iter().any(|text| text.contains("horse")), "{texts:?}");
    if let StoreUrl::Sqlite(path) = &place.url {
        for end in ["", "-wal"] {
            let bytes = std::fs::read(format!("{}{end}", path.display())).unwrap();
            assert!(!bytes.windows(5).any(|window| window == b"horse"), "in the file{end}");
        }
    }
}

pub async fn a_swapped_secret_does_not_open(place: &Place) {
    let store = place.open().await;
    commit(&store, vec![put(Kind::Credential, "aoi", Expected::New, SECRET)]).await;
    commit(&store, vec![put(Kind::Credential, "mallory", Expected::New, "known")]).await;
    commit(&store, vec![put(Kind::OneTime, "aoi", Expected::New, "known")]).await;
    for source in ["kind = 'credential' AND id = 'mallory'", "kind = 'one-time' AND id = 'aoi'"] {
        let sql = format!(
            "UPDATE documents SET body = (SELECT body FROM documents WHERE {source}) \
            WHERE kind = 'credential' AND id = 'aoi'"
        );
        place.alter(&sql).await;
        let found = store.get(Kind::Credential, "aoi").await;
        assert!(matches!(found, Err(StoreError::Unsealable(_))), "{found:?}");
        assert!(store.list_all(Kind::Credential).await.is_err());
    }
    place.alter("UPDATE documents SET body = '\"known\"' WHERE kind = 'credential' AND id = 'aoi'").await;
    assert!(store.get(Kind::Credential, "aoi").await.is_err(), "an unsealed body is not believed");
    assert!(store.get(Kind::Credential, "mallory").await.is_ok());
}

pub async fn secrets_leave_nothing_behind(place: &Place) {
    let store = place.open().await;
    for kind in SEALED {
        commit(&store, vec![put(kind, "x", Expected::New, SECRET)]).await;
        commit(&store, vec![put(kind, "x", Expected::Any, "second")]).await;
        commit(&store, vec![put(kind, "y", Expected::New, SECRET)]).await;
        commit(&store, vec![delete(kind, "x", Expected::Any)]).await;
        assert!(store.consume(kind, "y").await.unwrap().is_some());
    }
    assert_eq!(place.texts("SELECT id FROM documents UNION ALL SELECT id FROM history").await, [""; 0]);
}

pub async fn another_master_key_is_refused(place: &Place) {
    place.open().await.close().await;
    let refused = Store::open(&place.url, key(2)).await;
    assert!(matches!(refused, Err(StoreError::WrongMasterKey)), "{refused:?}");
    place.open().await;
}

pub async fn what_callers_seal_opens_only_in_its_context(place: &Place) {
    let store = place.open().await;
    let sealed = store.seal(SECRET.as_bytes(), "totp/aoi").unwrap();
    assert!(!sealed.contains("horse"));
    assert_eq!(store.unseal(&sealed, "totp/aoi").unwrap().as_slice(), SECRET.as_bytes());
    assert!(store.unseal(&sealed, "totp/ren").is_err());
    // What callers seal cannot be put in the place of a whole sealed document.
    let sealed = store.seal(b"\"known\"", "credential/aoi").unwrap();
    commit(&store, vec![put(Kind::Credential, "aoi", Expected::New, SECRET)]).await;
    place.alter(&format!("UPDATE documents SET body = '{sealed}' WHERE kind = 'credential'")).await;
    assert!(store.get(Kind::Credential, "aoi").await.is_err());
}
