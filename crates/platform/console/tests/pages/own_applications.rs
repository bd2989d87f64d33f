//! Which applications a person sees, how they find one, and the one button of each that is locked.

use http::StatusCode;
use sekisho_model::Record;
use sekisho_model::documents::Kind;
use serde_json::json;

use crate::browser::Browser;
use crate::place::Place;

/// A wiki and payroll, an archive that needs a grant, a vault that needs a device, and a cellar that nobody opens.
async fn place() -> Place {
    let place = Place::new().await;
    for (id, en, ja) in [("archive", "Archive", "保管庫"), ("vault", "Vault", "金庫"), ("cellar", "Cellar", "地下室")]
    {
        let host = format!("{id}.localhost");
        let body = json!({"id": id, "name": {"en": en, "ja": ja}, "sensitivity": 2, "host": host,
            "upstream": "http://127.0.0.1:9", "owner": "bob"});
        place.put(Kind::Resource, id, body).await;
    }
    let text = r#"
        permit (principal in Sekisho::Group::"staff", action in Sekisho::Action::"use", resource == Sekisho::Resource::"archive")
        when { context has grant };
        permit (principal in Sekisho::Group::"staff", action in Sekisho::Action::"use", resource == Sekisho::Resource::"vault")
        when { context has device };
    "#;
    place.put(Kind::Policy, "more", json!({ "text": text })).await;
    place.give_password("alice").await;
    place
}

#[tokio::test]
async fn an_application_that_needs_a_grant_stands_behind_a_link_and_the_rest_is_not_named() {
    let place = place().await;
    let mut alice = Browser::new(&place);
    alice.by_password("alice").await;
    let page = alice.get("/").await.text;
    assert!(page.contains("1 application that you can request") && !page.contains("Archive"), "{page}");
    assert!(!page.contains("Cellar"));
    let page = alice.get("/?show=requestable").await.text;
    assert!(page.contains("Archive") && page.contains("href=\"/request/archive\""), "{page}");
    assert!(!page.contains("Cellar") && !page.contains("cellar"));
    let asks = alice.get("/request/archive").await;
    assert_eq!(asks.status, StatusCode::OK);
    assert!(asks.text.contains("who is responsible for this resource") && asks.text.contains("<code>alice</code>"));
    for other in ["cellar", "no-such-thing"] {
        assert_eq!(alice.get(&format!("/request/{other}")).await.status, StatusCode::NOT_FOUND, "{other}");
    }
    assert_eq!(alice.get("/request/wiki").await.location(), "/", "it is open already");
}

#[tokio::test]
async fn a_locked_application_has_the_one_button_that_helps() {
    let place = place().await;
    let mut alice = Browser::new(&place);
    alice.by_password("alice").await;
    let page = alice.get("/").await.text;
    let card = |name: &str| {
        let cards = page.split("<li class=\"card\">").skip(1);
        cards.map(|card| card.split("</li>\n<li").next().unwrap()).find(|card| card.contains(name)).unwrap().to_owned()
    };
    let (vault, payroll, wiki) = (card("<h2>Vault"), card("<h2>Payroll"), card("<h2>Wiki"));
    assert!(vault.contains("href=\"/devices\">Prove this device"), "{vault}");
    assert!(payroll.contains("href=\"/step-up?to=payroll\">Sign in with a passkey"), "{payroll}");
    assert!(wiki.contains(">Open<"), "{wiki}");
    for one in [vault, payroll, wiki] {
        assert_eq!(one.matches("class=\"button").count(), 1, "{one}");
    }
}

#[tokio::test]
async fn an_application_is_found_by_the_start_of_its_name_in_either_language() {
    let place = place().await;
    let mut alice = Browser::new(&place);
    alice.by_password("alice").await;
    for (typed, found) in [("va", "<h2>Vault"), ("ＶＡＵ", "<h2>Vault"), ("金", "<h2>Vault"), ("arch", "<h2>Archive")]
    {
        let page = alice.get(&format!("/?q={}", crate::browser::encode(typed))).await.text;
        assert!(page.contains(found) && !page.contains("<h2>Wiki"), "{typed} {page}");
    }
    let page = alice.get("/?q=cellar").await.text;
    assert!(page.contains("No application of yours has this name.") && !page.contains("<h2>"), "{page}");
    let page = alice.get(&format!("/?q={}", crate::browser::encode("<b>\""))).await.text;
    assert!(page.contains("value=\"&#60;b&#62;&#34;\""), "{page}");
}

#[tokio::test]
async fn what_was_opened_lately_comes_first_and_only_while_it_opens() {
    let place = place().await;
    let mut alice = Browser::new(&place);
    alice.by_password("alice").await;
    assert!(!alice.get("/").await.text.contains("Opened lately"));
    let records: Vec<Record> = ["wiki", "payroll"].into_iter().map(|resource| permitted(&place, resource)).collect();
    place.site.ledger.append_all(records).await.unwrap();
    let page = alice.get("/").await.text;
    let recent = page.split("class=\"recent\"").nth(1).unwrap().split("</nav>").next().unwrap();
    assert!(recent.contains("Wiki") && !recent.contains("Payroll"), "{recent}");
}

/// That alice was permitted to open a resource.
fn permitted(place: &Place, resource: &str) -> Record {
    let record = json!({"at": place.now(), "request": format!("request-of-{resource}"), "outcome": "permit",
        "subject": "alice", "resource": resource, "address": "192.0.2.10", "policies": [], "reasons": [], "risk": 0,
        "world": 1});
    Record::Decision(serde_json::from_value(record).unwrap())
}
