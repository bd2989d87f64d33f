//! Debian's unbound with a zone of its own, answering over TLS.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use sekisho_e2e::peer::server_port;
use tempfile::TempDir;

use crate::PATIENCE;

const PROGRAM: &str = "/usr/sbin/unbound";

/// A running unbound. It is killed when dropped.
pub(crate) struct Upstream {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), server_port().unwrap());
        let place = folder.path().display();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(["ns.test".to_owned()]).unwrap().self_signed(&key).unwrap();
        let zone = [
            ("plain.test.", "A 192.0.2.10"),
            ("ads.test.", "A 192.0.2.66"),
            ("walled.test.", "A 192.0.2.77"),
            ("new.test.", "A 192.0.2.88"),
            ("alias.test.", "CNAME ads.test."),
        ];
        let zone: String = zone.iter().map(|(name, data)| format!("local-data: \"{name} 300 IN {data}\"\n")).collect();
        let configuration = format!(
            "server:\ninterface: 127.0.0.1@{port}\ntls-port: {port}\ntls-service-key: \"{place}/key.pem\"\n\
             tls-service-pem: \"{place}/cert.pem\"\ndo-daemonize: no\nusername: \"\"\nchroot: \"\"\ndirectory: \"{place}\"\n\
             pidfile: \"\"\nuse-syslog: no\nmodule-config: \"iterator\"\nlocal-zone: \"test.\" static\n{zone}\
             remote-control:\ncontrol-enable: no\n"
        );
        let files = [("cert.pem", certificate.pem()), ("key.pem", key.serialize_pem()), ("conf", configuration)];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let mut command = Command::new(PROGRAM);
        command.arg("-d").arg("-c").arg(folder.path().join("conf")).stdout(Stdio::null()).stderr(Stdio::null());
        let upstream = Self { process: command.spawn().unwrap(), folder, port };
        let began = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(began.elapsed() < PATIENCE, "unbound does not listen");
            tokio::task::yield_now().await;
        }
        upstream
    }

    /// The fields of the configuration's table by which it is asked.
    pub(crate) fn settings(&self) -> String {
        let authority: PathBuf = self.folder.path().join("cert.pem");
        format!("servers = [\"tls://127.0.0.1:{}#ns.test\"], trust = \"{}\"", self.port, authority.display())
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
