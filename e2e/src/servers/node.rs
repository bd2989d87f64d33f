//! Node.js.

use tokio::process::Command;

use super::{Place, program};
use crate::Trouble;

pub(super) fn command(place: Place<'_>) -> Result<Command, Trouble> {
    let application = place.put("application.js", include_str!("applications/node.js"))?;
    let mut command = program("/usr/bin/node", "nodejs")?;
    command.arg(application).env("PORT", place.port.to_string()).env("NOTES", place.notes());
    Ok(command)
}
