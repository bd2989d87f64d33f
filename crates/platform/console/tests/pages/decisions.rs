//! The lists of decisions, cuts and acts, and what the page of a decision explains and supposes.

use http::StatusCode;
use sekisho_model::documents::Kind;
use sekisho_model::{Act, Action, Actor, DecisionRecord, Outcome, Record, RequestId, SessionId, Span, StreamEnd};
use serde_json::json;

use crate::browser::Browser;
use crate::place::{Place, put_roles};

async fn signed_in<'a>(place: &'a Place, name: &str) -> Browser<'a> {
    let mut passkey = place.give_passkey(name).await;
    let mut browser = Browser::new(place);
    browser.by_passkey(&mut passkey).await;
    browser
}

fn decision(place: &Place, request: &str, subject: &str, resource: &str, outcome: Outcome) -> DecisionRecord {
    DecisionRecord {
        at: place.now(),
        request: RequestId::new(request),
        outcome,
        subject: Some(subject.to_owned()),
        session: None,
        device: Some("laptop".to_owned()),
        failing_checks: vec!["firewall".to_owned()],
        resource: Some(resource.to_owned()),
        action: Some(Action::Read),
        method: Some("GET".to_owned()),
        host: Some("payroll.localhost".to_owned()),
        path: Some("/slips".to_owned()),
        address: "192.0.2.44".to_owned(),
        policies: Vec::new(),
        errors: Vec::new(),
        report_only: Vec::new(),
        reasons: vec!["no-policy-permits".to_owned()],
        remedies: Vec::new(),
        risk: 0,
        risk_parts: Vec::new(),
        world: 1,
    }
}

async fn record(place: &Place, records: Vec<DecisionRecord>) -> u64 {
    let records = records.into_iter().map(|one| Record::Decision(Box::new(one))).collect();
    place.site.ledger.append_all(records).await.unwrap()
}

#[tokio::test]
async fn a_row_opens_exactly_its_entry() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let of = |outcome| decision(&place, "01SHARED", "bob", "payroll", outcome);
    let first = record(&place, vec![of(Outcome::Permit), of(Outcome::Deny)]).await;
    let list = admin.get("/console/decisions?user=bob").await.text;
    for (entry, verdict) in [(first, "Permitted"), (first + 1, "Denied")] {
        let address = format!("/console/decisions/01SHARED?entry={entry}");
        assert!(list.contains(&address), "{list}");
        let page = admin.get(&address).await;
        assert!(page.text.contains(&format!("<h1>{verdict}</h1>")), "{entry}: {}", page.text);
    }
    // An entry of another request, of another kind, and none.
    for entry in [first + 2, 0, 1_000_000] {
        let other = admin.get(&format!("/console/decisions/01SHARED?entry={entry}")).await;
        assert_eq!(other.status, StatusCode::NOT_FOUND, "{entry}");
    }
}

#[tokio::test]
async fn the_list_is_narrowed_by_all_that_its_address_asks_for() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let wanted = decision(&place, "01WANTED", "bob", "payroll", Outcome::Deny);
    let other = DecisionRecord {
        device: None,
        address: "192.0.2.45".to_owned(),
        reasons: vec!["device-not-proven".to_owned()],
        at: place.now().plus(Span::from_minutes(-120)),
        ..decision(&place, "01OTHER", "alice", "wiki", Outcome::Challenge)
    };
    record(&place, vec![wanted, other]).await;
    for narrowed in [
        "user=bob",
        "resource=payroll",
        "reason=no-policy-permits&user=bob",
        "device=laptop",
        "address=192.0.2.44",
        "outcome=deny",
        "period=hour",
        "since=2026-09-21T13:30:00Z",
    ] {
        let list = admin.get(&format!("/console/decisions?{narrowed}")).await.text;
        assert!(list.contains("01WANTED") && !list.contains("01OTHER"), "{narrowed}: {list}");
    }
    for narrowed in ["user=alice", "reason=device-not-proven", "outcome=challenge", "until=2026-09-21T13:30:00Z"] {
        let list = admin.get(&format!("/console/decisions?{narrowed}")).await.text;
        assert!(list.contains("01OTHER") && !list.contains("01WANTED"), "{narrowed}: {list}");
    }
    assert!(admin.get("/console/decisions?user=nobody").await.text.contains("Nothing matches."));
}

