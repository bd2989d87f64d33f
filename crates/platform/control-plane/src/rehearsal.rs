//! A plan tried out: its changes folded on a copy of the World's builder, which shares everything that does not change.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sekisho_model::Timestamp;
use sekisho_model::documents::{Change, Kind};
use sekisho_policy_information::{FoldProblem, World, WorldBuilder};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use crate::impact::impact;
use crate::protected::{active_members, refuse_removals};
use crate::{ADMINISTRATORS, ApplyError, ControlPlane, Impact, Plan, protect};

/// How long a plan waits until the World holds what was committed before it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the owner of the World for a copy of its builder.
pub(crate) type CopyRequest = oneshot::Sender<WorldBuilder>;

/// How many requests for a copy may wait.
pub(crate) const WAITING: usize = 16;

/// Where copies of the builder are asked for.
#[derive(Debug, Clone)]
pub struct Rehearsals(pub(crate) mpsc::Sender<CopyRequest>);

impl Rehearsals {
    /// A copy of the builder as it is now: what is folded into it does not reach the World. `None` when the owner of the World
    /// has ended.
    pub async fn builder(&self) -> Option<WorldBuilder> {
        let (answer, copy) = oneshot::channel();
        self.0.send(answer).await.ok()?;
        copy.await.ok()
    }
}

/// The World after a plan, and what the plan does to people.
pub(crate) struct Rehearsal {
    pub(crate) after: Arc<World>,
    pub(crate) impact: Impact,
}

impl ControlPlane {
    /// Tries out a plan on everything that was committed up to a revision.
    pub(crate) async fn rehearse(&self, plan: &Plan, revision: u64) -> Result<Rehearsal, ApplyError> {
        let mut position = self.publication.position.clone();
        let caught_up = tokio::time::timeout(PATIENCE, position.wait_for(|position| *position >= revision)).await;
        let behind = || ApplyError::Failed("the store's changes are not read in time: try again".to_owned());
        caught_up.map_err(|_| behind())?.map_err(|_| behind())?;
        let builder = self.publication.rehearsals.builder().await.ok_or_else(behind)?;
        let now = self.clock.now();
        let changes = changes(plan, revision, now);
        // Loading policies and comparing people takes a while: the requests of others do not wait for it.
        let tried = tokio::task::spawn_blocking(move || try_out(builder, &changes, now)).await;
        tried.map_err(|error| ApplyError::Failed(error.to_string()))?
    }
}

fn changes(plan: &Plan, revision: u64, now: Timestamp) -> Vec<Change> {
    let change = |step: &crate::Step| Change {
        revision: revision.saturating_add(1),
        kind: step.kind,
        id: step.id.clone(),
        body: step.body.clone(),
        at: now,
    };
    plan.steps.iter().map(change).collect()
}

fn try_out(mut builder: WorldBuilder, changes: &[Change], now: Timestamp) -> Result<Rehearsal, ApplyError> {
    refuse_removals(changes).map_err(ApplyError::Protected)?;
    let before = builder.publish(now);
    let unchanged = builder.clone();
    for change in changes {
        // The problem, if any, is in the World's list below.
        let _ = builder.apply(change);
    }
    let after = builder.publish(now);
    let (known, found) = (problems(&before), problems(&after));
    let new: Vec<String> = found.difference(&known).cloned().collect();
    if !new.is_empty() {
        return Err(ApplyError::World(new));
    }
    let protected = match active_members(&before).is_empty() {
        false => protect(&before, &after, now),
        // The first administrator must be able to administer.
        true => protect(&with_an_administrator(unchanged, now), &with_an_administrator(builder, now), now),
    };
    protected.map_err(ApplyError::Protected)?;
    let impact = impact(&before, &after, now);
    Ok(Rehearsal { after, impact })
}

/// The World of a builder with somebody more, in the group of administrators.
fn with_an_administrator(mut builder: WorldBuilder, now: Timestamp) -> Arc<World> {
    let id = "the-first-administrator";
    let body = json!({ "id": id, "name": id, "groups": [ADMINISTRATORS] });
    let _ = builder.apply(&Change { revision: 0, kind: Kind::User, id: id.to_owned(), body: Some(body), at: now });
    builder.publish(now)
}

