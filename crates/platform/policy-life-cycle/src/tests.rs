//! The life cycle over a control plane, and that a draft in report-only changes no answer.

use std::sync::Arc;

use proptest::prelude::*;
use sekisho_capability::supposed;
use sekisho_control_plane::{ApplyError, Desired, now};
use sekisho_model::documents::{Change, Kind};
use sekisho_model::facts::EntityType;
use sekisho_model::{Action, Actor, Evidence, Timestamp, WhyUnknown};
use sekisho_policy_engine::decide;
use sekisho_policy_information::{World, WorldBuilder};
use sekisho_policy_language::{Policies, PolicyText};
use sekisho_testbed::{Installation, eventually};
use serde_json::{Value, json};

use crate::comparing::differs;
use crate::{LifeCycle, LifeCycleError, State, Written};

const MARKED: &str = "// The wiki.\n@approval(\"required\")\n@id(\"wiki\")\npermit (principal in Sekisho::Group::\"staff\", action, resource == Sekisho::Resource::\"wiki\");\n\t\n";
const WIDER: &str = "@id(\"wiki\")\npermit (principal, action, resource == Sekisho::Resource::\"wiki\");";

fn document(kind: Kind, id: &str, body: Value) -> Desired {
    Desired { kind, id: id.to_owned(), body, origin: "-".to_owned() }
}

fn by(name: &str) -> Actor {
    Actor::User(name.to_owned())
}

/// A platform with a group, a wiki, and a policy that asks for approval.
async fn place(policy: &str) -> (Installation, LifeCycle) {
    let here = Installation::new().await;
    for desired in [
        document(Kind::Group, "staff", json!({ "id": "staff", "name": "Staff" })),
        document(Kind::Group, "nobody", json!({ "id": "nobody", "name": "Nobody" })),
        document(Kind::User, "alice", json!({ "id": "alice", "name": "Alice", "groups": ["staff"] })),
        document(Kind::Resource, "wiki", json!({ "id": "wiki", "name": { "en": "Wiki" }, "host": "wiki.test" })),
        document(Kind::Policy, "wiki", json!({ "text": policy })),
    ] {
        here.apply(desired, Actor::System).await;
    }
    let life_cycle = LifeCycle::new(here.control_plane.clone());
    (here, life_cycle)
}

async fn text(here: &Installation) -> Option<String> {
    let document = here.control_plane.store.get(Kind::Policy, "wiki").await.unwrap();
    document.map(|document| document.body.get("text").unwrap().as_str().unwrap().to_owned())
}

#[tokio::test]
async fn i72_a_marked_policy_changes_by_an_approved_draft_only() {
    let (here, _) = place(MARKED).await;
    let desired = document(Kind::Policy, "wiki", json!({ "text": WIDER }));
    let plan = here.control_plane.plan(&[desired], false).await.unwrap();
    let refused = here.control_plane.execute(&plan, by("bob")).await;
    assert!(matches!(&refused, Err(ApplyError::Protected(why)) if why.contains("policy-draft")), "{refused:?}");
    let removal = here.control_plane.plan_removal(Kind::Policy, "wiki").await.unwrap().unwrap();
    assert!(matches!(here.control_plane.execute(&removal, by("bob")).await, Err(ApplyError::Protected(_))));
    assert_eq!(text(&here).await.as_deref(), Some(MARKED));
    // A policy without the mark is changed as before.
    let (here, _) = place(WIDER).await;
    here.apply(document(Kind::Policy, "wiki", json!({ "text": "" })), by("bob")).await;
}