#[tokio::test]
async fn the_consoles_own_permits_are_hidden_and_its_denials_are_not() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let permit = DecisionRecord {
        policies: vec!["own".parse().unwrap()],
        ..decision(&place, "01OWNPERMIT", "admin", "sekisho-console", Outcome::Permit)
    };
    let denial = decision(&place, "01OWNDENIAL", "bob", "platform-users", Outcome::Deny);
    record(&place, vec![permit, denial]).await;
    let list = admin.get("/console/decisions").await.text;
    assert!(!list.contains("01OWNPERMIT") && list.contains("01OWNDENIAL"), "{list}");
    assert!(list.contains("/console/decisions?own=show"));
    for shown in ["own=show", "resource=sekisho-console"] {
        assert!(admin.get(&format!("/console/decisions?{shown}")).await.text.contains("01OWNPERMIT"), "{shown}");
    }
}

#[tokio::test]
async fn a_list_goes_on_to_the_first_entry() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    record(
        &place,
        (0..250).map(|number| decision(&place, &format!("01PAGE{number}X"), "bob", "wiki", Outcome::Deny)).collect(),
    )
    .await;
    let (mut address, mut seen) = ("/console/decisions?user=bob".to_owned(), 0);
    loop {
        let page = admin.get(&address).await.text;
        seen += page.matches("class=\"tag stop\" href=\"/console/decisions/01PAGE").count();
        let Some((before, _)) = page.split_once("\" rel=\"next\"") else { break };
        address = before.rsplit('"').next().unwrap().replace("&#38;", "&");
    }
    assert_eq!(seen, 250);
}

