//! Scans and labels over a store and a ledger: what is written, what is recorded, what is taken back.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use sekisho_classification::{NewScan, ScanRefusal, Scans, relabel};
use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use sekisho_testbed::{Organisation, TemporaryServices};
use serde_json::{Value, json};

const NUMBER: &str = "983205673214";

async fn place() -> TemporaryServices {
    let label = json!({ "id": "personal", "name": { "en": "Personal" }, "sensitivity": 4, "finds": ["my-number"], "at_least": 1 });
    let organisation = Organisation::empty().application("wiki").with(Kind::Label, "personal", label);
    TemporaryServices::new(organisation).await
}

async fn scan(here: &TemporaryServices, source: &str, data: &[u8]) -> Result<Option<u8>, ScanRefusal> {
    let new = NewScan { resource: "wiki".parse().unwrap(), source: source.to_owned(), data };
    let scans = Scans::new(here.services.clone());
    scans.scan(new, Actor::System, here.clock.now()).await.map(|scanned| scanned.sensitivity)
}

async fn assessments(here: &TemporaryServices) -> Vec<Value> {
    let all = here.services.store.list_all(Kind::Assessment).await.unwrap();
    all.into_iter().map(|document| document.body).collect()
}

#[tokio::test]
async fn i38_a_scan_is_recorded_and_decides_and_holds_no_value() {
    let here = place().await;
    let text = format!("マイナンバー {NUMBER}");
    assert_eq!(scan(&here, "a.txt", text.as_bytes()).await.unwrap(), Some(4));
    let assessed = assessments(&here).await;
    assert!(assessed.len() == 1 && assessed.iter().all(|one| one.get("slot") == Some(&json!("sensitivity"))));
    let acts = here.acts().await;
    let act = acts.iter().find(|act| act.act == "data-scanned").unwrap();
    assert_eq!(act.detail.pointer("/found/0/evidence/0/last"), Some(&json!("3214")));
    let scans = here.services.store.list_all(Kind::DataScan).await.unwrap();
    let kept = format!("{:?} {acts:?} {assessed:?}", scans.iter().map(|scan| &scan.body).collect::<Vec<_>>());
    assert!(!kept.contains(NUMBER), "{kept}");
    // The same value is recognised, another one is another.
    let hash = |act: &sekisho_model::Act| act.detail.pointer("/found/0/evidence/0/hash").cloned();
    scan(&here, "b.txt", text.as_bytes()).await.unwrap();
    scan(&here, "c.txt", "マイナンバー 123456789018".as_bytes()).await.unwrap();
    let hashes: Vec<_> = here.acts().await.iter().filter(|act| act.act == "data-scanned").map(hash).collect();
    assert!(matches!(hashes.as_slice(), [a, b, c] if a == b && b != c && a.is_some()), "{hashes:?}");
}

#[tokio::test]
async fn what_is_gone_from_the_data_or_from_the_labels_is_taken_back() {
    let here = place().await;
    scan(&here, "a.txt", format!("個人番号:{NUMBER}").as_bytes()).await.unwrap();
    assert_eq!(scan(&here, "b.txt", b"nothing").await.unwrap(), Some(4), "another source still holds it");
    assert_eq!(scan(&here, "a.txt", b"nothing").await.unwrap(), None);
    assert_eq!(assessments(&here).await, Vec::<Value>::new());
    scan(&here, "a.txt", format!("個人番号:{NUMBER}").as_bytes()).await.unwrap();
    assert_eq!(relabel(&here.services).await.unwrap(), 0, "nothing changed");
    here.delete(Kind::Label, "personal").await;
    assert_eq!(relabel(&here.services).await.unwrap(), 1);
    assert_eq!(assessments(&here).await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_no_text_or_has_no_name_is_refused_and_not_recorded() {
    let here = place().await;
    let damaged = scan(&here, "a.gz", &[0x1F, 0x8B, 8, 0, 1, 2, 3]).await;
    assert!(matches!(damaged, Err(ScanRefusal::Undecodable(_))), "{damaged:?}");
    let unnamed = scan(&here, "", b"nothing").await;
    assert!(matches!(unnamed, Err(ScanRefusal::Source)), "{unnamed:?}");
    assert!(here.acts().await.is_empty());
}
