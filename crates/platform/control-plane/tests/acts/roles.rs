//! The shipped roles as a table that a review can read: `policies/roles.md`. What changes there changes who administers what.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use sekisho_capability::{ActSpec, Part, ROLE_GROUPS, demand, gives_rights};
use sekisho_control_plane::acts::table;
use sekisho_control_plane::acts::tokens::{NewToken, Reach, authenticate};
use sekisho_control_plane::now;
use sekisho_model::documents::Kind;
use sekisho_model::facts::EntityType;
use sekisho_model::{
    AccessRequest, Actor, Evidence, Method, MethodSet, Outcome, RequestId, RequestParts, SessionFacts, SessionId, Span,
    UserId, WhyUnknown,
};
use sekisho_policy_engine::decide;
use sekisho_policy_information::World;
use serde_json::json;

use sekisho_testbed::{Installation, user};

const TABLE: &str = include_str!("../../../../../policies/roles.md");
/// The member of no group.
const NOBODY: &str = "no-group";

/// A World with one member of each role's group, under the shipped roles.
async fn world() -> Arc<World> {
    populated(&Installation::new().await).await
}

async fn populated(here: &Installation) -> Arc<World> {
    here.control_plane.bootstrap().await.unwrap();
    let mut desired = vec![user(NOBODY, "active")];
    for group in ROLE_GROUPS {
        let body = json!({ "id": group, "name": group });
        desired.push(sekisho_control_plane::Desired {
            kind: Kind::Group,
            id: group.to_owned(),
            body,
            origin: "-".to_owned(),
        });
        let mut member = user(group, "active");
        member.body.as_object_mut().unwrap().insert("groups".to_owned(), json!([group]));
        desired.push(member);
    }
    let plan = here.control_plane.plan(&desired, false).await.unwrap();
    here.control_plane.execute(&plan, Actor::System).await.unwrap();
    let mut worlds = here.control_plane.publication.world.clone();
    let known = worlds.wait_for(|world| ROLE_GROUPS.iter().all(|group| world.user(group).is_some())).await;
    Arc::clone(&known.unwrap())
}

/// A session of somebody who signed in now by that method.
fn session(world: &World, who: &str, method: Method) -> SessionFacts {
    let now = now();
    SessionFacts {
        id: SessionId::from_bytes([7; 16]),
        subject: world.user(who).unwrap(),
        device: None,
        established_at: now,
        authenticated_at: now,
        expires_at: now.plus(Span::from_minutes(60)),
        methods: MethodSet::EMPTY.with(method),
        rotation: 0,
        assurance_limit: None,
    }
}

/// The question whether this session may do an act.
fn question(world: &World, session: Arc<SessionFacts>, act: &ActSpec, about: Option<&str>) -> AccessRequest {
    let about: Option<UserId> = about.map(|user| user.parse().unwrap());
    let demand = demand(world, act, about.as_ref(), now());
    AccessRequest::new(RequestParts {
        id: RequestId::new("r-1"),
        session,
        device: Evidence::Unknown(WhyUnknown::NotProven),
        resource: world.facts().find(EntityType::Resource, demand.part.resource()).unwrap(),
        action: demand.action,
        network: world.network("192.0.2.7".parse().unwrap()),
        http: None,
    })
}

/// What the engine says of somebody and an act, signed in by that method.
fn outcome(world: &World, who: &str, act: &ActSpec, about: Option<&str>, method: Method) -> Outcome {
    let request = question(world, Arc::new(session(world, who, method)), act, about);
    decide(world.policies(), world, &request, now()).kind()
}

fn mark(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Permit => "✔",
        Outcome::Challenge => "↑",
        Outcome::Deny => "✘",
    }
}

/// Every act with what it is called in the table, and the person whom it changes.
fn rows() -> Vec<(String, ActSpec, Option<&'static str>)> {
    let mut rows = Vec::new();
    for act in table::ALL {
        let changes_people = !act.is_read() && matches!(act.part, Part::Users | Part::Sessions);
        if changes_people {
            rows.push((format!("{}, of anybody", act.code), *act, Some(NOBODY)));
            rows.push((format!("{}, of a member of a role", act.code), *act, Some("auditors")));
        } else {
            rows.push((act.code.to_owned(), *act, None));
        }
    }
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_applied()) {
        for act in [table::reading(kind), table::planning(kind), table::putting(kind), table::removing(kind)] {
            rows.push((format!("{} `{kind}`", act.code), act, None));
        }
    }
    rows
}

#[tokio::test]
async fn the_roles_are_as_the_table_says() {
    let world = world().await;
    let mut text = String::from("# What the shipped roles may do\n\n");
    text.push_str("Kept by `crates/platform/control-plane/tests/acts/roles.rs`, for somebody who signed in with a passkey: ✔ permitted, ✘ denied.\n\n");
    writeln!(text, "| act | {} | no group |\n|---|{}", ROLE_GROUPS.join(" | "), "---|".repeat(ROLE_GROUPS.len() + 1))
        .unwrap();
    for (name, act, about) in rows() {
        let cells = ROLE_GROUPS.iter().chain([&NOBODY]);
        let cells = cells.map(|who| mark(&outcome(&world, who, &act, about, Method::Passkey)));
        writeln!(text, "| {name} | {} |", cells.collect::<Vec<_>>().join(" | ")).unwrap();
    }
    assert!(text == TABLE, "policies/roles.md is not what the policies say; it should be:\n{text}");
}

