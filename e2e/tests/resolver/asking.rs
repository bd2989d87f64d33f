//! Debian's kdig, with the certificate of an enrolled device or without.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use sekisho_e2e::platform::AgentProcess;
use tokio::process::Command;

use crate::client::Connection;

/// Somebody who asks over TLS.
pub(crate) struct Asking {
    address: SocketAddr,
    authority: PathBuf,
    agent: Option<AgentProcess>,
}

/// What kdig printed.
#[derive(Debug)]
pub(crate) struct Answer(String);

impl Answer {
    /// Whether the answer has this code.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.has(&format!("status: {code};"))
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.0.contains(text)
    }

    /// The number of the decision in the reason.
    pub(crate) fn decision(&self) -> String {
        let (_, rest) = self.0.split_once("decision ").unwrap();
        rest.chars().take_while(char::is_ascii_alphanumeric).collect()
    }
}

impl Asking {
    pub(crate) fn new(address: SocketAddr, authority: &Path, agent: Option<AgentProcess>) -> Self {
        Self { address, authority: authority.to_owned(), agent }
    }

    pub(crate) async fn ask(&self, name: &str, kind: &str) -> Answer {
        let (port, authority) = (self.address.port().to_string(), format!("+tls-ca={}", self.authority.display()));
        let file = |option: &str, name: &str| {
            self.agent.as_ref().map(|agent| format!("+tls-{option}={}", agent.folder().join(name).display()))
        };
        let proof: Vec<String> =
            [file("certfile", "device.crt"), file("keyfile", "device.key")].into_iter().flatten().collect();
        let mut arguments = vec!["@127.0.0.1", "-p", &port, "+tls", &authority, "+tls-hostname=dns.localhost"];
        arguments.extend(["+tls-sni=dns.localhost", "+edns"]);
        arguments.extend(proof.iter().map(String::as_str));
        kdig(&[&arguments[..], &[name, kind]].concat()).await
    }

    /// A connection with the device's certificate.
    pub(crate) async fn connect(&self) -> Connection {
        let agent = self.agent.as_ref().unwrap();
        Connection::open(self.address, &self.authority, agent.folder()).await
    }
}

pub(crate) async fn kdig(arguments: &[&str]) -> Answer {
    let output = Command::new("kdig").args(arguments).args(["+retry=0", "+timeout=20"]).output().await.unwrap();
    Answer([output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat())
}
