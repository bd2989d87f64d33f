//! A running application with npm's `openid-client`.

use std::process::Stdio;

use sekisho_e2e::Trouble;
use sekisho_e2e::platform::Platform;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The application. It ends with the value.
pub(crate) struct RelyingParty {
    port: u16,
    _process: Child,
    _folder: tempfile::TempDir,
}

impl RelyingParty {
    /// Starts it at a port, with its registration at the platform.
    pub(crate) async fn start(platform: &Platform, port: u16, client: &str, secret: &str) -> Result<Self, Trouble> {
        let packages = sekisho_e2e::installed().join("applications/node-openid/node_modules");
        if !packages.join("openid-client").is_dir() {
            return Err(Trouble::new(format!("{} lacks openid-client: run `cargo verify`", packages.display())));
        }
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for an application"))?;
        let script = folder.path().join("relying_party.mjs");
        std::fs::write(&script, include_str!("relying_party.mjs")).map_err(Trouble::during("relying_party.mjs"))?;
        let mut process = Command::new("node")
            .arg(script)
            .env("PACKAGES", packages)
            .env("ISSUER", format!("https://portal.localhost:{}", platform.port()))
            .env("CLIENT", client)
            .env("SECRET", secret)
            .env("PORT", port.to_string())
            .env("NODE_EXTRA_CA_CERTS", platform.authority())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Trouble::during("node"))?;
        let output = process.stdout.take().ok_or_else(|| Trouble::new("node has no output"))?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await.map_err(Trouble::during("openid-client"))? {
            if line == "ready" {
                // What it writes later is not read: a closed pipe would end it.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { port, _process: process, _folder: folder });
            }
        }
        Err(Trouble::new("the application ended before it was ready"))
    }

    /// The address of one of its pages.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}
