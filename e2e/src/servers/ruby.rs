//! Puma.

use tokio::process::Command;

use super::{Place, program};
use crate::Trouble;

pub(super) fn puma(place: Place<'_>) -> Result<Command, Trouble> {
    let application = place.put("config.ru", include_str!("applications/rack.ru"))?;
    let mut command = program("/usr/bin/puma", "puma")?;
    let bind = format!("tcp://127.0.0.1:{}", place.port);
    command.args(["--bind", &bind, "--environment", "production", "--threads", "1:4"]).arg(application);
    command.env("NOTES", place.notes());
    Ok(command)
}
