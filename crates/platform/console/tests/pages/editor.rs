//! Documents made, changed, compared and restored by forms, and who may do what of it.

use http::StatusCode;
use sekisho_model::documents::Kind;
use serde_json::json;

use crate::browser::{Answer, Browser};
use crate::place::{Place, put_roles};

pub(crate) async fn signed_in<'p>(place: &'p Place, user: &str) -> Browser<'p> {
    let mut passkey = place.give_passkey(user).await;
    let mut browser = Browser::new(place);
    browser.by_passkey(&mut passkey).await;
    browser
}

/// The value of a hidden input of a page.
pub(crate) fn hidden(page: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.text.split_once(&start).unwrap();
    rest.split('"')
        .next()
        .unwrap()
        .replace("&#34;", "\"")
        .replace("&#38;", "&")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#39;", "'")
}

/// Confirms what a page asks to confirm.
async fn confirmed(browser: &mut Browser<'_>, kind: &str, page: &Answer) -> Answer {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let mut fields = vec![("id", hidden(page, "id")), ("body", hidden(page, "body"))];
    if page.text.contains("name=\"revision\"") {
        fields.push(("revision", hidden(page, "revision")));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(&format!("/console/documents/{kind}/save"), &page.token(), &fields).await
}

#[tokio::test]
async fn a_document_is_made_changed_compared_and_restored() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let form = admin.get("/console/documents/user/new").await;
    assert!(form.text.contains("name=\"f-name\"") && form.text.contains("value=\"staff\""), "{}", form.text);
    let fields = [
        ("id", "carol"),
        ("f-name", "Carol Kato"),
        ("f-clearance", "2"),
        ("f-status", "active"),
        ("f-groups", "staff"),
    ];
    let page = admin.post("/console/documents/user/plan", &form.token(), &fields).await;
    // Somebody new in the group `staff` reaches the wiki.
    assert!(page.text.contains("Gain access</dt><dd><b>1</b>"), "{}", page.text);
    assert!(
        place.site.store.get(Kind::User, "carol").await.unwrap().is_none(),
        "nothing is written before it is confirmed"
    );
    let saved = confirmed(&mut admin, "user", &page).await;
    assert_eq!(saved.location(), "/console/documents/user/carol/history?saved=yes", "{}", saved.text);
    let first = place.site.store.get(Kind::User, "carol").await.unwrap().unwrap();
    assert_eq!((&first.body["clearance"], first.actor.as_str()), (&json!(2), "user:admin"));

    let form = admin.get("/console/documents/user/carol/edit").await;
    let revision = hidden(&form, "revision");
    let fields = [
        ("id", "carol"),
        ("revision", &revision),
        ("f-name", "Carol Kato"),
        ("f-clearance", "3"),
        ("f-status", "active"),
    ];
    let page = admin.post("/console/documents/user/plan", &form.token(), &fields).await;
    for shown in ["<del>2</del>", "<ins>3</ins>", "<del>staff</del>", "Lose access</dt><dd><b>1</b>", "Carol Kato</a>"]
    {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    let saved = confirmed(&mut admin, "user", &page).await;
    let history = admin.get(saved.location()).await;
    assert!(history.text.contains("Saved, and in force.") && history.text.contains("Undo"), "{}", history.text);
    assert_eq!(history.text.matches("class=\"sheet\"").count(), 2);
    // Undo is a new revision by the same act.
    let to = first.revision.to_string();
    let page = admin.post("/console/documents/user/restore", &history.token(), &[("id", "carol"), ("to", &to)]).await;
    confirmed(&mut admin, "user", &page).await;
    let restored = place.site.store.get(Kind::User, "carol").await.unwrap().unwrap();
    assert_eq!(restored.body, first.body);
    assert_eq!(place.site.store.history(Kind::User, "carol").await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_document_is_removed_after_its_consequences_were_named_and_comes_back() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let token = admin.get("/console/documents/user/bob/history").await.token();
    let page = admin.post("/console/documents/user/remove", &token, &[("id", "bob")]).await;
    assert!(page.text.contains("Lose access</dt><dd><b>1</b>"), "{}", page.text);
    assert!(place.site.store.get(Kind::User, "bob").await.unwrap().is_some());
    let stale = admin.post("/console/documents/user/remove", &token, &[("id", "bob"), ("confirmed", "99999")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let revision = hidden(&page, "confirmed");
    let done = admin.post("/console/documents/user/remove", &token, &[("id", "bob"), ("confirmed", &revision)]).await;
    assert_eq!(done.location(), "/console/documents/user/bob/history?removed=yes", "{}", done.text);
    assert!(place.site.store.get(Kind::User, "bob").await.unwrap().is_none());
    let history = admin.get(done.location()).await;
    let page =
        admin.post("/console/documents/user/restore", &token, &[("id", "bob"), ("to", &hidden(&history, "to"))]).await;
    confirmed(&mut admin, "user", &page).await;
    assert!(place.site.store.get(Kind::User, "bob").await.unwrap().is_some());
    // What the platform needs is not removed.
    let refused =
        admin.post("/console/documents/group/remove", &token, &[("id", "administrators"), ("confirmed", "1")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("is needed to administer"), "{}", refused.text);
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_its_field_and_what_was_typed_stays() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let token = admin.get("/console/documents/resource/new").await.token();
    let fields = [
        ("id", "intranet"),
        ("f-name-ja", "社内ポータル"),
        ("f-upstream", "http://169.254.169.254:80"),
        ("f-sensitivity", "1"),
    ];
    let page = admin.post("/console/documents/resource/plan", &token, &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let beside = page.text.split_once("id=\"f-upstream-error\">").expect("an error beside the field").1;
    assert!(beside.starts_with("`upstream`"), "{beside}");
    assert!(page.text.contains("社内ポータル") && page.text.contains("aria-invalid=\"true\""));
    // Every missing field at once.
    let page = admin.post("/console/documents/grant/plan", &token, &[("id", "g")]).await;
    for field in ["user", "resource", "until", "reason"] {
        assert!(page.text.contains(&format!("id=\"f-{field}-error\"")), "{field}");
    }
    let taken = admin.post("/console/documents/user/plan", &token, &[("id", "alice"), ("f-name", "Another")]).await;
    assert!(taken.text.contains("id=\"id-error\"") && taken.text.contains("Another"), "{}", taken.text);
    // A policy that does not parse concerns its text.
    let page =
        admin.post("/console/documents/policy/plan", &token, &[("id", "more"), ("f-text", "permit (principal")]).await;
    assert!(page.text.contains("id=\"f-text-error\""), "{}", page.text);
    // As one text, in TOML and JSON.
    for (raw, good) in [
        ("id = \"g\"\nname = \"G\"", true),
        ("{\"id\": \"g\", \"name\": \"G\"}", true),
        ("id = ", false),
        ("id = \"g\"\nnam = 1", false),
    ] {
        let page = admin.post("/console/documents/group/plan", &token, &[("id", "g"), ("raw", raw)]).await;
        assert_eq!(page.status == StatusCode::OK, good, "{raw}: {}", page.text);
    }
}

#[tokio::test]
async fn of_two_editors_the_second_is_told_and_loses_nothing() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let form = admin.get("/console/documents/user/alice/edit").await;
    let revision = hidden(&form, "revision");
    let mut body = place.site.store.get(Kind::User, "alice").await.unwrap().unwrap().body;
    body["department"] = json!("Finance");
    place.put(Kind::User, "alice", body).await;
    let fields =
        [("id", "alice"), ("revision", revision.as_str()), ("f-name", "Alice Typed"), ("f-employment", "staff")];
    let told = admin.post("/console/documents/user/plan", &form.token(), &fields).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    for shown in ["Somebody else changed", "Alice Typed", "<del>Finance</del>"] {
        assert!(told.text.contains(shown), "{shown}: {}", told.text);
    }
    // The same between the page that confirms and the act.
    let json = json!({"id": "alice", "name": "Alice Typed"}).to_string();
    let late = [("id", "alice"), ("revision", revision.as_str()), ("body", json.as_str())];
    let late = admin.post("/console/documents/user/save", &form.token(), &late).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("Alice Typed"));
    let current = hidden(&told, "revision");
    let fields =
        [("id", "alice"), ("revision", current.as_str()), ("f-name", "Alice Typed"), ("f-employment", "staff")];
    let page = admin.post("/console/documents/user/plan", &form.token(), &fields).await;
    let saved = confirmed(&mut admin, "user", &page).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
}

#[tokio::test]
async fn nobody_disables_their_own_account_or_the_last_administrator() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let form = admin.get("/console/documents/user/admin/edit").await;
    let revision = hidden(&form, "revision");
    let body =
        json!({"id": "admin", "name": "Adminko", "groups": ["administrators"], "status": "disabled"}).to_string();
    let fields = [("id", "admin"), ("revision", revision.as_str()), ("body", body.as_str())];
    let refused = admin.post("/console/documents/user/save", &form.token(), &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert_ne!(place.site.store.get(Kind::User, "admin").await.unwrap().unwrap().body["status"], "disabled");
}

#[tokio::test]
async fn each_role_proposes_and_writes_what_it_may_and_nothing_else() {
    let place = Place::new().await;
    put_roles(&place).await;
    // Whether a role sees the form, may plan, and may write: users, devices, policies.
    let expected = [
        ("administrators", [(true, true), (true, true), (true, true)]),
        ("device-managers", [(false, false), (true, true), (false, false)]),
        ("policy-authors", [(false, false), (false, false), (true, false)]),
        ("policy-approvers", [(false, false), (false, false), (true, true)]),
        ("helpdesk", [(true, false), (false, false), (false, false)]),
        ("auditors", [(false, false), (false, false), (false, false)]),
    ];
    let device = json!({"id": "laptop", "name": "Another name", "owner": "alice", "platform": "linux"}).to_string();
    let user = json!({"id": "bob", "name": "Bobby", "employment": "staff", "groups": ["staff"]}).to_string();
    let policy =
        json!({"text": "@id(\"x\") forbid (principal == Sekisho::User::\"nobody\", action, resource);"}).to_string();
    for (role, kinds) in expected {
        let mut browser = signed_in(&place, role).await;
        let token = browser.get("/").await.token();
        for ((kind, id, body), (plans, writes)) in
            [("user", "bob", &user), ("device", "laptop", &device), ("policy", "test", &policy)].into_iter().zip(kinds)
        {
            let is = |answer: &Answer| answer.status != StatusCode::FORBIDDEN;
            let form = browser.get(&format!("/console/documents/{kind}/{id}/edit")).await;
            assert_eq!(is(&form), plans, "{role} {kind} form");
            let history = browser.get(&format!("/console/documents/{kind}/{id}/history")).await;
            assert_eq!(history.text.contains("/edit\""), plans, "{role} {kind} link");
            let fields = [("id", id), ("body", body.as_str()), ("revision", "0")];
            let planned = browser.post(&format!("/console/documents/{kind}/plan"), &token, &fields).await;
            assert_eq!(is(&planned), plans, "{role} {kind} plan");
            let saved = browser.post(&format!("/console/documents/{kind}/save"), &token, &fields).await;
            assert_eq!(is(&saved), writes, "{role} {kind} save");
            let removed = browser.post(&format!("/console/documents/{kind}/remove"), &token, &[("id", id)]).await;
            assert_eq!(is(&removed), writes, "{role} {kind} remove");
        }
    }
}

#[tokio::test]
async fn what_is_no_kind_of_a_form_is_not_found() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let token = admin.get("/").await.token();
    for kind in ["credential", "one-time", "key", "session", "api-token", "nothing", "posture"] {
        for page in ["", "/new", "/x/edit", "/x/history"] {
            let answer = admin.get(&format!("/console/documents/{kind}{page}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{kind}{page}");
        }
        for act in ["plan", "save", "remove", "restore"] {
            let answer = admin
                .post(&format!("/console/documents/{kind}/{act}"), &token, &[("id", "x"), ("body", "{}"), ("to", "1")])
                .await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{kind}/{act}");
        }
    }
}

#[tokio::test]
async fn a_policy_that_names_no_resource_is_warned_of_wherever_it_is_planned() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let form = admin.get("/console/documents/policy/new").await;
    let warning = "The policy “wide.1” names no resource. It opens every resource, including the Sekisho console.";
    let open = r#"permit (principal, action, resource) when { principal in [Sekisho::Group::"finance"] };"#;
    let narrow = r#"permit (principal, action, resource == Sekisho::Resource::"wiki") when { principal in [Sekisho::Group::"finance"] };"#;
    for (text, warned) in [(open, true), (narrow, false)] {
        let fields = [("id", "wide"), ("f-text", text)];
        let page = admin.post("/console/documents/policy/plan", &form.token(), &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert_eq!(page.text.contains(warning), warned, "{text}: {}", page.text);
        let checked = [("id", "wide"), ("f-text", text), ("check", "yes")];
        let page = admin.post("/console/documents/policy/plan", &form.token(), &checked).await;
        assert_eq!(page.text.contains(warning), warned, "{text}: {}", page.text);
    }
    admin.language = "ja";
    let page = admin.post("/console/documents/policy/plan", &form.token(), &[("id", "wide"), ("f-text", open)]).await;
    assert!(page.text.contains("すべてのリソースへのアクセスを許可します"), "{}", page.text);
}
