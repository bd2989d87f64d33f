//! What a token may do: its limits, the policies about it, and the policies about its owner.

use std::collections::BTreeSet;

use sekisho_api_tokens::{Reach, TokenCaller};
use sekisho_capability::{Demand, Part};
use sekisho_model::documents::Kind;
use sekisho_model::facts::EntityType;
use sekisho_model::{AccessRequest, Action, Evidence, Method, Outcome, RequestId, RequestParts, WhyUnknown};
use serde_json::json;

use crate::place::Place;

/// What is decided of a token that asks for a part: the outcome, and who is the subject of the record.
fn decided(place: &Place, caller: &TokenCaller, action: Action, part: Part) -> (Outcome, String) {
    let (world, now) = (place.here.world(), place.here.clock.now());
    let resource = world.facts().find(EntityType::Resource, part.resource()).unwrap();
    let (request, decision) = caller.decide(&world, now, |session| {
        AccessRequest::new(RequestParts {
            id: RequestId::new("r-1"),
            session,
            device: Evidence::Unknown(WhyUnknown::NotProven),
            resource,
            action,
            network: world.network("192.0.2.7".parse().unwrap()),
            http: None,
        })
    });
    (decision.kind(), decision.to_record(&world, &request, now).subject.unwrap())
}

fn permits(place: &Place, caller: &TokenCaller, action: Action, part: Part) -> bool {
    decided(place, caller, action, part).0 == Outcome::Permit
}

#[tokio::test]
async fn the_shipped_roles_count_for_a_token_and_it_is_the_subject() {
    let place = Place::new().await;
    let caller = place.authenticate(&place.alices().await).unwrap();
    assert_eq!(decided(&place, &caller, Action::Read, Part::Ledger), (Outcome::Permit, "workload:audit".to_owned()));
    assert_eq!(decided(&place, &caller, Action::Write, Part::Ledger), (Outcome::Deny, "workload:audit".to_owned()));
    // Alice herself may do this, as one of the helpdesk; this token has not that role.
    assert!(!permits(&place, &caller, Action::Write, Part::Sessions));
}

#[tokio::test]
async fn a_token_that_was_made_after_a_password_alone_may_not_do_what_needs_a_passkey() {
    let place = Place::new().await;
    let session = place.session("alice", &[Method::Password]);
    let made =
        place.make_in(place.wanted("weak", "alice", &["auditors"]), &session, "alice", Reach::Own).await.unwrap();
    let caller = place.authenticate(&made.text).unwrap();
    assert!(!permits(&place, &caller, Action::Read, Part::Ledger));
}

#[tokio::test]
async fn i25_a_policy_about_workloads_gives_a_token_nothing_that_its_owner_may_not() {
    let generous = r#"
        permit (principal == Sekisho::Workload::"backup", action, resource == Sekisho::Resource::"platform-settings");
        permit (principal is Sekisho::Workload, action, resource == Sekisho::Resource::"platform-settings");
    "#;
    let place = Place::with(generous).await;
    let made = place.make(place.wanted("backup", "bob", &["helpdesk"]), "bob", Reach::Own).await.unwrap();
    let caller = place.authenticate(&made.text).unwrap();
    let refused = decided(&place, &caller, Action::Administer, Part::Settings);
    assert_eq!(refused, (Outcome::Deny, "bob".to_owned()), "the record names who is not permitted");
    // What bob may do too is permitted by the same policy.
    place.put_user("bob", &["helpdesk", "administrators"], "active").await;
    assert!(permits(&place, &caller, Action::Administer, Part::Settings));
}

#[tokio::test]
async fn i25_what_is_forbidden_to_the_owner_is_forbidden_to_the_token() {
    let careful = "forbid (principal, action, resource) when { context.risk > 50 };";
    let place = Place::with(careful).await;
    let caller = place.authenticate(&place.alices().await).unwrap();
    assert!(permits(&place, &caller, Action::Read, Part::Ledger));
    let signal = json!({
        "id": "s", "about": { "user": "alice" }, "name": "stolen-password", "weight": 90, "seen_at": 0,
        "ends_at": 4_000_000_000_000_i64,
    });
    place.here.put(Kind::Signal, "s", signal).await;
    assert!(!permits(&place, &caller, Action::Read, Part::Ledger), "the risk is alice's");
}

#[tokio::test]
async fn tokens_are_switched_off_by_one_policy() {
    let place = Place::with("forbid (principal is Sekisho::Workload, action, resource);").await;
    let caller = place.authenticate(&place.alices().await).unwrap();
    assert!(!permits(&place, &caller, Action::Read, Part::Ledger));
}

#[tokio::test]
async fn limits_of_parts_and_of_looking_only_narrow() {
    let place = Place::new().await;
    let all = Part::ALL.into_iter().flat_map(|part| Action::ALL.map(|action| Demand { action, part }));
    let all: Vec<Demand> = all.collect();
    for (parts, read_only) in
        [(&[][..], false), (&[], true), (&[Part::Users, Part::Ledger], false), (&[Part::Users], true)]
    {
        let mut wanted = place.wanted(&format!("t-{}-{read_only}", parts.len()), "alice", &["auditors"]);
        wanted.parts = parts.iter().map(|part| part.resource().parse().unwrap()).collect::<BTreeSet<_>>();
        wanted.read_only = read_only;
        let made = place.make(wanted, "alice", Reach::Own).await.unwrap();
        let caller = place.authenticate(&made.text).unwrap();
        for demand in &all {
            let is_within = parts.is_empty() || parts.contains(&demand.part);
            let expected = is_within && (!read_only || demand.action == Action::Read);
            assert_eq!(caller.permits(*demand), expected, "{parts:?} {read_only} {demand:?}");
        }
    }
}
