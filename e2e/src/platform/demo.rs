//! The demonstration, running: two applications, three people, this machine as an enrolled device.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::Terminal;
use super::binary::demonstration;
use crate::Trouble;

/// How long the demonstration may take to start on a busy machine.
const START: Duration = Duration::from_secs(60);

/// A running `sekisho-demo`. It is killed when dropped.
#[derive(Debug)]
pub struct Demo {
    said: Value,
    folder: TempDir,
    _process: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Demo {
    /// Starts one on free ports with a folder of its own.
    pub async fn start() -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for the demonstration"))?;
        let mut command = Command::new(demonstration()?);
        command.args(["--json", "--port", "0", "--agent-port", "0", "--data"]).arg(folder.path().join("data"));
        command.env("SEKISHO_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().map_err(Trouble::during("sekisho-demo"))?;
        let output = process.stdout.take().ok_or_else(|| Trouble::new("sekisho-demo has no output"))?;
        let mut lines = BufReader::new(output).lines();
        let line = tokio::time::timeout(START, lines.next_line()).await;
        let line = line.map_err(|_| Trouble::new("sekisho-demo did not start in time"))?;
        let line = line.map_err(Trouble::during("sekisho-demo"))?.ok_or_else(|| Trouble::new("sekisho-demo ended"))?;
        let said = serde_json::from_str(&line).map_err(Trouble::during(&line))?;
        Ok(Self { said, folder, _process: process, _output: lines })
    }

    /// An address on one of its hosts: `portal`, `wiki` or `payroll`.
    pub fn url(&self, host: &str, path: &str) -> Result<String, Trouble> {
        Ok(format!("{}{path}", self.text(&format!("/{host}"))?))
    }

    /// The path of every page of its portal, console included, with its parameters in braces.
    pub fn pages(&self) -> Result<Vec<String>, Trouble> {
        let pages = self.said.get("pages").cloned().unwrap_or_default();
        serde_json::from_value(pages).map_err(Trouble::during("the pages of the demonstration"))
    }

    /// The one-time link of a person: `alice`, `erin`, `hana` or `admin`.
    pub fn link(&self, person: &str) -> Result<String, Trouble> {
        self.text(&format!("/links/{person}"))
    }

    /// The port on which its device check lets no program listen.
    pub fn forbidden_port(&self) -> Result<u16, Trouble> {
        let port = self.said.get("forbidden_port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
        port.ok_or_else(|| Trouble::new("the demonstration names no forbidden port"))
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Runs a command of the binary against it and gives its JSON.
    pub async fn command(&self, arguments: &[&str]) -> Result<Value, Trouble> {
        super::command::json(&self.data(), arguments).await
    }

    /// Makes documents: one file, as `sekisho apply` reads it.
    pub async fn apply(&self, name: &str, text: &str) -> Result<Value, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for documents"))?;
        std::fs::write(folder.path().join(name), text).map_err(Trouble::during(name))?;
        self.command(&["apply", &folder.path().display().to_string()]).await
    }

    /// Answers a code on its enrolled machine, and gives what the command says.
    pub async fn agent_open(&self, code: &str, typed: &str) -> Result<Value, Trouble> {
        let agent = self.data().join("agent");
        let folder = agent.to_string_lossy();
        super::command::json_of(&["agent", "open", code, "--folder", &folder], typed).await
    }

    /// A terminal on its enrolled machine.
    pub fn terminal(&self) -> Result<Terminal, Trouble> {
        Terminal::of_agent(self.data().join("agent"))
    }

    fn text(&self, at: &str) -> Result<String, Trouble> {
        let text = self.said.pointer(at).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| Trouble::new(format!("the demonstration does not say `{at}`: {}", self.said)))
    }
}
