//! OpenSSH's server, with a host key, a user key and a configuration of its own; and how its clients find it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{accepts, is_root};
use crate::Trouble;
use crate::peer::server_port;
use crate::platform::{Terminal, binary};

/// A running `sshd` that knows one key.
#[derive(Debug)]
pub struct Sshd {
    folder: TempDir,
    port: u16,
    _process: Child,
}

impl Sshd {
    /// Starts one.
    pub async fn start() -> Result<Self, Trouble> {
        let (folder, port) = (tempfile::tempdir().map_err(Trouble::during("a folder for sshd"))?, server_port()?);
        for key in ["host", "user"] {
            let file = folder.path().join(key);
            let mut make = Command::new("ssh-keygen");
            make.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&file).stdin(Stdio::null());
            let status = make.status().await.map_err(Trouble::during("ssh-keygen: install openssh-client"))?;
            if !status.success() {
                return Err(Trouble::new("ssh-keygen made no key"));
            }
        }
        if is_root() {
            // What the system's own start of sshd makes, too.
            fs::create_dir_all("/run/sshd").map_err(Trouble::during("/run/sshd"))?;
        }
        let configuration = folder.path().join("sshd_config");
        let place = folder.path().display();
        let text = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {place}/host\nAuthorizedKeysFile {place}/user.pub\nPidFile none\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\nUseDNS no\n"
        );
        fs::write(&configuration, text).map_err(Trouble::during(configuration.display()))?;
        let server =
            ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd"].into_iter().find(|path| Path::new(path).exists());
        let server = server.ok_or_else(|| Trouble::new("there is no sshd: install openssh-server"))?;
        let mut command = Command::new(server);
        let log = fs::File::create(folder.path().join("log")).map_err(Trouble::during("sshd's log"))?;
        command.args(["-D", "-e", "-f"]).arg(&configuration).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let process = command.kill_on_drop(true).spawn().map_err(Trouble::during("sshd"))?;
        accepts(port).await?;
        Ok(Self { folder, port, _process: process })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it wrote to its log.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// A client program (`ssh`, `scp`) that reaches it under a resource's name through a terminal's tunnel.
    pub fn client(&self, program: &str, resource: &str, terminal: &Terminal) -> Result<Command, Trouble> {
        let configuration = self.configuration(resource, terminal)?;
        let mut command = Command::new(program);
        command.arg("-F").arg(configuration).stdin(Stdio::null()).env("LC_ALL", "C.UTF-8").kill_on_drop(true);
        Ok(command)
    }

    /// The client's configuration, as the guide tells people to write it.
    fn configuration(&self, resource: &str, terminal: &Terminal) -> Result<PathBuf, Trouble> {
        let place = self.folder.path();
        let host_key = fs::read_to_string(place.join("host.pub")).map_err(Trouble::during("the host key"))?;
        let known = place.join("known_hosts");
        fs::write(&known, format!("{resource} {host_key}")).map_err(Trouble::during("known hosts"))?;
        let file = terminal.session().with_file_name(format!("ssh-{resource}"));
        let text = format!(
            "Host {resource}\n  ProxyCommand {} connect --session {} %h\n  IdentityFile {}/user\n  IdentitiesOnly yes\n\
             \x20 UserKnownHostsFile {}\n  BatchMode yes\n  LogLevel ERROR\n",
            binary()?.display(),
            terminal.session().display(),
            place.display(),
            known.display()
        );
        fs::write(&file, text).map_err(Trouble::during(file.display()))?;
        Ok(file)
    }
}
