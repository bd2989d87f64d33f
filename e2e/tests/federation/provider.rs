//! A running `oidc-provider` of npm, with a certificate that its document trusts.

use std::path::PathBuf;
use std::process::Stdio;

use sekisho_e2e::Trouble;
use sekisho_e2e::peer::server_port;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The provider. It ends with the value.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) authority: String,
    _process: Child,
    _folder: tempfile::TempDir,
}

impl Provider {
    /// Starts one that sends people back to the portal at that port, to the document of that name.
    pub(crate) async fn start(portal: u16, document: &str) -> Result<Self, Trouble> {
        let packages = folder().join("node_modules");
        if !packages.join("oidc-provider").is_dir() {
            return Err(Trouble::new(format!("{} lacks oidc-provider: run `cargo verify`", packages.display())));
        }
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for a provider"))?;
        let made =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).map_err(Trouble::during("a certificate"))?;
        let put = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).map_err(Trouble::during(name)).map(|()| file)
        };
        let authority = made.cert.pem();
        let script = put("provider.mjs", include_str!("provider.mjs"))?;
        let issuer = format!("https://127.0.0.1:{}", server_port()?);
        let redirect = format!("https://portal.localhost:{portal}/sign-in/with/{document}/callback");
        let mut process = Command::new("node")
            .arg(script)
            .env("PACKAGES", packages)
            .env("ISSUER", &issuer)
            .env("REDIRECT", redirect)
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
                return Ok(Self { issuer, authority, _process: process, _folder: folder });
            }
        }
        Err(Trouble::new("oidc-provider ended before it was ready"))
    }

    /// Its document.
    pub(crate) fn document(&self, id: &str, name: &str) -> String {
        format!(
            "[[identity-provider]]\nid = \"{id}\"\nname = \"{name}\"\nissuer = \"{}\"\nclient_id = \"sekisho\"\n\
             scopes = [\"groups\"]\ntrusted_assurance = 2\ngroups_claim = \"groups\"\ngroups = {{ eng = \"engineers\" }}\n\
             attributes = {{ department = \"dept\" }}\nauthorities = '''\n{}'''\n",
            self.issuer, self.authority
        )
    }
}

/// Where `cargo verify` installs npm's packages for OpenID.
fn folder() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    cache.or(home).unwrap_or_else(|| PathBuf::from("/var/cache")).join("sekisho/applications/node-openid")
}
