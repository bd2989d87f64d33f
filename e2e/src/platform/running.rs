//! One running platform, and what a test does with it from outside: documents, links, signals.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::binary;
use crate::Trouble;
use crate::client::{Connector, Person};
use crate::peer::server_port;

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
    /// More lines of its configuration file.
    settings: String,
    clock: Arc<dyn TimeProvider>,
    process: Child,
    authority: PathBuf,
    successors: Vec<Successor>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Platform {
    /// Starts an empty one with so many gateway workers.
    pub async fn start(workers: usize) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for the platform"))?;
        Self::start_in(folder, server_port()?, (workers, ""), &[]).await
    }

    /// Starts one from that path of the binary, with more lines in its configuration file.
    pub async fn start_from(binary: &Path, workers: usize, settings: &str) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for the platform"))?;
        let port = server_port()?;
        write_settings(folder.path(), port, workers, settings)?;
        Self::run(folder, port, (workers, settings), Command::new(binary)).await
    }

    /// Writes its configuration file anew, with those lines more. It is not told.
    pub fn configure(&self, settings: &str) -> Result<(), Trouble> {
        write_settings(self.folder.path(), self.port, self.workers, settings)
    }

    /// Has it hand over to a new process, which is then the one that is running; its number.
    pub async fn upgrade(&mut self) -> Result<u32, Trouble> {
        let told = self.command(&["upgrade"]).await?;
        let pid = told.get("pid").and_then(Value::as_i64).and_then(|pid| i32::try_from(pid).ok());
        let pid = pid.ok_or_else(|| Trouble::new(format!("no process in {told}")))?;
        self.successors.push(Successor(pid));
        Ok(pid.unsigned_abs())
    }

    /// Waits until the first process has ended, and gives its exit code.
    pub async fn first_process_ended(&mut self) -> Result<Option<i32>, Trouble> {
        let ended = tokio::time::timeout(START, self.process.wait()).await;
        let ended = ended.map_err(|_| Trouble::new("the old process does not end"))?;
        Ok(ended.map_err(Trouble::during("the old process"))?.code())
    }

    /// What a platform that nobody can sign in to prints after it listens: two lines, with the first administrator's link or what
    /// became of it.
    pub async fn invitation(&mut self) -> Result<[String; 2], Trouble> {
        let (first, second) = (self.next_line().await?, self.next_line().await?);
        Ok([first, second])
    }

    async fn next_line(&mut self) -> Result<String, Trouble> {
        let line = tokio::time::timeout(START, self.output.next_line()).await;
        let line = line.map_err(|_| Trouble::new("it prints nothing"))?.map_err(Trouble::during("sekisho up"))?;
        line.ok_or_else(|| Trouble::new("it prints nothing more"))
    }

    /// Sends the first process a signal.
    pub fn signal(&self, signal: rustix::process::Signal) -> Result<(), Trouble> {
        let pid = self.process.id().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw);
        let pid = pid.ok_or_else(|| Trouble::new("the process has ended"))?;
        rustix::process::kill_process(pid, signal).map_err(Trouble::during("kill"))
    }

    /// The same, run through another program: `["taskset", "-c", "0"]`.
    pub async fn start_under(workers: usize, wrapper: &[&str]) -> Result<Self, Trouble> {
        Self::start_with(workers, wrapper, "").await
    }

    /// The same with more lines in its configuration file.
    pub async fn start_with(workers: usize, wrapper: &[&str], settings: &str) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for the platform"))?;
        Self::start_in(folder, server_port()?, (workers, settings), wrapper).await
    }

    /// Has whoever connects to it go by another clock.
    #[must_use]
    pub fn by_clock(self, clock: Arc<dyn TimeProvider>) -> Self {
        Self { clock, ..self }
    }

    /// Ends it as a power failure would, and starts it again on what is on the disk, configuration included, by itself and by
    /// the usual clock.
    pub async fn kill_and_restart(mut self) -> Result<Self, Trouble> {
        self.process.kill().await.map_err(Trouble::during("kill"))?;
        Self::run(self.folder, self.port, (self.workers, &self.settings), Command::new(binary()?)).await
    }

    /// Stops it as an operator would, does something to its data folder, and starts it again, by itself and by the usual clock.
    pub async fn stop_and_restart(mut self, meanwhile: impl FnOnce(&Path)) -> Result<Self, Trouble> {
        self.signal(rustix::process::Signal::TERM)?;
        self.first_process_ended().await?;
        meanwhile(&self.data());
        Self::run(self.folder, self.port, (self.workers, &self.settings), Command::new(binary()?)).await
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

    /// The same by another build's command line, which knows other kinds of documents.
    pub async fn apply_by(&self, binary: &Path, name: &str, text: &str) -> Result<Value, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for documents"))?;
        std::fs::write(folder.path().join(name), text).map_err(Trouble::during(name))?;
        let folder = folder.path().display().to_string();
        super::command::json_by(binary, &self.data(), &["apply", &folder]).await
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
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        Connector::by_clock(address, &self.authority, Arc::clone(&self.clock))
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

    async fn start_in(
        folder: TempDir,
        port: u16,
        (workers, settings): (usize, &str),
        wrapper: &[&str],
    ) -> Result<Self, Trouble> {
        write_settings(folder.path(), port, workers, settings)?;
        Self::run(folder, port, (workers, settings), under(wrapper, &binary()?)).await
    }

    async fn run(
        folder: TempDir,
        port: u16,
        (workers, settings): (usize, &str),
        mut command: Command,
    ) -> Result<Self, Trouble> {
        let configuration = folder.path().join("sekisho.toml");
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
        let (settings, clock) = (settings.to_owned(), Arc::new(DefaultTimeProvider));
        let successors = Vec::new();
        Ok(Self { folder, port, workers, settings, clock, process, authority, successors, output: lines })
    }
}

/// A process that took over. It is killed when dropped: it is nobody's child any more.
#[derive(Debug)]
struct Successor(i32);

impl Drop for Successor {
    fn drop(&mut self) {
        if let Some(pid) = rustix::process::Pid::from_raw(self.0) {
            // It may have ended already.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}

fn write_settings(folder: &Path, port: u16, workers: usize, more: &str) -> Result<(), Trouble> {
    let configuration = folder.join("sekisho.toml");
    // A test may name any of them itself.
    let usual = [
        ("data", "\"data\"".to_owned()),
        ("domain", "\"localhost\"".to_owned()),
        ("listen", format!("\"127.0.0.1:{port}\"")),
        ("workers", workers.to_string()),
    ];
    let named = |name: &str| more.lines().any(|line| line.split_once('=').is_some_and(|it| it.0.trim() == name));
    let usual = usual.iter().filter(|(name, _)| !named(name)).map(|(name, value)| format!("{name} = {value}\n"));
    let settings = usual.chain([more.to_owned()]).collect::<String>();
    std::fs::write(&configuration, settings).map_err(Trouble::during(configuration.display()))
}

pub(super) fn under(wrapper: &[&str], program: &Path) -> Command {
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