#[tokio::test]
async fn a_denial_is_one_sentence_and_its_policies_are_conditions() {
    let place = Place::new().await;
    let policy = r#"@id("slips-for-finance") permit (principal in Sekisho::Group::"finance", action, resource == Sekisho::Resource::"payroll")
        when { principal.employment == "staff" && context.session.assurance >= 2 };"#;
    let policy = policy.replace("(principal in", "(principal is Sekisho::User in");
    place.put(Kind::Policy, "payroll", json!({"text": policy})).await;
    let mut admin = signed_in(&place, "admin").await;
    record(&place, vec![decision(&place, "01SENTENCE", "bob", "payroll", Outcome::Deny)]).await;
    let page = admin.get("/console/decisions/01SENTENCE").await.text;
    for expected in [
        "&#60;b&#62;Bob&#60;/b&#62; &#38; &#39;co&#39; was not allowed to read Payroll: not in the group “finance”.",
        "slips-for-finance",
        "principal.employment == &#34;staff&#34;",
        "With today’s facts",
        "not known any more",
        "[staff]",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    admin.language = "ja";
    let page = admin.get("/console/decisions/01SENTENCE").await.text;
    assert!(page.contains("の操作「閲覧」は拒否されました。グループ「finance」に属していません。"), "{page}");
}

#[tokio::test]
async fn what_if_answers_both_ways_and_records_nothing() {
    let place = Place::new().await;
    let policy = r#"@id("slips-for-finance") permit (principal in Sekisho::Group::"finance", action, resource == Sekisho::Resource::"payroll");"#;
    place.put(Kind::Policy, "payroll", json!({"text": policy})).await;
    let mut admin = signed_in(&place, "admin").await;
    let denied = DecisionRecord { device: None, ..decision(&place, "01WHATIF", "bob", "payroll", Outcome::Deny) };
    record(&place, vec![denied]).await;
    let plain = admin.get("/console/decisions/01WHATIF").await.text;
    assert!(!plain.contains("With what you suppose"), "nothing is supposed yet");
    let before = place.site.ledger.size();
    let page = admin.get("/console/decisions/01WHATIF?join=finance").await.text;
    let (_, answers) = page.split_once("As things stand").unwrap();
    let (now, then) = answers.split_once("With what you suppose").unwrap();
    assert!(now.contains("Denied") && !now.contains("Permitted"), "{now}");
    assert!(then.contains("Permitted") && then.contains("slips-for-finance"), "{then}");
    // The view of the page is one decision on the console itself, and its seal may be another entry.
    let decisions =
        place.site.ledger.search(100, sekisho_ledger::Filter { after: Some(before - 1), ..Default::default() }).await;
    assert!(
        decisions
            .entries
            .iter()
            .all(|(_, record)| !matches!(record, Record::Decision(one) if one.subject.as_deref() == Some("bob")))
    );
    let page = admin.get("/console/decisions/01WHATIF?join=nowhere").await.text;
    assert!(page.contains("There is no such group."), "{page}");
    for (query, says) in [
        ("device=nothing", "There is no such device."),
        ("at=tomorrow", "Write the time"),
        ("address=x", "Write an IP address."),
    ] {
        assert!(admin.get(&format!("/console/decisions/01WHATIF?{query}")).await.text.contains(says), "{query}");
    }
}

#[tokio::test]
async fn cuts_and_acts_are_listed() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let end = |request: &str, delay_ms: Option<u64>| {
        Record::StreamEnd(StreamEnd {
            at: place.now(),
            request: RequestId::new(request),
            subject: "alice".to_owned(),
            session: SessionId::from_bytes([1; 16]),
            resource: "wiki".to_owned(),
            reason: if delay_ms.is_some() { "device-not-compliant" } else { "closed" }.to_owned(),
            world: 7,
            delay_ms,
            carried: None,
        })
    };
    let act = Record::Act(Act {
        at: place.now(),
        actor: Actor::User("admin".to_owned()),
        act: "user-disabled".to_owned(),
        target: "user/bob".to_owned(),
        detail: json!({"why": "<left>"}),
    });
    place.site.ledger.append_all(vec![end("01CUT", Some(88)), end("01CLOSED", None), act]).await.unwrap();
    let cuts = admin.get("/console/cuts").await.text;
    assert!(
        cuts.contains("88 ms") && cuts.contains("/console/decisions/01CUT") && !cuts.contains("01CLOSED"),
        "{cuts}"
    );
    assert!(admin.get("/console/cuts?ends=all").await.text.contains("01CLOSED"));
    let acts = admin.get("/console/acts?act=user-disabled").await.text;
    // Names instead of codes, each with its page.
    for expected in
        ["Adminko</a>", "/console/users/admin", "/console/users/bob", "An account was disabled.", "&#60;left&#62;"]
    {
        assert!(acts.contains(expected), "{expected}: {acts}");
    }
    assert!(!acts.contains("user:admin"), "{acts}");
    assert!(!admin.get("/console/acts?act=user-enabled").await.text.contains("/console/users/bob"));
    // Who acted is found by name, and a name that nobody has finds nothing.
    assert!(admin.get("/console/acts?act=user-disabled&user=Adminko").await.text.contains("/console/users/bob"));
    assert!(!admin.get("/console/acts?act=user-disabled&user=Nobody").await.text.contains("/console/users/bob"));
}

