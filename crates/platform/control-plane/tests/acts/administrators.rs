//! Somebody is always left who may administer the platform, no matter who takes rights away and in which way.

use sekisho_control_plane::acts::ActRefusal;
use sekisho_control_plane::{ADMINISTRATORS, ApplyError, Desired, Plan, now};
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, UserId};
use serde_json::json;

use sekisho_testbed::{Installation, user};

fn id(name: &str) -> UserId {
    name.parse().unwrap()
}

fn member(name: &str, groups: &[&str], status: &str) -> Desired {
    let mut member = user(name, status);
    member.body.as_object_mut().unwrap().insert("groups".to_owned(), json!(groups));
    member
}

fn group(name: &str, groups: &[&str]) -> Desired {
    let body = json!({ "id": name, "name": name, "groups": groups });
    Desired { kind: Kind::Group, id: name.to_owned(), body, origin: "-".to_owned() }
}

/// A platform as it is shipped, with these documents.
async fn platform(documents: &[Desired]) -> Installation {
    let here = Installation::new().await;
    here.control_plane.bootstrap().await.unwrap();
    let mut all = vec![group(ADMINISTRATORS, &[])];
    all.extend_from_slice(documents);
    let plan = here.control_plane.plan(&all, false).await.unwrap();
    here.control_plane.execute(&plan, Actor::System).await.unwrap();
    here
}

async fn plan(here: &Installation, desired: Desired) -> Plan {
    here.control_plane.plan(&[desired], false).await.unwrap()
}

async fn disable(here: &Installation, actor: &Actor, name: &str) -> Result<(), ActRefusal> {
    here.control_plane.acts().by(actor.clone(), now()).disable_user(&id(name)).await
}

async fn status(here: &Installation, name: &str) -> serde_json::Value {
    let user = here.control_plane.store.get(Kind::User, name).await.unwrap().unwrap();
    user.body.get("status").cloned().unwrap_or_default()
}

#[tokio::test]
async fn nobody_disables_the_last_administrator() {
    for actor in [Actor::User("bob".to_owned()), Actor::Operator("uid-0".to_owned()), Actor::System] {
        let disabled = member("former", &[ADMINISTRATORS], "disabled");
        let here = platform(&[member("root", &[ADMINISTRATORS], "active"), disabled]).await;
        let refused = disable(&here, &actor, "root").await;
        let Err(refusal @ ActRefusal::LastAdministrator(_)) = refused else { panic!("{refused:?}") };
        assert!(refusal.to_string().contains("`root` is the last active member of `administrators`"), "{refusal}");
        assert_eq!(status(&here, "root").await, "active");
        let acts = here.acts("user/root").await;
        assert!(acts.iter().all(|(_, code, _)| code == "document-put"), "{acts:?}");
        // One among several is disabled, and then the other one is the last.
        here.apply(member("second", &[ADMINISTRATORS], "active"), Actor::System).await;
        disable(&here, &actor, "root").await.unwrap();
        assert_eq!(status(&here, "root").await, "disabled");
        let last = disable(&here, &actor, "second").await;
        assert!(matches!(last, Err(ActRefusal::LastAdministrator(_))), "{last:?}");
    }
}

#[tokio::test]
async fn an_administrator_by_way_of_another_group_counts_as_one() {
    let people = [member("root", &[ADMINISTRATORS], "active"), member("alice", &["operators"], "active")];
    let here = platform(&[group("operators", &[ADMINISTRATORS]), people[0].clone(), people[1].clone()]).await;
    disable(&here, &Actor::System, "root").await.unwrap();
    let refused = disable(&here, &Actor::System, "alice").await;
    assert!(matches!(refused, Err(ActRefusal::LastAdministrator(_))), "{refused:?}");
    let outside = platform(&[group("operators", &[]), people[0].clone(), people[1].clone()]).await;
    let refused = disable(&outside, &Actor::System, "root").await;
    assert!(matches!(refused, Err(ActRefusal::LastAdministrator(_))), "{refused:?}");
}

