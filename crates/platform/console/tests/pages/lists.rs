//! The lists of the console and its search: what is found, by whom, and how a list goes on.

use http::StatusCode;
use sekisho_model::documents::Kind;
use serde_json::json;

use crate::browser::Browser;
use crate::place::{Place, person, put_roles};

async fn signed_in<'p>(place: &'p Place, user: &str) -> Browser<'p> {
    let mut passkey = place.give_passkey(user).await;
    let mut browser = Browser::new(place);
    browser.by_passkey(&mut passkey).await;
    browser
}

async fn put_some_of_everything(place: &Place) {
    put_roles(place).await;
    let until = |days: i64| place.now().plus(sekisho_model::Span::from_minutes(days * 1440)).to_string();
    for (id, user, days) in [("g-alice", "alice", 2), ("g-bob", "bob", -2)] {
        let grant =
            json!({"id": id, "user": user, "resource": "payroll", "until": until(days), "reason": "<b>audit</b>"});
        place.put(Kind::Grant, id, grant).await;
    }
    let point = json!({"id": "edge", "name": "Edge proxy", "speaks": "nginx", "resources": ["wiki"]});
    place.put(Kind::EnforcementPoint, "edge", point).await;
    let token = json!({"id": "nightly", "owner": "admin", "roles": ["administrators"], "parts": [], "read_only": true,
        "secret_hash": "00".repeat(32), "authenticated_at": until(-1), "made_at": until(-1), "expires_at": until(9)});
    place.put(Kind::ApiToken, "nightly", token).await;
    let mut off = person("chloe", "Chloe 佐藤", &["staff"]);
    off["status"] = json!("disabled");
    off["employment"] = json!("contractor");
    place.put(Kind::User, "chloe", off).await;
}

#[tokio::test]
async fn every_list_finds_what_begins_so_and_nothing_else() {
    let place = Place::new().await;
    put_some_of_everything(&place).await;
    let mut admin = signed_in(&place, "admin").await;
    for (address, shown, not_shown) in [
        ("users?q=ALI", "/console/users/alice\"", "/console/users/bob\""),
        ("users?q=%E4%BD%90%E8%97%A4", "/console/users/chloe\"", "/console/users/alice\""),
        ("users?status=disabled", "/console/users/chloe\"", "/console/users/alice\""),
        ("users?employment=contractor&q=c", "/console/users/chloe\"", "/console/users/alice\""),
        ("users?group=finance", "/console/users/alice\"", "/console/users/bob\""),
        ("users?group=nothing", "Nothing matches.", "/console/users/alice\""),
        ("groups?q=fin", "group=finance\"", "group=staff\""),
        ("devices?q=LAP", "/console/devices/laptop\"", "Nothing matches."),
        ("devices?q=lap&sort=name", "/console/devices/laptop\"", "Nothing matches."),
        ("devices?q=alice", "Nothing matches.", "/console/devices/laptop\""),
        ("devices?state=not-compliant", "/console/devices/laptop\"", "Nothing matches."),
        ("devices?state=compliant", "Nothing matches.", "/console/devices/laptop\""),
        ("devices?check=firewall", "Devices that fail firewall", "Nothing matches."),
        ("devices?owner=bob", "Nothing matches.", "/console/devices/laptop\""),
        ("sessions?q=adm", "/console/users/admin\"", "Nothing matches."),
        ("sessions?q=bob", "Nothing matches.", "/revoke\""),
        ("resources?q=%E7%A4%BE%E5%86%85", "wiki.localhost", "payroll.localhost"),
        ("resources?kind=tcp", "Nothing matches.", "wiki.localhost"),
        ("resources", "wiki.localhost", "platform-users"),
        ("resources?kind=platform", "platform-users", "wiki.localhost"),
        ("resources?q=platform-us", "platform-users", "wiki.localhost"),
        ("grants?state=live", "/console/users/alice\"", "/console/users/bob\""),
        ("grants?q=g-b", "/console/users/bob\"", "/console/users/alice\""),
        ("checks?q=fire", "?check=firewall\">1</a>", "Nothing matches."),
        ("enforcement-points?q=proxy", "Edge proxy", "Nothing matches."),
        ("enforcement-points?state=disabled", "Nothing matches.", "Edge proxy"),
        ("tokens?q=night", "nightly", "Nothing matches."),
        ("tokens?q=x", "Nothing matches.", "nightly"),
        ("certificates?q=old", "the authority &#60;b&#62;refuses", "wiki.localhost"),
    ] {
        let page = admin.get(&format!("/console/{address}")).await;
        assert_eq!(page.status, StatusCode::OK, "{address} {}", page.text);
        let main = page.text.split("<main").nth(1).unwrap();
        assert!(main.contains(shown), "{address}: {main}");
        assert!(!main.contains(not_shown), "{address}: {main}");
        assert!(!main.contains("<b>"), "{address}: a text is a text");
    }
}