#[tokio::test]
async fn a_role_that_may_not_read_decisions_or_the_ledger_sees_none_of_it() {
    let place = Place::new().await;
    put_roles(&place).await;
    record(&place, vec![decision(&place, "01SECRET", "bob", "payroll", Outcome::Deny)]).await;
    let mut manager = signed_in(&place, "device-managers").await;
    for refused in ["/console/decisions", "/console/decisions/01SECRET?join=finance", "/console/cuts", "/console/acts"]
    {
        let page = manager.get(refused).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{refused}");
        assert!(!page.text.contains("payroll"), "{refused}");
    }
    let mut auditor = signed_in(&place, "auditors").await;
    for open in ["/console/decisions", "/console/decisions/01SECRET?join=finance", "/console/cuts", "/console/acts"] {
        assert_eq!(auditor.get(open).await.status, StatusCode::OK, "{open}");
    }
}

#[tokio::test]
async fn a_list_of_decisions_is_searched_by_the_names_that_people_know() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    record(&place, vec![decision(&place, "01NAMED", "alice", "wiki", Outcome::Deny)]).await;
    assert_eq!(admin.get("/console/decisions?q=Aoki").await.location(), "/console/decisions?user=alice");
    assert_eq!(admin.get("/console/decisions?q=Payroll").await.location(), "/console/decisions?resource=payroll");
    let list = admin.get("/console/decisions?user=alice").await.text;
    assert!(list.contains("Alice Aoki</a>") && list.contains("/console/users/alice"), "{list}");
    assert!(list.contains("class=\"tag stop\" href=\"/console/decisions/01NAMED"), "the outcome opens the row: {list}");
    let nothing = admin.get("/console/decisions?q=Suzuki").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    assert!(nothing.text.contains("Nothing matches “Suzuki”") && !nothing.text.contains("01NAMED"), "{}", nothing.text);
}

#[tokio::test]
async fn a_row_says_what_was_missing() {
    let place = Place::new().await;
    let policy = r#"@id("slips-for-finance") permit (principal in Sekisho::Group::"finance", action, resource == Sekisho::Resource::"payroll");"#;
    place.put(Kind::Policy, "payroll", json!({"text": policy})).await;
    let mut admin = signed_in(&place, "admin").await;
    record(&place, vec![decision(&place, "01MISSING", "bob", "payroll", Outcome::Deny)]).await;
    let list = admin.get("/console/decisions?user=bob").await.text;
    assert!(list.contains("Not in the group “finance”"), "{list}");
}

#[tokio::test]
async fn a_cut_names_the_act_that_caused_it() {
    let place = Place::new().await;
    let mut admin = signed_in(&place, "admin").await;
    let act = |act: &str, target: &str| {
        Record::Act(Act {
            at: place.now(),
            actor: Actor::User("admin".to_owned()),
            act: act.to_owned(),
            target: target.to_owned(),
            detail: json!({"fields": ["groups"]}),
        })
    };
    let decided = Record::Decision(Box::new(decision(&place, "01CAUSED", "alice", "wiki", Outcome::Permit)));
    let end = Record::StreamEnd(StreamEnd {
        at: place.now().plus(Span::from_millis(40)),
        request: RequestId::new("01CAUSED"),
        subject: "alice".to_owned(),
        session: SessionId::from_bytes([1; 16]),
        resource: "wiki".to_owned(),
        reason: "no-policy-permits".to_owned(),
        world: 7,
        delay_ms: Some(30),
        carried: None,
    });
    let records = vec![decided, act("document-put", "user/alice"), act("sign-in", "user/bob"), end];
    place.site.ledger.append_all(records).await.unwrap();
    let page = admin.get("/console/decisions/01CAUSED").await.text;
    assert!(page.contains("Adminko: A document was created or changed. (Alice Aoki)"), "{page}");
    assert!(!page.contains("signed in. ("), "signing in changes no fact: {page}");
}