#[tokio::test]
async fn somebody_who_may_not_administer_does_not_replace_the_last_one() {
    let policy = |text: &str| Desired {
        kind: Kind::Policy,
        id: "restricted".to_owned(),
        body: json!({ "text": text }),
        origin: "-".to_owned(),
    };
    let people = [member("root", &[ADMINISTRATORS], "active"), member("alice", &[ADMINISTRATORS], "active")];
    let here = platform(&people).await;
    let forbid = "forbid (principal == Sekisho::User::\"alice\", action, resource);";
    here.apply(policy(forbid), Actor::System).await;
    let refused = disable(&here, &Actor::System, "root").await;
    assert!(matches!(refused, Err(ActRefusal::LastAdministrator(_))), "{refused:?}");
    disable(&here, &Actor::System, "alice").await.unwrap();
}

#[tokio::test]
async fn two_administrators_who_disable_each_other_at_once_leave_one() {
    let people = [member("root", &[ADMINISTRATORS], "active"), member("alice", &[ADMINISTRATORS], "active")];
    let here = platform(&people).await;
    let (root, alice) = (Actor::User("root".to_owned()), Actor::User("alice".to_owned()));
    let both = tokio::join!(disable(&here, &root, "alice"), disable(&here, &alice, "root"));
    match both {
        (Ok(()), Err(ActRefusal::LastAdministrator(_))) => assert_eq!(status(&here, "root").await, "active"),
        (Err(ActRefusal::LastAdministrator(_)), Ok(())) => assert_eq!(status(&here, "alice").await, "active"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn plans_that_were_made_before_leave_one_administrator_too() {
    let people = [member("root", &[ADMINISTRATORS], "active"), member("alice", &["operators"], "active")];
    let here = platform(&[group("operators", &[ADMINISTRATORS]), people[0].clone(), people[1].clone()]).await;
    let of_root = plan(&here, member("root", &[], "active")).await;
    for late in [
        plan(&here, group("operators", &[])).await,
        plan(&here, member("alice", &["operators"], "disabled")).await,
        here.control_plane.plan_removal(Kind::User, "alice").await.unwrap().unwrap(),
    ] {
        if status(&here, "root").await == "active" && here.control_plane.execute(&of_root, Actor::System).await.is_ok()
        {
            assert_eq!(here.acts("user/root").await.len(), 2);
        }
        let refused = here.control_plane.execute(&late, Actor::System).await;
        assert!(matches!(refused, Err(ApplyError::Protected(_))), "{refused:?}");
    }
    assert_eq!(status(&here, "alice").await, "active");
    // Where another one is left, the same plan is executed.
    here.apply(member("bob", &[ADMINISTRATORS], "active"), Actor::System).await;
    let late = plan(&here, member("alice", &["operators"], "disabled")).await;
    here.control_plane.execute(&late, Actor::System).await.unwrap();
}

#[tokio::test]
async fn what_the_platform_is_administered_by_is_not_removed() {
    let here = platform(&[member("root", &[ADMINISTRATORS], "active"), group("old", &[])]).await;
    let mut needed = vec![
        (Kind::Resource, "sekisho-console"),
        (Kind::Policy, "console"),
        (Kind::Policy, "roles"),
        (Kind::Group, ADMINISTRATORS),
    ];
    needed.extend(sekisho_capability::Part::ALL.map(|part| (Kind::Resource, part.resource())));
    for (kind, id) in needed {
        let refused = here.control_plane.plan_removal(kind, id).await;
        assert!(matches!(&refused, Err(ApplyError::Protected(why)) if why.contains(id)), "{kind}/{id}: {refused:?}");
    }
    let plan = here.control_plane.plan_removal(Kind::Group, "old").await.unwrap().unwrap();
    here.control_plane.execute(&plan, Actor::System).await.unwrap();
}

#[tokio::test]
async fn a_platform_that_nobody_administered_protects_nobody() {
    let here = Installation::new().await;
    here.apply(member("root", &[ADMINISTRATORS], "active"), Actor::System).await;
    disable(&here, &Actor::System, "root").await.unwrap();
}