#[tokio::test]
async fn a_list_of_many_goes_on_in_both_directions_and_says_how_many_there_are() {
    let place = Place::new().await;
    for number in 0..120 {
        let id = format!("p{number:03}");
        place.put(Kind::User, &id, person(&id, &format!("Person {number}"), &[])).await;
    }
    let mut admin = signed_in(&place, "admin").await;
    let names = |text: &str| -> Vec<String> {
        let links = text.split("<th scope=\"row\"><a href=\"/console/users/").skip(1);
        links.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let way = |text: &str, rel: &str| -> Option<String> {
        let link = text.split("<a href=\"").find(|rest| rest.contains(&format!("\" rel=\"{rel}\"")))?;
        Some(link.split('"').next()?.replace("&#38;", "&"))
    };
    let first = admin.get("/console/users?q=person").await.text;
    assert!(first.contains("120 entries") && names(&first).len() == 50 && way(&first, "prev").is_none());
    let second = admin.get(&way(&first, "next").unwrap()).await.text;
    let third = admin.get(&way(&second, "next").unwrap()).await.text;
    assert_eq!((names(&third).len(), way(&third, "next")), (20, None));
    assert_eq!(names(&admin.get(&way(&second, "prev").unwrap()).await.text), names(&first));
    let mut all = [names(&first), names(&second), names(&third)].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 120);
    assert!(first.len() < 100 * 1024, "{}", first.len());
}

#[tokio::test]
async fn one_box_finds_people_devices_applications_policies_addresses_and_requests() {
    let place = Place::new().await;
    put_some_of_everything(&place).await;
    let mut admin = signed_in(&place, "admin").await;
    for (typed, href) in [
        ("aoki", "/console/users/alice"),
        ("%E3%81%95%E3%81%A8", ""),
        ("%EF%BC%A1LICE", "/console/users/alice"),
        ("lapt", "/console/devices/laptop"),
        ("wik", "/console/resources?q=wiki"),
        ("payroll.l", "/console/resources?q=payroll"),
        ("fina", "/console/groups?q=finance"),
        ("staff-read", "/console/policies?q=staff-read-the-wiki#staff-read-the-wiki"),
        ("192.0.2.10", "/console/decisions?address=192.0.2.10"),
    ] {
        let page = admin.get(&format!("/console/find?q={typed}")).await.text;
        let found = page.split("id=\"found\"").nth(1).unwrap().split("</main>").next().unwrap();
        match href {
            "" => assert!(found.contains("Nothing begins with"), "{typed}: {found}"),
            href => assert!(found.contains(&format!("<a href=\"{href}\">")), "{typed}: {found}"),
        }
    }
    let nothing = admin.get("/console/find?q=%3Cscript%3E").await.text;
    assert!(nothing.contains("Nothing begins with “&#60;script&#62;”"), "{nothing}");
    assert!(admin.get("/console/find").await.text.contains("beginning of a name"));
    let mut nobody = signed_in(&place, "alice").await;
    assert_eq!(nobody.get("/console/find?q=a").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_search_shows_only_what_its_person_may_read() {
    let place = Place::new().await;
    put_some_of_everything(&place).await;
    let found = |page: &str| page.split("id=\"found\"").nth(1).unwrap().split("</main>").next().unwrap().to_owned();
    let mut manager = signed_in(&place, "device-managers").await;
    assert!(found(&manager.get("/console/find?q=laptop").await.text).contains("/console/devices/laptop"));
    for typed in ["staff-read", "192.0.2.10"] {
        let page = manager.get(&format!("/console/find?q={typed}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(found(&page.text).contains("Nothing begins with"), "{typed}: {}", page.text);
    }
}

#[tokio::test]
async fn an_unknown_page_of_the_console_stays_inside_its_frame() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let page = admin.get("/console/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("<nav class=\"rail\"") && page.text.contains("<a href=\"/console/users\">"));
    assert!(page.text.contains("To the start of the console"));
    let portal = admin.get("/nowhere").await;
    assert!(portal.status == StatusCode::NOT_FOUND && !portal.text.contains("class=\"rail\""));
}