#[tokio::test]
async fn i73_an_approval_is_another_persons_and_of_this_text() {
    let (here, life_cycle) = place(MARKED).await;
    let draft = life_cycle.begin(("open", "wiki"), Some(WIDER.to_owned()), by("alice"), now()).await.unwrap();
    let publish = || life_cycle.publish("open", by("alice"), now());
    assert!(matches!(publish().await, Err(LifeCycleError::NotApproved)));
    let approve = |digest: String, actor| {
        let life_cycle = life_cycle.clone();
        async move { life_cycle.approve("open", &digest, actor, now()).await }
    };
    let token = Actor::Token { owner: "alice".to_owned(), token: "ci".to_owned() };
    assert!(matches!(approve(draft.digest(), by("alice")).await, Err(LifeCycleError::OwnDraft)));
    assert!(matches!(approve(draft.digest(), token).await, Err(LifeCycleError::OwnDraft)));
    let operator = Actor::Operator("uid-0".to_owned());
    assert!(matches!(approve(draft.digest(), operator).await, Err(LifeCycleError::NotAPerson)));
    approve(draft.digest(), by("bob")).await.unwrap();
    // Another text was not approved, and an approval of the older text is refused.
    let written = Written { text: format!("{WIDER}\n"), ..Written::default() };
    life_cycle.write("open", written, by("alice"), now()).await.unwrap();
    assert!(matches!(publish().await, Err(LifeCycleError::NotApproved)));
    assert!(matches!(approve(draft.digest(), by("bob")).await, Err(LifeCycleError::Changed)));
    // Who wrote on it cannot approve it, even when the text is as before.
    let written = Written { text: WIDER.to_owned(), ..Written::default() };
    let back = life_cycle.write("open", written, by("bob"), now()).await.unwrap();
    assert!(matches!(approve(back.digest(), by("bob")).await, Err(LifeCycleError::OwnDraft)));
    assert_eq!(text(&here).await.as_deref(), Some(MARKED));
    approve(back.digest(), by("carol")).await.unwrap();
    publish().await.unwrap();
    assert_eq!(text(&here).await.as_deref(), Some(WIDER));
}

#[tokio::test]
async fn i74_the_way_back_is_byte_for_byte_and_follows_what_was_published() {
    let (here, life_cycle) = place(MARKED).await;
    let draft = life_cycle.begin(("open", "wiki"), Some(WIDER.to_owned()), by("alice"), now()).await.unwrap();
    assert!(matches!(life_cycle.roll_back("open", by("bob"), now()).await, Err(LifeCycleError::NotInForce)));
    life_cycle.approve("open", &draft.digest(), by("bob"), now()).await.unwrap();
    life_cycle.publish("open", by("bob"), now()).await.unwrap();
    let again = life_cycle.publish("open", by("bob"), now()).await;
    assert!(matches!(again, Err(LifeCycleError::Closed)));
    let acts = here.acts("policy/wiki").await;
    assert_eq!(
        acts.last().map(|(actor, act, _)| (actor.as_str(), act.as_str())),
        Some(("user:bob", "policy-published"))
    );
    let back = life_cycle.roll_back("open", by("bob"), now()).await.unwrap();
    assert!(matches!(back.state, State::RolledBack { .. }));
    assert_eq!(text(&here).await.as_deref(), Some(MARKED));
    // A new policy is taken away again.
    let other = "@id(\"other\")\nforbid (principal, action, resource == Sekisho::Resource::\"wiki\") when { context.risk > 90 };";
    life_cycle.begin(("new", "other"), Some(other.to_owned()), by("alice"), now()).await.unwrap();
    life_cycle.publish("new", by("alice"), now()).await.unwrap();
    assert!(here.control_plane.store.get(Kind::Policy, "other").await.unwrap().is_some());
    life_cycle.roll_back("new", by("alice"), now()).await.unwrap();
    assert!(here.control_plane.store.get(Kind::Policy, "other").await.unwrap().is_none());
}

#[tokio::test]
async fn what_somebody_else_changed_is_neither_overwritten_nor_rolled_back() {
    let (here, life_cycle) = place("").await;
    life_cycle.begin(("open", "wiki"), Some(WIDER.to_owned()), by("alice"), now()).await.unwrap();
    let changed = here.apply(document(Kind::Policy, "wiki", json!({ "text": "// mine" })), by("bob")).await;
    assert!(matches!(life_cycle.publish("open", by("alice"), now()).await, Err(LifeCycleError::Overtaken)));
    let on = |base| Written { text: WIDER.to_owned(), seen: None, base: Some(base) };
    let old = life_cycle.write("open", on(changed - 1), by("alice"), now()).await;
    assert!(matches!(old, Err(LifeCycleError::Overtaken)));
    life_cycle.write("open", on(changed), by("alice"), now()).await.unwrap();
    life_cycle.publish("open", by("alice"), now()).await.unwrap();
    here.apply(document(Kind::Policy, "wiki", json!({ "text": "// mine again" })), by("bob")).await;
    assert!(matches!(life_cycle.roll_back("open", by("alice"), now()).await, Err(LifeCycleError::NotInForce)));
    assert_eq!(text(&here).await.as_deref(), Some("// mine again"));
}

