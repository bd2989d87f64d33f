//! Debian's rsyslog, receiving over TLS into a file.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sekisho_e2e::peer::server_port;
use tempfile::TempDir;

const PROGRAM: &str = "/usr/sbin/rsyslogd";

/// A running rsyslog. It is killed when dropped.
pub(crate) struct Receiver {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Receiver {
    pub(crate) fn start() -> Result<Self, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("{PROGRAM}: {error}; `cargo verify` installs it");
        let folder = tempfile::tempdir().map_err(|error| wrong(&error))?;
        let port = server_port().map_err(|error| wrong(&error))?;
        let place = folder.path().display();
        let key = rcgen::KeyPair::generate().map_err(|error| wrong(&error))?;
        let parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).map_err(|error| wrong(&error))?;
        let certificate = parameters.self_signed(&key).map_err(|error| wrong(&error))?;
        let configuration = format!(
            "global(workDirectory=\"{place}\" maxMessageSize=\"64k\" DefaultNetstreamDriver=\"gtls\" DefaultNetstreamDriverCAFile=\"{place}/cert.pem\"\n\
             DefaultNetstreamDriverCertFile=\"{place}/cert.pem\" DefaultNetstreamDriverKeyFile=\"{place}/key.pem\")\n\
             module(load=\"imtcp\" StreamDriver.Name=\"gtls\" StreamDriver.Mode=\"1\" StreamDriver.Authmode=\"anon\")\n\
             template(name=\"whole\" type=\"string\" string=\"%rawmsg%\\n\")\n\
             input(type=\"imtcp\" port=\"{port}\" address=\"127.0.0.1\" ruleset=\"kept\")\n\
             ruleset(name=\"kept\") {{ action(type=\"omfile\" file=\"{place}/received\" template=\"whole\") }}\n"
        );
        let files = [("cert.pem", certificate.pem()), ("key.pem", key.serialize_pem()), ("conf", configuration)];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).map_err(|error| wrong(&error))?;
        }
        let pid = folder.path().join("pid");
        let mut command = Command::new(PROGRAM);
        command.arg("-n").arg("-f").arg(folder.path().join("conf")).arg("-i").arg(pid);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| wrong(&error))?;
        Ok(Self { folder, port, process })
    }

    /// Its certificate, which is its own authority.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// The lines of the configuration file by which events are sent here.
    pub(crate) fn settings(&self, authority: &std::path::Path) -> String {
        format!("[syslog]\nserver = \"localhost:{}\"\ntrust = \"{}\"\n", self.port, authority.display())
    }

    /// What it received.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = std::fs::read(self.folder.path().join("received")).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }

    /// The line with that text, once it is there.
    pub(crate) async fn line_with(&self, text: &str, patience: Duration) -> String {
        let began = Instant::now();
        loop {
            let lines = self.lines();
            if let Some(line) = lines.iter().find(|line| line.contains(text)) {
                return line.clone();
            }
            assert!(began.elapsed() < patience, "no line with {text} among {}", lines.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