fn problems(world: &World) -> BTreeSet<String> {
    let each = |problem: &FoldProblem| match problem {
        // A line for each, so that the first does not hide the others.
        FoldProblem::Policies { problems } | FoldProblem::PoliciesOfAnotherVersion { problems } => {
            problems.iter().map(ToString::to_string).collect()
        }
        other => vec![other.to_string()],
    };
    world.problems().flat_map(each).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_230_000_000);
    const WIKI: &str =
        "permit (principal in Sekisho::Group::\"staff\", action, resource == Sekisho::Resource::\"wiki\");";

    type Document = (Kind, &'static str, Option<Value>);

    fn user(id: &'static str, groups: &[&str], status: &str) -> Document {
        (Kind::User, id, Some(json!({"id": id, "name": id, "groups": groups, "status": status})))
    }

    fn group(id: &'static str, groups: &[&str]) -> Document {
        (Kind::Group, id, Some(json!({"id": id, "name": id, "groups": groups})))
    }

    fn resource(id: &'static str) -> Document {
        (Kind::Resource, id, Some(json!({"id": id, "name": {"en": id}, "host": format!("{id}.test")})))
    }

    fn policy(id: &'static str, text: &str) -> Document {
        (Kind::Policy, id, Some(json!({ "text": text })))
    }

    fn session(user: &str, number: u8) -> Document {
        let id: &'static str = Box::leak(format!("{number:02x}").repeat(16).into_boxed_str());
        let body = json!({"id": id, "user": user, "established_at": NOW, "authenticated_at": NOW,
            "expires_at": NOW.as_millis() + 3_600_000, "methods": ["passkey"], "address": "192.0.2.1"});
        (Kind::Session, id, Some(body))
    }

    fn change((kind, id, body): Document) -> Change {
        Change { revision: 1, kind, id: id.to_owned(), body, at: NOW }
    }

    /// One administrator, three people who reach the wiki, two of them with sessions, and one who does not.
    fn organisation() -> WorldBuilder {
        let mut builder = WorldBuilder::new();
        for document in [
            group("administrators", &[]),
            group("staff", &[]),
            user("root", &["administrators"], "active"),
            user("alice", &["staff"], "active"),
            user("bob", &["staff"], "active"),
            user("carol", &["staff"], "active"),
            user("dave", &[], "active"),
            resource("sekisho-console"),
            resource("wiki"),
            policy("console", include_str!("../../../../policies/console.cedar")),
            policy("wiki", WIKI),
            session("alice", 1),
            session("bob", 2),
            session("root", 3),
        ] {
            builder.apply(&change(document)).expect("a document");
        }
        builder
    }

    fn tried(documents: impl IntoIterator<Item = Document>) -> Result<Impact, ApplyError> {
        let changes: Vec<Change> = documents.into_iter().map(change).collect();
        try_out(organisation(), &changes, NOW).map(|rehearsal| rehearsal.impact)
    }

    fn impact_of(documents: impl IntoIterator<Item = Document>) -> (usize, usize, usize) {
        let impact = tried(documents).expect("a World");
        assert!(!impact.at_least);
        (impact.gain, impact.lose, impact.sessions_cut)
    }

    #[test]
    fn a_plan_says_what_each_person_gains_and_loses() {
        let named = |people: &[crate::Affected]| -> Vec<String> {
            people.iter().map(|one| format!("{}: {}+{}", one.account, one.resources.join(","), one.more)).collect()
        };
        let impact = tried([user("dave", &["staff"], "active")]).expect("a World");
        assert_eq!((named(&impact.gaining), named(&impact.losing)), (vec!["dave: wiki+0".to_owned()], vec![]));
        let impact = tried([user("carol", &["administrators"], "active")]).expect("a World");
        assert_eq!(named(&impact.gaining), ["carol: sekisho-console+0"], "not the wiki, which she loses");
        assert_eq!(named(&impact.losing), ["carol: wiki+0"]);
        let many = (0..10).map(|number| resource(Box::leak(format!("r{number}").into_boxed_str())));
        let open = policy("open", "permit (principal == Sekisho::User::\"dave\", action, resource);");
        let impact = tried(many.chain([open])).expect("a World");
        assert_eq!(impact.gaining.iter().map(|one| (one.resources.len(), one.more)).collect::<Vec<_>>(), [(8, 4)]);
    }

    #[test]
    fn a_plan_says_who_gains_who_loses_and_what_is_cut() {
        assert_eq!(impact_of([user("dave", &["staff"], "active")]), (1, 0, 0));
        assert_eq!(impact_of([user("carol", &[], "active")]), (0, 1, 0), "she has no session");
        assert_eq!(impact_of([user("alice", &[], "active")]), (0, 1, 1));
        assert_eq!(impact_of([user("alice", &["staff"], "disabled")]), (0, 1, 1));
        assert_eq!(impact_of([(Kind::User, "bob", None)]), (0, 1, 1));
        assert_eq!(impact_of([policy("wiki", "")]), (0, 3, 2));
        assert_eq!(impact_of([(Kind::Resource, "wiki", None)]), (0, 3, 2));
        let everybody = "permit (principal, action, resource == Sekisho::Resource::\"wiki\");";
        assert_eq!(impact_of([policy("wiki", everybody)]), (2, 0, 0), "dave and root");
        assert_eq!(impact_of([group("administrators", &["staff"])]), (1, 0, 0));
    }

    #[test]
    fn a_plan_that_changes_nothing_for_people_says_nothing() {
        assert_eq!(impact_of([]), (0, 0, 0));
        assert_eq!(impact_of([resource("wiki")]), (0, 0, 0));
        assert_eq!(impact_of([user("new", &[], "active"), group("other", &[])]), (0, 0, 0));
    }

    #[test]
    fn a_large_organisation_is_compared_up_to_a_bound() {
        let mut builder = organisation();
        let names: Vec<String> = (0..150).map(|number| format!("n{number}")).collect();
        for name in &names {
            let user = json!({"id": name, "name": name, "groups": ["staff"]});
            let resource = json!({"id": name, "name": {"en": name}, "host": format!("{name}.test")});
            for (kind, body) in [(Kind::User, user), (Kind::Resource, resource)] {
                builder
                    .apply(&Change { revision: 1, kind, id: name.clone(), body: Some(body), at: NOW })
                    .expect("folded");
            }
        }
        let all = change(policy("all", "permit (principal, action, resource) when { resource.sensitivity > 3 };"));
        let impact = try_out(builder, &[all], NOW).expect("a World").impact;
        assert!(impact.at_least && impact.to_string().starts_with("at least "), "{impact}");
    }

    #[test]
    fn what_administers_the_platform_cannot_be_taken_away() {
        let forbid = "forbid (principal, action, resource == Sekisho::Resource::\"sekisho-console\");";
        for (documents, named) in [
            (vec![(Kind::Resource, "sekisho-console", None)], "the resource `sekisho-console`"),
            (vec![(Kind::Group, "administrators", None)], "the group `administrators`"),
            (vec![(Kind::User, "root", None)], "last active member"),
            (vec![user("root", &["administrators"], "disabled")], "last active member"),
            (vec![user("root", &["staff"], "active")], "last active member"),
            (vec![(Kind::Resource, "platform-users", None)], "the resource `platform-users`"),
            (vec![(Kind::Policy, "console", None)], "the policy `console`"),
            (vec![(Kind::Policy, "roles", None)], "the policy `roles`"),
            (vec![policy("console", WIKI)], "with these policies"),
            (vec![policy("closed", forbid)], "with these policies"),
        ] {
            match tried(documents) {
                Err(ApplyError::Protected(message)) => assert!(message.contains(named), "{message}"),
                other => panic!("{named}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_platform_without_an_administrator_yet_cannot_be_locked_against_the_first_one() {
        let fresh = || {
            let mut builder = WorldBuilder::new();
            for document in [
                resource("sekisho-console"),
                user("alice", &[], "active"),
                user("former", &["administrators"], "disabled"),
                policy("console", include_str!("../../../../policies/console.cedar")),
            ] {
                builder.apply(&change(document)).expect("a document");
            }
            builder
        };
        for closing in [
            "forbid (principal, action, resource);",
            "forbid (principal, action, resource == Sekisho::Resource::\"sekisho-console\");",
        ] {
            match try_out(fresh(), &[change(policy("closed", closing))], NOW) {
                Err(ApplyError::Protected(message)) => assert!(message.contains("with these policies"), "{message}"),
                other => panic!("{closing}: {:?}", other.map(|tried| tried.impact)),
            }
        }
        try_out(fresh(), &[change(policy("wiki", WIKI))], NOW).map(drop).expect("an ordinary policy");
        match tried([policy("closed", "forbid (principal, action, resource);")]) {
            Err(ApplyError::Protected(message)) => assert!(message.contains("with these policies"), "{message}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_leaves_somebody_who_can_administer_is_planned() {
        let other = || user("alice", &["administrators"], "active");
        tried([other(), (Kind::User, "root", None)]).expect("alice administers");
        tried([
            group("operators", &["administrators"]),
            user("bob", &["operators"], "active"),
            (Kind::User, "root", None),
        ])
        .expect("bob administers through another group");
        let elsewhere = "permit (principal in Sekisho::Group::\"administrators\", action, resource);";
        tried([policy("console", WIKI), policy("elsewhere", elsewhere)]).expect("another policy permits it");
        let mut nothing = WorldBuilder::new();
        nothing.apply(&change(user("root", &["administrators"], "active"))).expect("folded");
        try_out(nothing, &[change((Kind::User, "root", None))], NOW).expect("there was no console to administer");
    }

    /// A part of the platform in these categories.
    fn part(categories: &[&str]) -> Document {
        let body = json!({"id": "platform-users", "name": {"en": "Users"}, "kind": "api", "categories": categories});
        (Kind::Resource, "platform-users", Some(body))
    }

    #[test]
    fn a_part_of_the_platform_stays_in_reach_of_administrators() {
        let roles = policy("roles", include_str!("../../../../policies/roles.cedar"));
        let before = |documents: &[Document]| {
            let mut builder = WorldBuilder::new();
            let all = [user("root", &["administrators"], "active"), group("administrators", &[]), part(&["platform"])];
            for document in all.into_iter().chain([roles.clone()]).chain(documents.iter().cloned()) {
                builder.apply(&change(document)).expect("folded");
            }
            builder
        };
        let forbid = "forbid (principal, action, resource in Sekisho::Category::\"platform\");";
        for changed in [part(&["other"]), policy("roles", WIKI), policy("closed", forbid)] {
            match try_out(before(&[]), &[change(changed)], NOW) {
                Err(ApplyError::Protected(message)) => assert!(message.contains("`platform-users`"), "{message}"),
                other => panic!("{:?}", other.map(|tried| tried.impact)),
            }
        }
        let renamed = try_out(before(&[]), &[change(part(&["platform", "other"]))], NOW);
        renamed.map(drop).expect("the role still speaks of it");
        // Somebody who may administer the console as a whole may administer every part.
        let console = "permit (principal in Sekisho::Group::\"administrators\", action, resource == Sekisho::Resource::\"sekisho-console\");";
        let by_console = before(&[resource("sekisho-console"), policy("console", console)]);
        try_out(by_console, &[change(part(&["other"]))], NOW).map(drop).expect("the console administers it");
    }

    #[test]
    fn documents_that_do_not_fit_together_are_refused_with_every_problem() {
        let twice = Some(json!({"id": "notes", "name": {"en": "N"}, "host": "wiki.test"}));
        let problems = tried([(Kind::Resource, "notes", twice), policy("broken", "permit (;")]);
        assert!(matches!(&problems, Err(ApplyError::World(problems)) if problems.len() >= 2), "{problems:?}");
    }
}
