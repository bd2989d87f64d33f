//! The command line, run as an operator would.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use super::binary;
use crate::Trouble;

/// Runs a command against the platform with that data folder and gives its JSON.
pub(super) async fn json(data: &Path, arguments: &[&str]) -> Result<Value, Trouble> {
    json_by(&binary()?, data, arguments).await
}

/// The same by the command line of that build.
pub(super) async fn json_by(binary: &Path, data: &Path, arguments: &[&str]) -> Result<Value, Trouble> {
    let what = format!("sekisho {}", arguments.join(" "));
    let mut command = Command::new(binary);
    command.args(arguments).arg("--json").env("SEKISHO_DATA", data).stdin(Stdio::null());
    let output = command.output().await.map_err(Trouble::during(&what))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        return Err(Trouble::new(format!("{what}: {}: {said}", output.status)));
    }
    serde_json::from_slice(&output.stdout).map_err(Trouble::during(&what))
}
