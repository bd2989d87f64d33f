//! Reads the configuration again while running: all settings that may change now change together, or none does.

use std::path::Path;
use std::sync::atomic::Ordering;

use sekisho_model::Actor;
use serde_json::{Value, json};

use super::gateway::gateway_config;
use super::operating::record;
use super::{Platform, certificates, check};
use crate::configuration::{Changes, Configuration};

/// Takes up what the file says; returns the settings that changed, and those that did not, with the reason.
///
/// # Errors
/// What is wrong with the file; the platform then keeps its configuration.
pub(super) async fn reload(platform: &mut Platform, file: &Path, actor: Actor) -> Result<Value, String> {
    let read = Configuration::read(file).map_err(|problem| problem.to_string())?;
    check(&read).map_err(|failure| failure.to_string())?;
    let changes = Changes::between(&platform.configured, &read);
    let later: Vec<Value> =
        changes.later.iter().map(|(setting, takes)| json!({ "setting": setting, "why": takes })).collect();
    let outcome = json!({ "changed": changes.now, "not_changed": later });
    record(platform, actor, "configuration-reloaded", outcome.clone()).await?;
    // Files are opened and read again also when their names are the same. What can fail comes first.
    let log = platform.telemetry.open_again()?;
    let sources = certificates::sources(&read).map_err(|failure| failure.to_string())?;
    platform.state.certificates.set(sources).await.map_err(|problem| problem.to_string())?;
    platform.telemetry.go_on_in(log);
    platform.gateway.tuning.set(&gateway_config(&read));
    platform.control_plane.clock.set_bound(read.clock_bound);
    platform.disk_warning.store(read.disk_warning, Ordering::Relaxed);
    for running in [&mut platform.configuration, &mut platform.configured] {
        running.reload_from(&read);
    }
    Ok(outcome)
}
