//! The shipped roles as a table that a review can read: `policies/roles.md`. What changes there changes who administers what.

use std::fmt::Write as _;
use std::sync::Arc;

use sekisho_capability::{ActSpec, ROLE_GROUPS, demand};
use sekisho_control_plane::acts::table;
use sekisho_control_plane::now;
use sekisho_model::documents::Kind;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{
    AccessRequest, Actor, Evidence, Method, MethodSet, Outcome, RequestId, RequestParts, SessionFacts, SessionId, Span,
    UserId, WhyUnknown,
};
use sekisho_policy_engine::decide;
use sekisho_policy_information::World;
use serde_json::json;

use crate::installation::{Installation, user};

const TABLE: &str = include_str!("../../../../../policies/roles.md");
/// The member of no group.
const NOBODY: &str = "no-group";

/// A World with one member of each role's group, under the shipped roles.
async fn world() -> Arc<World> {
    let here = Installation::new().await;
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

/// What the engine says of somebody and an act, signed in by that method.
fn outcome(world: &World, who: &str, act: &ActSpec, about: Option<&str>, method: Method) -> Outcome {
    let about: Option<UserId> = about.map(|user| user.parse().unwrap());
    let demand = demand(world, act, about.as_ref());
    let handle = |kind, name: &str| -> Handle { world.facts().find(kind, name).unwrap() };
    let now = now();
    let session = SessionFacts {
        id: SessionId::from_bytes([7; 16]),
        subject: handle(EntityType::User, who),
        device: None,
        established_at: now,
        authenticated_at: now,
        expires_at: now.plus(Span::from_minutes(60)),
        methods: MethodSet::EMPTY.with(method),
        rotation: 0,
        assurance_limit: None,
    };
    let request = AccessRequest::new(RequestParts {
        id: RequestId::new("r-1"),
        session: Arc::new(session),
        device: Evidence::Unknown(WhyUnknown::NotProven),
        resource: handle(EntityType::Resource, demand.part.resource()),
        action: demand.action,
        network: world.network("192.0.2.7".parse().unwrap()),
        http: None,
    });
    decide(world.policies(), world, &request, now).kind()
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
        let changes_people = !act.is_read() && act.part == sekisho_capability::Part::Users;
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
    writeln!(text, "| act | {} | no group |\n|---|{}", ROLE_GROUPS.join(" | "), "---|".repeat(7)).unwrap();
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
