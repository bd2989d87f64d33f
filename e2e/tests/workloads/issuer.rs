//! A running `oidc-provider` of npm that signs tokens for jobs.

use std::path::PathBuf;
use std::process::Stdio;

use sekisho_e2e::Trouble;
use sekisho_e2e::peer::server_port;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The issuer. It ends with the value.
pub(crate) struct Issuer {
    pub(crate) address: String,
    pub(crate) authority: String,
    _process: Child,
    folder: tempfile::TempDir,
}

impl Issuer {
    /// Starts one that knows jobs with these subjects.
    pub(crate) async fn start(subjects: &[&str]) -> Result<Self, Trouble> {
        let packages = sekisho_e2e::installed().join("applications/node-openid/node_modules");
        if !packages.join("oidc-provider").is_dir() {
            return Err(Trouble::new(format!("{} lacks oidc-provider: run `cargo verify`", packages.display())));
        }
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for an issuer"))?;
        let made =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).map_err(Trouble::during("a certificate"))?;
        let put = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).map_err(Trouble::during(name)).map(|()| file)
        };
        let authority = made.cert.pem();
        let address = format!("https://127.0.0.1:{}", server_port()?);
        let mut process = Command::new("node")
            .arg(put("issuer.mjs", include_str!("issuer.mjs"))?)
            .env("PACKAGES", packages)
            .env("ISSUER", &address)
            .env("SUBJECTS", json!(subjects).to_string())
            .env("CERTIFICATE", put("certificate.pem", &authority)?)
            .env("KEY", put("key.pem", &made.signing_key.serialize_pem())?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(Trouble::during("node"))?;
        let output = process.stdout.take().ok_or_else(|| Trouble::new("node has no output"))?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await.map_err(Trouble::during("oidc-provider"))? {
            if line == "ready" {
                // What it writes later is not read: a closed pipe would end it.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { address, authority, _process: process, folder });
            }
        }
        Err(Trouble::new("oidc-provider ended before it was ready"))
    }

    /// The file with the authority of its certificate.
    pub(crate) fn trusted(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }
}