#[tokio::test]
async fn a_review_says_what_is_probably_not_meant_and_who_may_do_what() {
    let (_here, life_cycle) = place(MARKED).await;
    let text = "@id(\"open\")\npermit (principal, action == Sekisho::Action::\"read\", resource == Sekisho::Resource::\"wiki\");\n\
                @id(\"none\")\npermit (principal in Sekisho::Group::\"nobody\", action, resource == Sekisho::Resource::\"wiki\");\n\
                @id(\"typo\")\npermit (principal in Sekisho::Group::\"stuff\", action, resource == Sekisho::Resource::\"wiki\");\n\
                @id(\"never\")\npermit (principal, action, resource == Sekisho::Resource::\"wiki\") when { principal is Sekisho::Workload && principal is Sekisho::User };\n\
                @id(\"land\")\nforbid (principal, action, resource == Sekisho::Resource::\"wiki\") when { context.network has country && context.network.country == \"JP\" };\n";
    let draft = life_cycle.begin(("open", "wiki"), Some(text.to_owned()), by("alice"), now()).await.unwrap();
    let review = life_cycle.review(&draft).await.unwrap();
    let codes: Vec<&str> = review.lints.iter().map(|lint| lint.code).collect();
    for code in ["lint-open", "lint-nobody", "lint-unknown", "lint-unwritten"] {
        assert!(codes.contains(&code), "{code}: {:?}", review.lints);
    }
    assert!(review.needs_approval && review.is_current);
    let impact = review.impact.unwrap();
    assert!(impact.gain > 0, "bob reads the wiki then: {impact}");
    let row = |who: &str| review.table.iter().find(|row| row.who == who).cloned().unwrap();
    let read = Action::ALL.iter().position(|action| *action == Action::Read).unwrap();
    assert!(row("everybody").cells.get(read).unwrap().then.contains(&"permit"));
    let staff = row("group/staff").cells.get(read).cloned().unwrap();
    assert_eq!((staff.now.as_slice(), staff.then.is_empty(), staff.differs()), (&["permit"][..], true, true));
    // What would be refused is said, and publishes nothing.
    let broken = Written {
        text: "permit (principal, action, resource) when { resource.colour };".to_owned(),
        ..Written::default()
    };
    let draft = life_cycle.write("open", broken, by("alice"), now()).await.unwrap();
    let review = life_cycle.review(&draft).await.unwrap();
    assert!(review.lints.iter().any(|lint| lint.code == "lint-refused") && review.impact.is_none());
    assert!(matches!(life_cycle.start("open", by("alice"), now()).await, Err(LifeCycleError::Refused(_))));
}

#[tokio::test]
async fn a_draft_that_locks_out_who_administers_is_refused() {
    let here = Installation::new().await;
    here.control_plane.bootstrap().await.unwrap();
    let root = json!({ "id": "root", "name": "Root", "groups": ["administrators"] });
    here.apply(document(Kind::Group, "administrators", json!({ "id": "administrators", "name": "A" })), Actor::System)
        .await;
    here.apply(document(Kind::User, "root", root), Actor::System).await;
    let life_cycle = LifeCycle::new(here.control_plane.clone());
    let text = "forbid (principal, action, resource) when { context.risk < 101 };".to_owned();
    let draft = life_cycle.begin(("closed", "closed"), Some(text), by("root"), now()).await.unwrap();
    let review = life_cycle.review(&draft).await.unwrap();
    assert!(review.lints.iter().any(|lint| lint.code == "lint-refused"), "{:?}", review.lints);
    assert!(matches!(life_cycle.publish("closed", by("root"), now()).await, Err(LifeCycleError::Refused(_))));
    // The World did not hear of any of it.
    eventually("the World", async || here.control_plane.world().users().next().map(drop)).await;
    assert!(here.control_plane.world().policies().metas().iter().all(|meta| meta.file != "closed"));
}

