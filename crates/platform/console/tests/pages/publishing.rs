//! Publishing an application, several accounts at once, and lists as CSV.

use http::StatusCode;
use sekisho_model::documents::Kind;
use serde_json::json;

use crate::browser::{Answer, Browser};
use crate::editor::signed_in;
use crate::place::{Place, put_roles};

const APPLICATION: [(&str, &str); 7] = [
    ("name-en", "Staff Board"),
    ("name-ja", "社員掲示板"),
    ("address", "http://127.0.0.1:9"),
    ("groups", "staff"),
    ("devices", "any"),
    ("sensitivity", "1"),
    ("check", "yes"),
];

async fn of(place: &Place, kind: Kind, id: &str) -> Option<serde_json::Value> {
    place.site.store.get(kind, id).await.unwrap().map(|document| document.body)
}

#[tokio::test]
async fn an_application_is_tried_shown_published_and_taken_back() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let form = admin.get("/console/applications/publish").await;
    assert!(form.text.contains("data-domain=\"localhost\"") && !form.text.contains("name=\"publish\""));
    let shown = admin.post("/console/applications/publish", &form.token(), &APPLICATION).await;
    // Alice and Bob are in the group; identifier and host follow from the name.
    for text in [
        "Gain access</dt><dd><b>2</b>",
        "Alice Aoki</a>: Staff Board",
        "value=\"staff-board\"",
        "value=\"staff-board.localhost\"",
        "192.0.2.80:80",
        "answers 302",
        "https://login.example/",
    ] {
        assert!(shown.text.contains(text), "{text}: {}", shown.text);
    }
    // What was found stands before the form, with the button that publishes.
    let (found, form_at) =
        (shown.text.find("form=\"publish\" name=\"publish\""), shown.text.find("<form class=\"fields\""));
    assert!(found.is_some() && found < form_at, "{}", shown.text);
    assert!(of(&place, Kind::Resource, "staff-board").await.is_none(), "nothing is written before it is confirmed");
    let mut fields = APPLICATION.to_vec();
    fields.push(("publish", "yes"));
    let done = admin.post("/console/applications/publish", &form.token(), &fields).await;
    assert_eq!(done.location(), "/console/applications/staff-board/published?done=yes", "{}", done.text);
    let resource = of(&place, Kind::Resource, "staff-board").await.unwrap();
    assert_eq!((&resource["host"], &resource["sensitivity"]), (&json!("staff-board.localhost"), &json!(1)));
    assert!(of(&place, Kind::Policy, "publish-staff-board").await.is_some());
    let page = admin.get(done.location()).await;
    assert!(page.text.contains("href=\"https://staff-board.localhost:8443/\""), "{}", page.text);
    // The same again changes nothing that is there.
    let taken = admin.post("/console/applications/publish", &form.token(), &fields).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    let asked = admin.post("/console/applications/staff-board/take-back", &form.token(), &[]).await;
    assert!(asked.text.contains("Lose access</dt><dd><b>2</b>"), "{}", asked.text);
    // What was shown is confirmed, and nothing that came later.
    let hidden = |text: &str, name: &str| {
        let rest = text.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_default().to_owned();
        rest.split('"').next().unwrap_or_default().to_owned()
    };
    let shown = hidden(&asked.text, "confirmed");
    let permission = "/console/applications/staff-board/permission";
    let opened = admin.get(permission).await;
    let revision = hidden(&opened.text, "revision");
    let narrower = [("revision", revision.as_str()), ("people", "alice"), ("devices", "any"), ("save", "yes")];
    let saved = admin.post(permission, &form.token(), &narrower).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let wider = [("revision", revision.as_str()), ("people", "alice\nbob"), ("devices", "any"), ("save", "yes")];
    let stale = admin.post(permission, &form.token(), &wider).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", stale.text);
    assert!(!of(&place, Kind::Policy, "publish-staff-board").await.unwrap().to_string().contains("bob"));
    let back = admin.post("/console/applications/staff-board/take-back", &form.token(), &[("confirmed", &shown)]).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", back.text);
    assert!(of(&place, Kind::Resource, "staff-board").await.is_some());
    let shown = hidden(&back.text, "confirmed");
    let back = admin.post("/console/applications/staff-board/take-back", &form.token(), &[("confirmed", &shown)]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    assert!(
        of(&place, Kind::Resource, "staff-board").await.is_none()
            && of(&place, Kind::Policy, "publish-staff-board").await.is_none()
    );
    // What was not published here is not taken back here.
    let other = admin.post("/console/applications/wiki/take-back", &form.token(), &[("confirmed", "yes")]).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_wrong_with_an_application_is_told_beside_its_field() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let token = admin.get("/console/applications/publish").await.token();
    let page =
        admin.post("/console/applications/publish", &token, &[("address", "http://x/path"), ("host", "a b")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["name-en", "id", "host", "address", "people"] {
        assert!(page.text.contains(&format!("id=\"{field}-error\"")), "{field}: {}", page.text);
    }
    // What the gateway never dials, our own hosts and a host that another has.
    for (name, value, error) in [
        ("address", "http://169.254.169.254", "address-error"),
        ("host", "devices.localhost", "host-error"),
        ("host", "wiki.localhost", "host-error"),
        ("id", "wiki", "id-error"),
    ] {
        let mut fields: Vec<(&str, &str)> = APPLICATION.iter().copied().filter(|(known, _)| *known != name).collect();
        fields.extend([(name, value), ("publish", "yes")]);
        let page = admin.post("/console/applications/publish", &token, &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{value}: {}", page.text);
        assert!(page.text.contains(&format!("id=\"{error}\"")), "{value}: {}", page.text);
    }
    // Under https nothing is published before its key is trusted.
    let mut fields: Vec<(&str, &str)> = APPLICATION.iter().copied().filter(|(known, _)| *known != "address").collect();
    fields.extend([("address", "https://board.internal"), ("publish", "yes")]);
    let page = admin.post("/console/applications/publish", &token, &fields).await;
    assert!(
        page.status == StatusCode::OK && of(&place, Kind::Resource, "staff-board").await.is_none(),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn only_who_may_write_resources_and_policies_publishes() {
    let place = Place::new().await;
    put_roles(&place).await;
    for role in ["policy-approvers", "policy-authors", "helpdesk", "auditors", "device-managers"] {
        let mut browser = signed_in(&place, role).await;
        let token = browser.get("/").await.token();
        assert_eq!(browser.get("/console/applications/publish").await.status, StatusCode::FORBIDDEN, "{role}");
        let refused = browser.post("/console/applications/publish", &token, &APPLICATION).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{role}");
    }
    let mut browser = signed_in(&place, "administrators").await;
    let form = browser.get("/console/applications/publish").await;
    let shown = browser.post("/console/applications/publish", &form.token(), &APPLICATION).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
}

fn status(body: Option<serde_json::Value>) -> String {
    body.and_then(|body| body.get("status").and_then(|status| status.as_str().map(ToOwned::to_owned)))
        .unwrap_or_default()
}

#[tokio::test]
async fn several_accounts_are_disabled_and_removed_and_each_is_decided() {
    let place = Place::new().await;
    put_roles(&place).await;
    let mut helpdesk = signed_in(&place, "helpdesk").await;
    let page = helpdesk.get("/console/bulk/users").await;
    assert!(page.text.contains("value=\"disable\"") && !page.text.contains("value=\"remove\""));
    let chosen = [("id", "alice"), ("id", "bob"), ("id", "admin"), ("act", "disable")];
    let asked = helpdesk.post("/console/bulk/users", &page.token(), &chosen).await;
    assert!(asked.text.contains("Lose access</dt><dd><b>3</b>"), "{}", asked.text);
    assert_ne!(status(of(&place, Kind::User, "alice").await), "disabled");
    let mut confirmed = chosen.to_vec();
    confirmed.push(("confirmed", "yes"));
    let done = helpdesk.post("/console/bulk/users", &page.token(), &confirmed).await;
    // An administrator is not the helpdesk's to disable: the others are disabled all the same.
    assert!(done.text.contains("2 were changed.") && done.text.contains("Adminko"), "{}", done.text);
    assert_eq!(status(of(&place, Kind::User, "alice").await), "disabled");
    assert_ne!(status(of(&place, Kind::User, "admin").await), "disabled");
    let remove = [("id", "alice"), ("act", "remove"), ("confirmed", "yes")];
    let refused = helpdesk.post("/console/bulk/users", &page.token(), &remove).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut admin = signed_in(&place, "admin").await;
    let token = admin.get("/").await.token();
    let removed = admin
        .post("/console/bulk/users", &token, &[("id", "alice"), ("id", "bob"), ("act", "remove"), ("confirmed", "yes")])
        .await;
    assert!(removed.text.contains("2 were changed."), "{}", removed.text);
    assert!(of(&place, Kind::User, "alice").await.is_none() && of(&place, Kind::User, "bob").await.is_none());
}

#[tokio::test]
async fn several_sessions_are_ended_but_not_those_of_others_roles() {
    let place = Place::new().await;
    put_roles(&place).await;
    place.give_password("alice").await;
    let mut alice = Browser::new(&place);
    alice.by_password("alice").await;
    let mut admin = signed_in(&place, "admin").await;
    let mut helpdesk = signed_in(&place, "helpdesk").await;
    let page = helpdesk.get("/console/bulk/sessions").await;
    assert_eq!(page.text.matches("type=\"checkbox\"").count(), 1, "{}", page.text);
    let id_of =
        |page: &Answer| page.text.split_once("name=\"id\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let alices = id_of(&page);
    // The session of an administrator, under the identifier that only an administrator is shown.
    let mut other = signed_in(&place, "administrators").await;
    let shown = other.get("/console/bulk/sessions").await.text;
    let admins = shown.split("<tr>").find(|row| row.contains(">admin<")).unwrap().split_once("value=\"").unwrap().1;
    let admins = admins.split('"').next().unwrap().to_owned();
    let chosen = [("id", alices.as_str()), ("id", admins.as_str()), ("confirmed", "yes")];
    let done = helpdesk.post("/console/bulk/sessions", &page.token(), &chosen).await;
    assert!(done.text.contains("One was changed.") && done.text.contains("not permitted"), "{}", done.text);
    assert_eq!(admin.get("/console/sessions").await.status, StatusCode::OK, "the session goes on");
    place.site.shows_session(sekisho_model::SessionId::from_hex(&alices).unwrap(), None).await;
    assert_eq!(alice.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn lists_are_exported_without_formulas_and_read_again() {
    let place = Place::new().await;
    put_roles(&place).await;
    place.put(Kind::User, "eve", json!({"id": "eve", "name": "=HYPERLINK(\"x\")", "groups": ["staff"]})).await;
    let mut admin = signed_in(&place, "admin").await;
    let file = admin.get("/console/export/users.csv").await;
    assert!(
        file.header("content-type").starts_with("text/csv") && file.header("content-disposition").contains("users.csv")
    );
    assert!(
        file.text.contains("'=HYPERLINK") && !file.text.contains(",=HYPERLINK") && !file.text.contains("\"=HYPERLINK"),
        "{}",
        file.text
    );
    // What was exported is read as what it was, and a second time it changes nothing.
    let token = admin.get("/console/import/users").await.token();
    let read = admin.post("/console/import/users", &token, &[("csv", &file.text), ("confirmed", "yes")]).await;
    assert!(read.text.contains("accounts were written."), "{}", read.text);
    assert_eq!(of(&place, Kind::User, "eve").await.unwrap()["name"], "=HYPERLINK(\"x\")");
    let file = admin.get("/console/export/users.csv").await;
    let same = admin.post("/console/import/users", &token, &[("csv", &file.text)]).await;
    assert!(
        same.text.contains("Made</dt><dd><b>0</b>") && same.text.contains("Changed</dt><dd><b>0</b>"),
        "{}",
        same.text
    );
    for list in ["devices", "applications"] {
        assert_eq!(admin.get(&format!("/console/export/{list}.csv")).await.status, StatusCode::OK);
    }
    let mut manager = signed_in(&place, "device-managers").await;
    assert_eq!(manager.get("/console/export/devices.csv").await.status, StatusCode::OK);
    assert_eq!(manager.get("/console/export/applications.csv").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_file_of_users_is_shown_before_it_is_applied_and_all_or_nothing() {
    let place = Place::new().await;
    put_roles(&place).await;
    let mut admin = signed_in(&place, "admin").await;
    let token = admin.get("/console/import/users").await.token();
    let wrong = "id,name,clearance\ncarol,Carol,9\ndave,Dave,2\n";
    let page = admin.post("/console/import/users", &token, &[("csv", wrong), ("confirmed", "yes")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text.contains("<th scope=\"row\">2</th>") && page.text.contains("<code>clearance</code>"),
        "{}",
        page.text
    );
    assert!(of(&place, Kind::User, "dave").await.is_none(), "nothing was written");
    let good = "id,name,groups\ncarol,Carol,staff\nbob,Bob,staff finance\n";
    let page = admin.post("/console/import/users", &token, &[("csv", good)]).await;
    for text in ["Made</dt><dd><b>1</b>", "Changed</dt><dd><b>1</b>", "<code>bob</code>"] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    assert!(of(&place, Kind::User, "carol").await.is_none());
    let done = admin.post("/console/import/users", &token, &[("csv", good), ("confirmed", "yes")]).await;
    assert!(done.text.contains("2 accounts were written."), "{}", done.text);
    let bob = of(&place, Kind::User, "bob").await.unwrap();
    assert_eq!(
        (&bob["groups"], &bob["employment"]),
        (&json!(["staff", "finance"]), &json!("staff")),
        "what the file does not have stays"
    );
    for role in ["helpdesk", "auditors"] {
        let mut browser = signed_in(&place, role).await;
        let token = browser.get("/").await.token();
        assert_eq!(browser.get("/console/import/users").await.status, StatusCode::FORBIDDEN, "{role}");
        let refused = browser.post("/console/import/users", &token, &[("csv", good), ("confirmed", "yes")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{role}");
    }
}

#[tokio::test]
async fn a_policy_is_checked_while_it_is_typed_and_listed_by_resource() {
    let place = Place::new().await;
    put_roles(&place).await;
    let mut author = signed_in(&place, "policy-authors").await;
    let form = author.get("/console/documents/policy/test/edit").await;
    assert!(form.text.contains("data-policy") && form.text.contains("phishing_resistant"), "{}", form.text);
    let check = |text: &str| json!({"id": "more", "body": {"text": text}});
    let wrong = author
        .script(
            "/console/documents/policy/check",
            &form.token(),
            &check("permit (principal, action, resource)\nwhen { context.nothing };"),
        )
        .await;
    let problem = &wrong.json()["problems"][0];
    assert_eq!((problem["line"].as_u64(), problem["message"].is_string()), (Some(2), true), "{}", wrong.text);
    let opens =
        "@id(\"m\") permit (principal == Sekisho::User::\"admin\", action, resource == Sekisho::Resource::\"wiki\");";
    let good = author.script("/console/documents/policy/check", &form.token(), &check(opens)).await.json();
    assert_eq!(good["problems"], json!([]));
    assert!(good["impact"][0].as_str().unwrap().contains("1 (Adminko: Wiki)"), "{good}");
    // The same without a script.
    let fields = [("id", "more"), ("f-text", opens), ("check", "yes")];
    let page = author.post("/console/documents/policy/plan", &form.token(), &fields).await;
    assert!(page.text.contains("The policies are valid.") && page.text.contains("Adminko</a>"), "{}", page.text);
    let list = author.get("/console/policies/by-resource?resource=payroll").await;
    assert!(list.text.contains("payroll-for-finance") && !list.text.contains("staff-read-the-wiki"), "{}", list.text);
    let mut manager = signed_in(&place, "device-managers").await;
    let token = manager.get("/").await.token();
    assert_eq!(
        manager.script("/console/documents/policy/check", &token, &check(opens)).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(manager.get("/console/policies/by-resource").await.status, StatusCode::FORBIDDEN);
}
