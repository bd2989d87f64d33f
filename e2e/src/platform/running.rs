//! One running platform, and what a test does with it from outside: documents, links, signals.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::binary;
use crate::Trouble;
use crate::client::{Connector, Person};

/// How long the platform may take to start on a busy machine.
const START: Duration = Duration::from_secs(60);
/// The file beside the data folder that its log goes to.
const LOG: &str = "log";

/// A running platform under the domain `localhost`. It is killed when dropped.
#[derive(Debug)]
pub struct Platform {
    folder: TempDir,
    port: u16,
    workers: usize,
    process: Child,
    authority: PathBuf,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Platform {
    /// Starts an empty one with so many gateway workers.
    pub async fn start(workers: usize) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for the platform"))?;
        Self::start_in(folder, free_port()?, workers, &[]).await
    }

    /// The same, run through another program: `["taskset", "-c", "0"]`.
    pub async fn start_under(workers: usize, wrapper: &[&str]) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for the platform"))?;
        Self::start_in(folder, free_port()?, workers, wrapper).await
    }

    /// Ends it as a power failure would, and starts it again on what is on the disk.
    pub async fn kill_and_restart(mut self) -> Result<Self, Trouble> {
        self.process.kill().await.map_err(Trouble::during("kill"))?;
        Self::start_in(self.folder, self.port, self.workers, &[]).await
    }

    /// Runs a command of the binary against it and gives its JSON.
    pub async fn command(&self, arguments: &[&str]) -> Result<Value, Trouble> {
        super::command::json(&self.data(), arguments).await
    }

    /// Makes documents: files by name, as `sekisho apply` reads them.
    pub async fn apply(&self, files: &[(&str, &str)]) -> Result<Value, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for documents"))?;
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).map_err(Trouble::during(name))?;
        }
        self.command(&["apply", &folder.path().display().to_string()]).await
    }

    /// Somebody new at a keyboard.
    pub fn person(&self) -> Result<Person, Trouble> {
        Ok(Person::new(self.connector()?, "portal.localhost"))
    }

    /// A person with that account, who has made a passkey through a one-time link and has signed in with it.
    pub async fn signed_in(&self, user: &str) -> Result<Person, Trouble> {
        let link = self.command(&["user", "link", user]).await?;
        let url = link.get("url").and_then(Value::as_str).ok_or_else(|| Trouble::new(format!("no link in {link}")))?;
        let mut person = self.person()?;
        person.enrol(url).await?;
        person.sign_in().await?;
        Ok(person)
    }

    /// Connections to it.
    pub fn connector(&self) -> Result<Connector, Trouble> {
        Connector::new(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)), &self.authority)
    }

    /// The PEM file of its authority.
    #[must_use]
    pub fn authority(&self) -> &Path {
        &self.authority
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The most memory that it has had so far, in bytes.
    pub fn most_memory(&self) -> Result<u64, Trouble> {
        let process = self.process.id().ok_or_else(|| Trouble::new("sekisho up has ended"))?;
        let file = format!("/proc/{process}/status");
        let status = std::fs::read_to_string(&file).map_err(Trouble::during(&file))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kibibytes.map(|kibibytes| kibibytes * 1024).ok_or_else(|| Trouble::new(format!("{file} has no VmHWM")))
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The number of its process; `None` once it has ended.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.process.id()
    }

    /// Everything that it wrote to its log so far, restarts included.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(LOG)).unwrap_or_default()
    }

    async fn start_in(folder: TempDir, port: u16, workers: usize, wrapper: &[&str]) -> Result<Self, Trouble> {
        let configuration = folder.path().join("sekisho.toml");
        let settings =
            format!("data = \"data\"\ndomain = \"localhost\"\nlisten = \"127.0.0.1:{port}\"\nworkers = {workers}\n");
        std::fs::write(&configuration, settings).map_err(Trouble::during(configuration.display()))?;
        let mut command = under(wrapper, &binary()?);
        command.arg("up").arg("--config").arg(&configuration).stdin(Stdio::null()).stdout(Stdio::piped());
        let log = std::fs::File::options().create(true).append(true).open(folder.path().join(LOG));
        command.env("SEKISHO_LOG", "warn").stderr(log.map_err(Trouble::during(LOG))?).kill_on_drop(true);
        let mut process = command.spawn().map_err(Trouble::during("sekisho up"))?;
        let output = process.stdout.take().ok_or_else(|| Trouble::new("sekisho up has no output"))?;
        let mut lines = BufReader::new(output).lines();
        let authority = tokio::time::timeout(START, announced(&mut lines)).await;
        let said = || std::fs::read_to_string(folder.path().join(LOG)).unwrap_or_default();
        let authority = authority.map_err(|_| Trouble::new(format!("sekisho up did not start in time: {}", said())))?;
        let authority = authority.map_err(|trouble| Trouble::new(format!("{trouble}: {}", said())))?;
        Ok(Self { folder, port, workers, process, authority, _output: lines })
    }
}

fn under(wrapper: &[&str], program: &Path) -> Command {
    match wrapper.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Reads the lines that the platform prints once it listens, and the file of its authority from them.
async fn announced(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<PathBuf, Trouble> {
    let mut authority = None;
    while let Some(line) = lines.next_line().await.map_err(Trouble::during("sekisho up"))? {
        if let Some(rest) = line.strip_prefix("trust") {
            authority = rest.trim().split(" (").next().map(PathBuf::from);
        }
        if line.starts_with("data") {
            break;
        }
    }
    authority.ok_or_else(|| Trouble::new("sekisho up ended at its start"))
}

pub(crate) fn free_port() -> Result<u16, Trouble> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Trouble::during("a free port"))?;
    Ok(listener.local_addr().map_err(Trouble::during("a free port"))?.port())
}
