//! What the tests share: a platform with an organisation, and an authority that looks for hosts there.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sekisho_e2e::acme::{AcmeServer, Conduct};
use sekisho_e2e::client::{Connector, Person};
use sekisho_e2e::origin::Origin;
use sekisho_e2e::peer::server_address;
use sekisho_e2e::platform::{Platform, binary};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const PORTAL: &str = "portal.localhost";
/// The host of machines, which keeps the own authority's certificate.
pub(crate) const DEVICES: &str = "devices.localhost";
/// How long something may take to happen on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) person: Person,
    pub(crate) server: AcmeServer,
    pub(crate) folder: TempDir,
    pub(crate) operation: SocketAddr,
    _origin: Origin,
}

impl Place {
    /// A platform that orders nothing yet, and an authority that behaves so.
    pub(crate) async fn start(conduct: Conduct) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let origin = Origin::serve(&[("/", "open")]).await.unwrap();
        let operation = server_address().unwrap();
        let settings = format!("operation_listen = \"{operation}\"\n");
        let platform = Platform::start_from(&binary().unwrap(), 2, &settings).await.unwrap();
        let person = platform.example(origin.port()).await.unwrap();
        let server = AcmeServer::start(platform.port(), folder.path(), conduct).await.unwrap();
        Self { platform, person, server, folder, operation, _origin: origin }
    }

    /// Writes the table, with those lines more.
    pub(crate) fn configure(&self, more: &str) {
        let (operation, directory) = (self.operation, self.server.directory());
        let trust = self.server.trust().display();
        let settings = format!(
            "operation_listen = \"{operation}\"\n[acme]\ndirectory = \"{directory}\"\nagree_to_terms = true\n\
             contact = [\"mailto:security@example.jp\"]\ntrust = \"{trust}\"\n{more}"
        );
        self.platform.configure(&settings).unwrap();
    }

    /// Has it order for those hosts.
    pub(crate) async fn order(&self, hosts: &[&str]) {
        self.configure(&format!("hosts = {hosts:?}\n"));
        self.platform.command(&["reload"]).await.unwrap();
    }

    /// Connections that trust the ACME authority, and nobody else.
    pub(crate) fn trusting_acme(&self) -> Connector {
        Connector::new(self.address(), self.server.trust()).unwrap()
    }

    /// Connections that trust both authorities.
    pub(crate) fn trusting_both(&self) -> Connector {
        let both = self.folder.path().join("both.pem");
        let read = |path| std::fs::read_to_string(path).unwrap();
        std::fs::write(&both, read(self.server.trust()) + &read(self.platform.authority())).unwrap();
        Connector::new(self.address(), &both).unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.platform.port()))
    }

    /// What `sekisho certificate list` says of a host.
    pub(crate) async fn row(&self, host: &str) -> Value {
        let rows = self.platform.command(&["certificate", "list"]).await.unwrap();
        let row = rows.as_array().unwrap().iter().find(|row| row["host"] == host);
        row.cloned().ok_or_else(|| format!("no {host} in {rows}")).unwrap()
    }

    /// Waits until `sekisho certificate list` says so of a host.
    pub(crate) async fn becomes(&self, host: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let seen = async {
            loop {
                let row = self.row(host).await;
                if is_so(&row) {
                    return row;
                }
            }
        };
        let seen = tokio::time::timeout(PATIENCE, seen).await;
        assert!(seen.is_ok(), "{} {}", self.row(host).await, self.platform.log());
        seen.unwrap()
    }

    /// Waits until a host has a certificate from the authority.
    pub(crate) async fn is_certified(&self, host: &str) -> Value {
        self.becomes(host, |row| row["source"] == "acme").await
    }

    /// What the listener for operators says.
    pub(crate) async fn observed(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.operation).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

/// The certificate that a new connection is shown.
pub(crate) async fn shown(connector: &Connector, host: &str) -> Vec<u8> {
    let stream = connector.connect(host).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}