const NOW: Timestamp = Timestamp::from_millis(1_795_230_000_000);

/// A policy: the numbers choose effect, whom, what for and when.
fn policy(number: usize, (is_permit, who, what, when): (bool, usize, usize, usize)) -> String {
    const WHO: [&str; 3] =
        ["principal", "principal in Sekisho::Group::\"staff\"", "principal == Sekisho::User::\"u1\""];
    const WHAT: [&str; 3] = ["action", "action == Sekisho::Action::\"read\"", "action in Sekisho::Action::\"use\""];
    const WHEN: [&str; 3] =
        ["", " when { context.session.phishing_resistant }", " unless { principal in Sekisho::Group::\"staff\" }"];
    let effect = if is_permit { "permit" } else { "forbid" };
    let [who, what, when] = [(WHO, who), (WHAT, what), (WHEN, when)].map(|(texts, number)| *texts.get(number).unwrap());
    format!("@id(\"p{number}\")\n{effect} ({who}, {what}, resource == Sekisho::Resource::\"wiki\"){when};\n")
}

fn policies() -> impl Strategy<Value = String> {
    let one = (any::<bool>(), 0..3_usize, 0..3_usize, 0..3_usize);
    prop::collection::vec(one, 0..5)
        .prop_map(|all| all.into_iter().enumerate().map(|(number, chosen)| policy(number, chosen)).collect::<String>())
}

/// A World with four people, a set, and perhaps a draft in report-only.
fn world(texts: &str, draft: Option<&str>) -> Arc<World> {
    let mut builder = WorldBuilder::new();
    let mut apply = |kind: Kind, id: &str, body: Value| {
        let change = Change { revision: 1, kind, id: id.to_owned(), body: Some(body), at: NOW };
        builder.apply(&change).unwrap();
    };
    apply(Kind::Group, "staff", json!({ "id": "staff", "name": "Staff" }));
    for (id, groups) in [("u0", json!([])), ("u1", json!([])), ("u2", json!(["staff"]))] {
        apply(Kind::User, id, json!({ "id": id, "name": id, "groups": groups }));
    }
    apply(Kind::Resource, "wiki", json!({ "id": "wiki", "name": { "en": "Wiki" }, "host": "wiki.test" }));
    apply(Kind::Policy, "wiki", json!({ "text": texts }));
    if let Some(text) = draft {
        let state = json!({ "is": "report-only", "since": NOW });
        let body = json!({ "id": "d", "policy": "wiki", "text": text, "author": "u0", "at": NOW, "writers": [], "state": state });
        apply(Kind::PolicyDraft, "d", body);
    }
    builder.publish(NOW)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn i75_report_only_changes_no_answer(set in policies(), draft in policies()) {
        let (alone, beside) = (world(&set, None), world(&set, Some(&draft)));
        let loaded = Policies::load(&[PolicyText { name: "wiki".to_owned(), text: draft.clone() }], beside.facts().interner());
        let (then, published) = (Arc::new(loaded.unwrap()), world(&draft, None));
        for user in ["u0", "u1", "u2"] {
            for action in Action::ALL {
                let asked = |world: &World| {
                    let subject = world.facts().find(EntityType::User, user).unwrap();
                    let wiki = world.facts().find(EntityType::Resource, "wiki").unwrap();
                    supposed::request(world, &supposed::session(subject, NOW), Evidence::Unknown(WhyUnknown::NotProven), wiki, action)
                };
                let answer = |world: &World| {
                    let decision = decide(world.policies(), world, &asked(world), NOW);
                    (decision.kind(), decision.determining(), decision.report_only())
                };
                let before = answer(&beside);
                prop_assert_eq!(&answer(&alone), &before);
                let found = differs(&beside, beside.policies(), &then, &asked(&beside), NOW);
                // It says what publishing would answer, and answers nobody.
                let wanted = (before.0, answer(&published).0);
                let is_other = (wanted.0 == sekisho_model::Outcome::Permit) != (wanted.1 == sekisho_model::Outcome::Permit);
                prop_assert_eq!(found, is_other.then_some(wanted));
                prop_assert_eq!(&answer(&beside), &before);
            }
        }
    }
}
