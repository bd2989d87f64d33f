//! A proxy as a process, configured by the guide's files with this machine's names, ports and folders put in.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::relay::Relay;
use super::{Program, Site};
use crate::Trouble;
use crate::client::Connector;
use crate::platform::Platform;

/// How long a proxy may take to start on a busy machine.
const START: Duration = Duration::from_secs(60);

/// What stands around a proxy.
#[derive(Debug, Clone, Copy)]
pub struct Wiring<'a> {
    /// The platform that it asks.
    pub platform: &'a Platform,
    /// The enforcement point that it is.
    pub point: &'a str,
    /// The hosts that it serves.
    pub hosts: &'a [&'a str],
    /// The origin behind it.
    pub origin: SocketAddr,
    /// Where it listens.
    pub port: u16,
}

/// A running proxy. It is killed when dropped.
#[derive(Debug)]
pub struct Proxy {
    folder: TempDir,
    process: Child,
    site: Site,
    port: u16,
    _relay: Option<Relay>,
}

impl Proxy {
    /// Makes its certificates and configuration, starts it and waits until it listens.
    pub async fn start(program: Program, wiring: Wiring<'_>) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for a proxy"))?;
        let site = Site::make(&folder.path().join("site"), wiring.hosts)?;
        let credentials = folder.path().join("sekisho").display().to_string();
        let make = ["enforcement-point", "certificate", wiring.point, "--directory", &credentials];
        wiring.platform.command(&make).await?;
        for file in program.files() {
            let text = configured(program, &guide(file)?, &wiring, folder.path());
            std::fs::write(folder.path().join(file), text).map_err(Trouble::during(file))?;
        }
        let relay = match program {
            // Traefik finds the decision point by its name only: the way there leads through a relay.
            Program::Traefik => Some(Relay::start(wiring.platform.port()).await?),
            _ => None,
        };
        let process = command(program, folder.path(), relay.as_ref())?.spawn();
        let process = process.map_err(Trouble::during(program.name()))?;
        let mut proxy = Self { folder, process, site, port: wiring.port, _relay: relay };
        proxy.serves(wiring.hosts.first().copied().unwrap_or_default()).await?;
        Ok(proxy)
    }

    /// The certificate that it shows.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.site.certificate()
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until it has its certificate and its routes: some listen before they have read all of their configuration.
    async fn serves(&mut self, host: &str) -> Result<(), Trouble> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let clients = Connector::new(address, &self.certificate())?;
        let trying = async {
            loop {
                if answers(&clients, host).await.is_ok_and(|status| status != 404) {
                    return Ok(());
                }
                if let Ok(Some(status)) = self.process.try_wait() {
                    let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                    return Err(Trouble::new(format!("the proxy ended at its start: {status}: {log}")));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(START, trying).await.map_err(|_| Trouble::new("the proxy does not serve"))?
    }
}

/// The status of its front page.
async fn answers(clients: &Connector, host: &str) -> Result<u16, Trouble> {
    let request = Request::get("/").header("Host", format!("{host}:{}", clients.port())).body(Full::new(Bytes::new()));
    let request = request.map_err(Trouble::during(host))?;
    Ok(clients.keep(host).await?.send(request).await?.status().as_u16())
}

/// A file of the guide.
fn guide(file: &str) -> Result<String, Trouble> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/enforcement-points").join(file);
    std::fs::read_to_string(&path).map_err(Trouble::during(path.display()))
}

/// The guide's text with what differs here put in: nothing else is changed.
fn configured(program: Program, text: &str, wiring: &Wiring<'_>, folder: &Path) -> String {
    let (own, name) = (folder.display(), "decisions.localhost");
    let decisions = wiring.platform.port();
    let by_address = format!("127.0.0.1:{decisions}");
    let sites: Vec<String> = wiring.hosts.iter().map(|host| format!("https://{host}:{}", wiring.port)).collect();
    let (hosts, rules) = (wiring.hosts, wiring.hosts.iter().map(|host| format!("Host(`{host}`)")));
    let mut changes = vec![
        (format!("/etc/{}/", program.name()), format!("{own}/")),
        ("127.0.0.1:8080".to_owned(), wiring.origin.to_string()),
    ];
    changes.extend(match program {
        Program::Nginx => vec![
            ("/run/nginx-wiki.pid".to_owned(), format!("{own}/nginx.pid")),
            ("server decisions.example.jp:443;".to_owned(), format!("server {by_address};")),
            ("listen 443 ssl".to_owned(), format!("listen 127.0.0.1:{} ssl", wiring.port)),
            ("server_name wiki.example.jp".to_owned(), format!("server_name {}", hosts.join(" "))),
        ],
        Program::Traefik => vec![
            ("\":443\"".to_owned(), format!("\"127.0.0.1:{}\"", wiring.port)),
            ("decisions.example.jp:443".to_owned(), format!("{name}:{decisions}")),
            ("Host(`wiki.example.jp`)".to_owned(), rules.collect::<Vec<_>>().join(" || ")),
        ],
        Program::Caddy => vec![
            ("forward_auth https://decisions.example.jp:443".to_owned(), format!("forward_auth https://{by_address}")),
            ("https://wiki.example.jp:443".to_owned(), sites.join(", ")),
        ],
        Program::Envoy => vec![
            ("target_uri: decisions.example.jp:443".to_owned(), format!("target_uri: {by_address}")),
            (
                "address: 0.0.0.0, port_value: 443".to_owned(),
                format!("address: 127.0.0.1, port_value: {}", wiring.port),
            ),
            ("port_value: 8080".to_owned(), format!("port_value: {}", wiring.origin.port())),
            ("domains: [wiki.example.jp]".to_owned(), format!("domains: [{}]", hosts.join(", "))),
        ],
    });
    changes.push(("decisions.example.jp".to_owned(), name.to_owned()));
    changes.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn command(program: Program, folder: &Path, relay: Option<&Relay>) -> Result<Command, Trouble> {
    let mut command = Command::new(program.path()?);
    let file = folder.join(program.files().first().copied().unwrap_or_default());
    match program {
        // One process: killing it leaves nobody behind.
        Program::Nginx => {
            command.arg("-p").arg(folder).args(["-e", "stderr", "-g", "master_process off;", "-c"]).arg(file)
        }
        Program::Traefik => command.arg("--configfile").arg(file),
        Program::Caddy => command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file),
        Program::Envoy => {
            command.args(["--concurrency", "1", "--log-level", "warn", "--use-dynamic-base-id", "-c"]).arg(file)
        }
    };
    if let Some(relay) = relay {
        command.env("HTTPS_PROXY", relay.url());
    }
    command.env("HOME", folder).env("XDG_DATA_HOME", folder).current_dir(folder);
    let log = std::fs::File::create(folder.join("log")).map_err(Trouble::during("a log"))?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    Ok(command)
}
