//! What a platform needs to be administered: made, completed, put back.

use sekisho_capability::Part;
use sekisho_control_plane::{ApplyError, Desired};
use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use serde_json::json;

use sekisho_testbed::Installation;

async fn has(here: &Installation, kind: Kind, id: &str) -> bool {
    here.control_plane.store.get(kind, id).await.unwrap().is_some()
}

/// Removes a document, as an administrator would.
async fn remove(here: &Installation, kind: Kind, id: &str) {
    let write = sekisho_store::Write::Delete { kind, id: id.to_owned(), expected: sekisho_store::Expected::Any };
    here.control_plane.store.commit(vec![write], "test", sekisho_control_plane::now()).await.unwrap();
}

#[tokio::test]
async fn a_new_platform_has_its_console_its_parts_and_its_roles() {
    let here = Installation::new().await;
    here.control_plane.bootstrap().await.unwrap();
    for (kind, id) in [(Kind::Resource, "sekisho-console"), (Kind::Policy, "console"), (Kind::Policy, "roles")] {
        assert!(has(&here, kind, id).await, "{kind}/{id}");
    }
    for part in Part::ALL {
        assert!(has(&here, Kind::Resource, part.resource()).await, "{part:?}");
    }
}

#[tokio::test]
async fn a_platform_of_an_older_version_gets_its_parts_and_roles_once() {
    let here = Installation::new().await;
    here.control_plane.complete_parts().await.unwrap();
    assert!(has(&here, Kind::Resource, "platform-users").await && has(&here, Kind::Policy, "roles").await);
    assert!(!has(&here, Kind::Policy, "console").await, "what an older version made, and somebody removed, stays away");
    // A part that is missing comes back; roles that somebody removed do not.
    remove(&here, Kind::Policy, "roles").await;
    remove(&here, Kind::Resource, "platform-users").await;
    here.control_plane.complete_parts().await.unwrap();
    assert!(has(&here, Kind::Resource, "platform-users").await && !has(&here, Kind::Policy, "roles").await);
}

#[tokio::test]
async fn restoring_the_console_undoes_what_was_made_of_it_and_nothing_else() {
    let here = Installation::new().await;
    here.control_plane.bootstrap().await.unwrap();
    let nobody = "@id(\"nobody\") forbid (principal, action, resource);";
    let body = json!({ "text": nobody });
    let desired = Desired { kind: Kind::Policy, id: "console".to_owned(), body: body.clone(), origin: "-".to_owned() };
    // Nobody is an administrator yet, and nobody could become one: no plan does that.
    let refused = here.control_plane.plan(&[desired], false).await.unwrap_err();
    assert!(matches!(&refused, ApplyError::Protected(why) if why.contains("with these policies")), "{refused}");
    let store = &here.control_plane.store;
    let write = sekisho_store::Write::Put {
        kind: Kind::Policy,
        id: "console".to_owned(),
        expected: sekisho_store::Expected::Any,
        body,
    };
    store.commit(vec![write], "an older version", sekisho_control_plane::now()).await.unwrap();
    let restored = here.control_plane.restore_console(Actor::Operator("uid-0".to_owned())).await.unwrap();
    assert_eq!(restored, ["policy/console"]);
    let text = here.control_plane.store.get(Kind::Policy, "console").await.unwrap().unwrap().body["text"].to_string();
    assert!(text.contains("console-administrators") && !text.contains("nobody"), "{text}");
    assert_eq!(here.acts("policy/console").await.pop().unwrap().0, "operator:uid-0");
    assert_eq!(here.control_plane.restore_console(Actor::System).await.unwrap(), Vec::<String>::new());
}