#[tokio::test]
async fn no_role_does_anything_without_a_passkey() {
    let world = world().await;
    for (name, act, about) in rows() {
        for who in ROLE_GROUPS {
            let outcome = outcome(&world, who, &act, about, Method::Password);
            assert!(!matches!(outcome, Outcome::Permit), "{who}: {name}");
        }
    }
}

#[tokio::test]
async fn the_helpdesk_gets_at_no_rights_beyond_its_own() {
    let world = world().await;
    let permitted = |act: &ActSpec, about| {
        matches!(outcome(&world, "helpdesk", act, Some(about), Method::Passkey), Outcome::Permit)
    };
    for act in [table::ENROLMENT_LINK_MADE, table::AUTHENTICATORS_RESET, table::USER_ENABLED, table::USER_DISABLED] {
        assert!(permitted(&act, NOBODY), "{}", act.code);
        assert!(!permitted(&act, "administrators"), "{}", act.code);
    }
}

#[tokio::test]
async fn i25_a_token_with_a_role_may_do_what_the_table_says_of_the_role() {
    let here = Installation::new().await;
    let world = populated(&here).await;
    let acts = here.control_plane.acts();
    for role in ROLE_GROUPS {
        let new = NewToken {
            id: role.parse().unwrap(),
            owner: role.parse().unwrap(),
            roles: BTreeSet::from([role.parse().unwrap()]),
            parts: BTreeSet::new(),
            read_only: false,
            expires_at: now().plus(Span::from_minutes(60)),
        };
        let session = session(&world, role, Method::Passkey);
        let acting = acts.by(Actor::User(role.to_owned()), now());
        let made = acting.make_token(new, &world, Some(&session), Reach::Own).await.unwrap();
        let id = made.id.clone();
        let mut worlds = here.control_plane.publication.world.clone();
        let world = Arc::clone(&*worlds.wait_for(|world| world.api_token(&id).is_some()).await.unwrap());
        let caller = authenticate(&made.text, &world, now()).unwrap();
        for (name, act, about) in rows() {
            let (_, decision) = caller.decide(&world, now(), |session| question(&world, session, &act, about));
            assert_eq!(decision.kind(), outcome(&world, role, &act, about, Method::Passkey), "{role}: {name}");
        }
    }
}

/// Policies of an installation that give parts of the platform to a person and to a group that no role knows.
const OWN: &str = "@id(\"own-person\")\npermit (principal == Sekisho::User::\"erin\", action, resource in Sekisho::Category::\"platform\")\n\
                   when { context.session.phishing_resistant };\n\
                   @id(\"own-group\")\npermit (principal, action, resource == Sekisho::Resource::\"platform-users\")\n\
                   when { principal in Sekisho::Group::\"it-admins\" && context.session.phishing_resistant };";

#[tokio::test]
async fn rights_are_what_policies_give_and_not_what_groups_are_called() {
    let here = Installation::new().await;
    populated(&here).await;
    let desired =
        |kind, id: &str, body| sekisho_control_plane::Desired { kind, id: id.to_owned(), body, origin: "-".to_owned() };
    let mut gone = user("frank", "disabled");
    let mut member = user("dana", "active");
    for one in [&mut gone, &mut member] {
        one.body.as_object_mut().unwrap().insert("groups".to_owned(), json!(["night-shift"]));
    }
    let documents = [
        desired(Kind::Group, "it-admins", json!({ "id": "it-admins", "name": "IT" })),
        desired(Kind::Group, "night-shift", json!({ "id": "night-shift", "name": "Night", "groups": ["it-admins"] })),
        desired(Kind::Group, "staff", json!({ "id": "staff", "name": "Staff" })),
        user("erin", "active"),
        member,
        gone,
        desired(Kind::Policy, "own", json!({ "text": OWN })),
    ];
    let plan = here.control_plane.plan(&documents, false).await.unwrap();
    here.control_plane.execute(&plan, Actor::System).await.unwrap();
    let mut worlds = here.control_plane.publication.world.clone();
    let world = Arc::clone(&worlds.wait_for(|world| world.user("dana").is_some()).await.unwrap());
    // A link to sign in as one of them is worth their rights: the helpdesk makes none, and makes one for anybody else.
    let link = |about| outcome(&world, "helpdesk", &table::ENROLMENT_LINK_MADE, Some(about), Method::Passkey);
    for about in ["erin", "dana", "frank", "auditors"] {
        assert_eq!(link(about), Outcome::Deny, "{about}");
    }
    assert_eq!(link(NOBODY), Outcome::Permit);
    // No provisioning fills a group that gives rights.
    for (group, gives) in
        [("it-admins", true), ("night-shift", true), ("administrators", true), ("staff", false), ("of-nobody", false)]
    {
        assert_eq!(gives_rights(&world, group), gives, "{group}");
    }
}
