//! Acts on devices.

use sekisho_control_plane::acts::ActRefusal;
use sekisho_control_plane::now;
use sekisho_devices::NewDevice;
use sekisho_model::documents::{Kind, Ownership};
use sekisho_model::{Actor, DeviceId};
use serde_json::json;

use sekisho_testbed::Installation;

fn laptop(owner: &str) -> NewDevice {
    NewDevice {
        id: "laptop".parse().unwrap(),
        name: "Laptop".to_owned(),
        owner: Some(owner.parse().unwrap()),
        ownership: Ownership::Corporate,
        platform: "linux".to_owned(),
        managed: true,
    }
}

#[tokio::test]
async fn a_device_is_removed_once_with_its_record() {
    let here = Installation::new().await;
    let id: DeviceId = "laptop".parse().unwrap();
    let acts = here.control_plane.acts();
    let acting = acts.by(Actor::Operator("uid-0".to_owned()), now());
    acting.make_device_token(laptop("alice")).await.unwrap();
    acting.remove_device(&id).await.unwrap();
    assert!(here.control_plane.store.get(Kind::Device, "laptop").await.unwrap().is_none());
    let (actor, code, detail) = here.acts("device/laptop").await.pop().unwrap();
    assert_eq!(
        (actor.as_str(), code.as_str(), detail),
        ("operator:uid-0", "document-removed", json!({ "fields": [] }))
    );
    for refused in [acting.remove_device(&id).await, acting.revoke_device(&id).await] {
        assert!(matches!(refused, Err(ActRefusal::NoDevice(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_device_is_for_somebody_who_exists() {
    let here = Installation::new().await;
    let refused = here.control_plane.acts().by(Actor::System, now()).make_device_token(laptop("nobody")).await;
    assert!(matches!(refused, Err(ActRefusal::NoUser(_))));
    assert_eq!(here.acts("device/laptop").await, []);
}
