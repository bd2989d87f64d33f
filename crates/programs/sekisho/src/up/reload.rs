//! Reads the configuration again while running: all that can change now changes together, or nothing does.

use std::path::Path;

use sekisho_model::Actor;
use serde_json::{Value, json};

use super::operating::record;
use super::platform::gateway_config;
use super::{Platform, check};
use crate::configuration::{Changes, Configuration};

/// Takes up what the file says; what changed, and what did not and why.
///
/// # Errors
/// What is wrong with the file; the platform goes on with what it had.
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
    platform.certificates.set(&read).await?;
    platform.telemetry.go_on_in(log);
    platform.gateway.tuning.set(&gateway_config(&read));
    for running in [&mut platform.configuration, &mut platform.configured] {
        running.certificate.clone_from(&read.certificate);
        running.acme.clone_from(&read.acme);
        running.shadow_sample = read.shadow_sample;
        running.upstreams_per_session = read.upstreams_per_session;
        running.connections_per_address = read.connections_per_address;
        running.new_connections_per_address = read.new_connections_per_address;
        running.lease = read.lease;
        running.drain = read.drain;
    }
    Ok(outcome)
}
