//! nginx three times: as the upstream with its static 1 KB file, as the plain reverse proxy to compare with, and as the
//! authoriser that always says yes.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use sekisho_e2e::Trouble;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A running nginx with one worker. It ends when dropped.
pub(crate) struct Nginx {
    _folder: TempDir,
    process: Child,
    /// Its port for HTTP.
    pub(crate) port: u16,
    /// Its port for HTTPS, where it has one.
    pub(crate) tls_port: u16,
}

impl Nginx {
    /// The upstream: one static file of 1 KB.
    pub(crate) async fn upstream(core: &str) -> Result<Self, Trouble> {
        Self::start(core, |folder, port, _| {
            std::fs::write(folder.join("index.html"), "x".repeat(1024)).map_err(Trouble::during("index.html"))?;
            let root = folder.display();
            Ok(format!("server {{ listen 127.0.0.1:{port}; root {root}; keepalive_requests 1000000000; }}"))
        })
        .await
    }

    /// The authoriser of the peers: whatever is asked, it says 204.
    pub(crate) async fn stub(core: &str) -> Result<Self, Trouble> {
        Self::start(core, |_, port, _| {
            Ok(format!(
                "server {{ listen 127.0.0.1:{port}; keepalive_requests 1000000000; location / {{ return 204; }} }}"
            ))
        })
        .await
    }

    /// The proxy that only forwards, with kept connections on both sides.
    pub(crate) async fn proxy(core: &str, upstream: u16) -> Result<Self, Trouble> {
        Self::start(core, |folder, port, tls_port| {
            let host = sekisho_e2e::platform::example::OPEN;
            let key =
                rcgen::generate_simple_self_signed([host.to_owned()]).map_err(Trouble::during("a certificate"))?;
            for (name, text) in [("cert.pem", key.cert.pem()), ("key.pem", key.signing_key.serialize_pem())] {
                std::fs::write(folder.join(name), text).map_err(Trouble::during(name))?;
            }
            let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
            Ok(format!(
                "upstream u {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
                 server {{ listen 127.0.0.1:{port}; listen 127.0.0.1:{tls_port} ssl http2; keepalive_requests 1000000000;
                   ssl_certificate {}; ssl_certificate_key {}; ssl_protocols TLSv1.3;
                   location / {{ proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection \"\";
                                 proxy_set_header Host $host; }} }}",
                cert.display(),
                key.display()
            ))
        })
        .await
    }

    async fn start(core: &str, servers: impl Fn(&Path, u16, u16) -> Result<String, Trouble>) -> Result<Self, Trouble> {
        let folder =
            tempfile::Builder::new().prefix("nginx").tempdir().map_err(Trouble::during("a folder for nginx"))?;
        let (port, tls_port) = (free_port()?, free_port()?);
        let at = folder.path().display();
        let servers = servers(folder.path(), port, tls_port)?;
        let temporary =
            ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|n| format!("{n}_temp_path {at}/{n};"));
        let config = format!(
            "daemon off; worker_processes 1; user root; pid {at}/pid; error_log {at}/error.log;
             events {{ worker_connections 4096; }}
             http {{ access_log off; {} {servers} }}",
            temporary.concat()
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, config).map_err(Trouble::during("nginx.conf"))?;
        let mut command = Command::new("taskset");
        command.args(["-c", core, "nginx", "-e"]).arg(folder.path().join("error.log")).arg("-c").arg(&file);
        command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let process = command.spawn().map_err(Trouble::during("taskset nginx"))?;
        let nginx = Self { _folder: folder, process, port, tls_port };
        nginx.wait().await?;
        Ok(nginx)
    }

    async fn wait(&self) -> Result<(), Trouble> {
        for _ in 0..100 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(Trouble::new("nginx does not answer"))
    }

    /// Its process, which watches over its worker.
    pub(crate) fn process(&self) -> Option<u32> {
        self.process.id()
    }

    /// Ends it and its worker.
    pub(crate) async fn stop(mut self) -> Result<(), Trouble> {
        if let Some(id) = self.process.id() {
            // Its worker outlives a killed master, and ends with one that is asked to.
            let asked = Command::new("kill").args(["-TERM", &id.to_string()]).status().await;
            asked.map_err(Trouble::during("kill"))?;
        }
        self.process.wait().await.map_err(Trouble::during("nginx")).map(drop)
    }
}

fn free_port() -> Result<u16, Trouble> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Trouble::during("a free port"))?;
    Ok(listener.local_addr().map_err(Trouble::during("a free port"))?.port())
}
