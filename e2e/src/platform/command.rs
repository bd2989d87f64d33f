//! The command line, run as an operator would.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::binary;
use crate::Trouble;

/// Runs a command against the platform with that data folder and gives its JSON.
pub(super) async fn json(data: &Path, arguments: &[&str]) -> Result<Value, Trouble> {
    json_by(&binary()?, data, arguments).await
}

/// Runs a command that needs no data folder, with what a person types, and gives its JSON.
pub(super) async fn json_of(arguments: &[&str], typed: &str) -> Result<Value, Trouble> {
    let what = format!("sekisho {}", arguments.join(" "));
    let mut command = Command::new(binary()?);
    command.args(arguments).arg("--json").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().map_err(Trouble::during(&what))?;
    if let Some(mut input) = process.stdin.take() {
        input.write_all(typed.as_bytes()).await.map_err(Trouble::during(&what))?;
    }
    let output = process.wait_with_output().await.map_err(Trouble::during(&what))?;
    if !output.status.success() {
        return Err(Trouble::new(format!("{what}: {}", String::from_utf8_lossy(&output.stderr))));
    }
    serde_json::from_slice(&output.stdout).map_err(Trouble::during(&what))
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
