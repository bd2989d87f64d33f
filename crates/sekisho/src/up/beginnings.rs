//! What a new platform begins with, so that its first administrator finds an open console: the console's resource and policy.

use sekisho_control_plane::{ControlPlane, Desired};
use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use serde_json::json;

use crate::cli::Failure;

/// Makes what is not there; what is there stays as it is.
pub(super) async fn make(control_plane: &ControlPlane) -> Result<(), Failure> {
    let console = json!({
        "id": "sekisho-console",
        "name": { "en": "Sekisho console", "ja": "Sekisho コンソール" },
        "description": { "en": "Where Sekisho is administered.", "ja": "Sekisho の管理画面" },
        "sensitivity": 4,
    });
    let policy = json!({ "text": include_str!("../../../../policies/console.cedar") });
    let mut wanted = Vec::new();
    for (kind, id, body) in [(Kind::Resource, "sekisho-console", console), (Kind::Policy, "console", policy)] {
        if control_plane.store.get(kind, id).await.map_err(Failure::failed)?.is_none() {
            wanted.push(Desired { kind, id: id.to_owned(), body, origin: "the beginnings".to_owned() });
        }
    }
    let plan = control_plane.plan(&wanted, false).await.map_err(Failure::failed)?;
    control_plane.execute(&plan, Actor::System).await.map_err(Failure::failed)?;
    Ok(())
}
