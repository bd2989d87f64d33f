//! The documents that a new platform starts with: the resource and the policy of the console, so that its first administrator may open
//! it, and a baseline of device checks.

use sekisho_control_plane::{ApplyError, ControlPlane, Desired, now};
use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use serde_json::json;

use crate::cli::Failure;

/// How many times it tries again when another process on the same store makes the documents at the same time.
const ATTEMPTS: usize = 8;

/// Makes the documents that are missing and leaves the others as they are.
pub(super) async fn make(control_plane: &ControlPlane) -> Result<(), Failure> {
    make_console(control_plane).await?;
    make_baseline(control_plane).await
}

/// Adds the default checks of devices to a platform that has no check. Later, their absence is a choice of its administrators.
async fn make_baseline(control_plane: &ControlPlane) -> Result<(), Failure> {
    if has_checks(control_plane).await? {
        return Ok(());
    }
    match control_plane.devices.add_default_checks(Actor::System, now()).await {
        Ok(_) => Ok(()),
        // An operator or another process added checks meanwhile.
        Err(_) if has_checks(control_plane).await? => Ok(()),
        Err(error) => Err(Failure::failed(error)),
    }
}

async fn has_checks(control_plane: &ControlPlane) -> Result<bool, Failure> {
    let checks = control_plane.store.list_all(Kind::Check).await.map_err(Failure::failed)?;
    Ok(!checks.is_empty())
}

async fn make_console(control_plane: &ControlPlane) -> Result<(), Failure> {
    for _ in 0..ATTEMPTS {
        let missing = missing(control_plane).await?;
        let plan = control_plane.plan(&missing, false).await.map_err(Failure::failed)?;
        match control_plane.execute(&plan, Actor::System).await {
            Ok(_) => return Ok(()),
            Err(ApplyError::Conflict(_)) => {}
            Err(error) => return Err(Failure::failed(error)),
        }
    }
    Err(Failure::unavailable("another process keeps changing what the console begins with: start again"))
}

async fn missing(control_plane: &ControlPlane) -> Result<Vec<Desired>, Failure> {
    let console = json!({
        "id": "sekisho-console",
        "name": { "en": "Sekisho console", "ja": "Sekisho コンソール" },
        "description": { "en": "Where Sekisho is administered.", "ja": "Sekisho の管理画面" },
        "sensitivity": 4,
    });
    let policy = json!({ "text": include_str!("../../../../../policies/console.cedar") });
    let mut wanted = Vec::new();
    for (kind, id, body) in [(Kind::Resource, "sekisho-console", console), (Kind::Policy, "console", policy)] {
        if control_plane.store.get(kind, id).await.map_err(Failure::failed)?.is_none() {
            wanted.push(Desired { kind, id: id.to_owned(), body, origin: "the first start".to_owned() });
        }
    }
    Ok(wanted)
}
