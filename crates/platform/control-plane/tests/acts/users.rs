//! Acts on accounts.

use sekisho_control_plane::acts::ActRefusal;
use sekisho_control_plane::{ApplyError, now};
use sekisho_model::documents::{Kind, UserStatus};
use sekisho_model::{Actor, UserId};
use serde_json::{Value, json};

use sekisho_testbed::{Installation, user};

fn id(name: &str) -> UserId {
    name.parse().unwrap()
}

/// Everybody who may disable an account, by whatever way they come.
fn actors() -> [Actor; 3] {
    [Actor::User("bob".to_owned()), Actor::Operator("uid-0".to_owned()), Actor::System]
}

#[tokio::test]
async fn disabling_an_account_changes_its_status_alone_and_is_recorded_once() {
    for actor in actors() {
        let here = Installation::new().await;
        let before = here.control_plane.store.get(Kind::User, "alice").await.unwrap().unwrap();
        here.control_plane.acts().by(actor.clone(), now()).disable_user(&id("alice")).await.unwrap();
        let after = here.control_plane.store.get(Kind::User, "alice").await.unwrap().unwrap();
        let mut expected = before.body;
        expected["status"] = json!("disabled");
        assert_eq!((after.body, after.actor), (expected, actor.to_string()));
        let acts: Vec<_> = here.acts("user/alice").await.into_iter().skip(1).collect();
        let sessions = json!({ "sessions": [], "why": "account-disabled" });
        let by = actor.to_string();
        assert_eq!(
            acts,
            [(by.clone(), "user-disabled".to_owned(), Value::Null), (by, "sessions-ended".to_owned(), sessions)]
        );
    }
}

#[tokio::test]
async fn nobody_disables_or_removes_their_own_account() {
    let here = Installation::new().await;
    let alice = || Actor::User("alice".to_owned());
    let acts = here.control_plane.acts();
    let refused = acts.by(alice(), now()).disable_user(&id("alice")).await;
    assert!(matches!(refused, Err(ActRefusal::OwnAccount)), "{refused:?}");
    // Nor by writing the document, nor by leaving it out.
    for (desired, prune) in [(user("alice", "disabled"), false), (user("bob", "active"), true)] {
        let plan = here.control_plane.plan(&[desired], prune).await.unwrap();
        let refused = here.control_plane.execute(&plan, alice()).await;
        assert!(matches!(refused, Err(ApplyError::OwnAccount(_))), "{refused:?}");
    }
    assert_eq!(here.control_plane.identity.user(&id("alice")).await.unwrap().unwrap().status, UserStatus::Active);
    assert_eq!(here.acts("user/alice").await.len(), 1, "what is refused is not recorded as done");
    // Somebody else may.
    acts.by(Actor::User("bob".to_owned()), now()).disable_user(&id("alice")).await.unwrap();
}

#[tokio::test]
async fn an_account_is_enabled_once_and_an_unknown_one_is_not() {
    let here = Installation::new().await;
    let acts = here.control_plane.acts();
    let acting = acts.by(Actor::System, now());
    acting.disable_user(&id("alice")).await.unwrap();
    acting.enable_user(&id("alice")).await.unwrap();
    acting.enable_user(&id("alice")).await.unwrap();
    let enabled = here.acts("user/alice").await.into_iter().filter(|(_, code, _)| code == "user-enabled").count();
    assert_eq!(enabled, 1);
    for refused in [acting.enable_user(&id("nobody")).await, acting.disable_user(&id("nobody")).await] {
        assert!(matches!(refused, Err(ActRefusal::NoUser(_))), "{refused:?}");
    }
    let link = acting.make_enrolment_link(&id("nobody")).await;
    assert!(matches!(link, Err(ActRefusal::NoUser(_))));
    assert_eq!(here.acts("user/nobody").await, []);
}

#[tokio::test]
async fn a_damaged_account_is_not_changed() {
    let here = Installation::new().await;
    // As a program of another version could have written it.
    let write = sekisho_store::Write::Put {
        kind: Kind::User,
        id: "alice".to_owned(),
        expected: sekisho_store::Expected::Any,
        body: json!({ "id": "alice", "name": 3 }),
    };
    here.control_plane.store.commit(vec![write], "test", now()).await.unwrap();
    let refused = here.control_plane.acts().by(Actor::System, now()).disable_user(&id("alice")).await;
    assert!(matches!(refused, Err(ActRefusal::Damaged(_))), "{refused:?}");
}