#[tokio::test]
async fn a_denial_offers_the_group_and_no_grant_that_nothing_reads() {
    let place = Place::new().await;
    put_roles(&place).await;
    let policy = r#"@id("slips-for-finance") permit (principal in Sekisho::Group::"finance", action, resource == Sekisho::Resource::"payroll");"#;
    place.put(Kind::Policy, "payroll", json!({"text": policy})).await;
    record(&place, vec![decision(&place, "01GROUP", "bob", "payroll", Outcome::Deny)]).await;
    let mut admin = signed_in(&place, "admin").await;
    let page = admin.get("/console/decisions/01GROUP").await;
    assert!(page.text.contains("action=\"/console/documents/user/membership\""), "{}", page.text);
    assert!(page.text.contains("A grant would not help: no policy for Payroll reads grants."), "{}", page.text);
    assert!(!page.text.contains("Grant for 1 hour"), "{}", page.text);
    let fields = [("user", "bob"), ("group", "finance")];
    let confirmation = admin.post("/console/documents/user/membership", &page.token(), &fields).await;
    assert_eq!(confirmation.status, StatusCode::OK, "{}", confirmation.text);
    for expected in ["Confirm the change", "staff, <ins>finance</ins>", "Gain access</dt><dd><b>1</b>", "</a>: Payroll"]
    {
        assert!(confirmation.text.contains(expected), "{expected}: {}", confirmation.text);
    }
    let groups = place.site.store.get(Kind::User, "bob").await.unwrap().unwrap().body["groups"].clone();
    assert_eq!(groups, json!(["staff"]), "nothing is written before it is confirmed");
    // By name, and out of a group; a name that nobody has leads to the list of people.
    let out = [("user", "Alice Aoki"), ("group", "finance"), ("leave", "yes")];
    let confirmation = admin.post("/console/documents/user/membership", &page.token(), &out).await;
    assert!(confirmation.text.contains("<del>finance</del>"), "{}", confirmation.text);
    let person = admin.get("/console/users/bob").await;
    assert!(person.text.contains("Take out of “staff”…"), "{}", person.text);
    let nobody = [("user", "Nobody Such"), ("group", "finance")];
    let list = admin.post("/console/documents/user/membership", &page.token(), &nobody).await;
    assert_eq!(list.location(), "/console/users?q=Nobody%20Such");
    // Who may only look is offered nothing and refused.
    let mut auditor = signed_in(&place, "auditors").await;
    let page = auditor.get("/console/decisions/01GROUP").await;
    assert!(!page.text.contains("/console/documents/user/membership"), "{}", page.text);
    let refused = auditor.post("/console/documents/user/membership", &page.token(), &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_grant_for_an_hour_is_offered_to_those_who_may_write_one() {
    let place = Place::new().await;
    put_roles(&place).await;
    let policy = r#"@id("by-grant") permit (principal, action, resource == Sekisho::Resource::"payroll") when { context has grant };"#;
    place.put(Kind::Policy, "payroll", json!({"text": policy})).await;
    record(&place, vec![decision(&place, "01GRANT", "bob", "payroll", Outcome::Deny)]).await;
    let mut admin = signed_in(&place, "admin").await;
    let page = admin.get("/console/decisions/01GRANT").await;
    let (_, form) = page.text.split_once("action=\"/console/documents/grant/plan\"").unwrap();
    let (form, _) = form.split_once("</form>").unwrap();
    assert!(form.contains("Grant for 1 hour") && !form.contains("would not help"), "{form}");
    let value = |name: &str| {
        let (_, rest) = form.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().replace("&#34;", "\"")
    };
    let fields = [("id", value("id")), ("body", value("body"))];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let confirmation = admin.post("/console/documents/grant/plan", &page.token(), &fields).await;
    assert_eq!(confirmation.status, StatusCode::OK, "{}", confirmation.text);
    assert!(confirmation.text.contains("/console/documents/grant/save"), "{}", confirmation.text);
    assert!(place.site.store.get(Kind::Grant, "for-01grant").await.unwrap().is_none(), "nothing is written yet");
    let mut auditor = signed_in(&place, "auditors").await;
    assert!(!auditor.get("/console/decisions/01GRANT").await.text.contains("/console/documents/grant/plan"));
}
