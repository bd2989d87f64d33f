//! scim2-cli, which nobody here wrote, discovers the server and checks what RFC 7643 and RFC 7644 ask for.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use sekisho_e2e::peer::{Relay, packages};
use tokio::process::Command;
use tokio::time::timeout;

use crate::place::{Place, SCIM};

/// How long it may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);
/// How many checks it makes at least: fewer would mean that it did not find the resources.
const CHECKS: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tester_finds_nothing_wrong() {
    let place = Place::new().await;
    let relay = Relay::start(place.platform.port()).await.unwrap();
    let mut command = Command::new(program());
    command.arg("--url").arg(format!("https://portal.localhost:{}/api/v1{SCIM}", place.platform.port()));
    command.env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {}", place.provider.token()));
    command.arg("test").stdin(Stdio::null()).kill_on_drop(true);
    // Python finds no host below `localhost` by itself.
    command.env("HTTPS_PROXY", relay.url()).env_remove("NO_PROXY").env_remove("no_proxy");
    command.env("SSL_CERT_FILE", place.platform.authority());
    let output = timeout(PATIENCE, command.output()).await.expect("in time").unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let passed = said.lines().filter(|line| line.starts_with("SUCCESS ")).count();
    // It fails on everything that is no success, also on what it could not check.
    assert!(output.status.success() && passed > CHECKS, "{passed} passed\n{said}");
}

fn program() -> PathBuf {
    let path = packages().join("scim");
    assert!(path.is_file(), "scim is not at {}: run `cargo verify`", path.display());
    path
}
