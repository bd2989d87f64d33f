//! Terminals of the platform: an enrolled machine with its agent, and `sekisho login` as a person goes through it.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::running::under;
use super::{Platform, binary};
use crate::Trouble;
use crate::client::{Person, Program};
use crate::peer::server_port;

/// How long a command may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The agent of an enrolled machine, running. It is killed when dropped.
#[derive(Debug)]
pub struct AgentProcess {
    folder: PathBuf,
    /// Where it proves the device, on 127.0.0.1.
    port: u16,
    process: Child,
}

/// One terminal: a session file of its own, on a machine that is enrolled or not.
#[derive(Debug)]
pub struct Terminal {
    folder: TempDir,
    machine: Machine,
}

#[derive(Debug)]
enum Machine {
    /// With the folder of its agent.
    Enrolled(PathBuf),
    /// It knows the terminals' host and the authority.
    Bare { server: String, authority: PathBuf },
}

impl Platform {
    /// Enrols this machine as a device of a person, runs its agent, and waits until it is found compliant.
    pub async fn enrolled(&self, device: &str, owner: &str) -> Result<AgentProcess, Trouble> {
        self.enrolled_under(device, owner, &[]).await
    }

    /// The same, its programs run through another one.
    pub async fn enrolled_under(&self, device: &str, owner: &str, wrapper: &[&str]) -> Result<AgentProcess, Trouble> {
        self.require_nothing_of_this_machine().await?;
        let token = self.command(&["device", "token", device, "--owner", owner]).await?;
        let text = |name: &str| token.get(name).and_then(Value::as_str).unwrap_or_default();
        let folder = self.data().with_file_name(format!("agent-{device}"));
        let mut enrol = under(wrapper, &binary()?);
        enrol.args(["agent", "enroll", "--server", text("server"), "--pin", text("pin"), "--token", text("token")]);
        succeeded(enrol.arg("--folder").arg(&folder)).await?;
        let mut run = under(wrapper, &binary()?);
        let port = server_port()?;
        run.args(["agent", "run", "--report-every", "5", "--port", &port.to_string(), "--folder"]).arg(&folder);
        run.env("SEKISHO_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let process = run.spawn().map_err(Trouble::during("sekisho agent run"))?;
        self.becomes_compliant(device, true).await?;
        Ok(AgentProcess { folder, port, process })
    }

    /// Replaces those of the default checks that depend on the machine that runs the tests.
    async fn require_nothing_of_this_machine(&self) -> Result<(), Trouble> {
        let check = |id: &&str| {
            format!(
                "[[check]]\nid = \"{id}\"\nfact = \"os.version\"\nexpect = {{ version-at-least = \"0\" }}\n\
                 reason = {{ en = \"-\" }}\nremedy = {{ en = \"-\" }}\n"
            )
        };
        let ids = [
            "accounts-with-passwords",
            "automatic-updates",
            "clock-synchronised",
            "disk-encrypted",
            "etc-protected",
            "firewall-on",
            "log-kept",
            "os-version",
            "os-version-ubuntu",
            "screen-lock",
            "secure-boot",
            "security-updates",
            "sshd-no-empty-passwords",
            "sshd-no-root-password",
        ];
        self.apply(&[("checks.toml", &ids.iter().map(check).collect::<String>())]).await.map(drop)
    }

    /// Waits until a device is found compliant, or not.
    pub async fn becomes_compliant(&self, device: &str, compliant: bool) -> Result<(), Trouble> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.command(&["device", "show", device]).await?;
            if found.get("compliant") == Some(&Value::Bool(compliant)) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Trouble::new(format!("{device} did not become compliant={compliant}: {found}")));
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// An API token with one role, made by a person on a terminal of theirs, and that terminal.
    pub async fn token(&self, person: &mut Person, id: &str, role: &str) -> Result<(Terminal, Program), Trouble> {
        let terminal = self.terminal(None)?;
        terminal.login(person).await?;
        let portal = format!("https://portal.localhost:{}", self.port());
        let make = ["token", "make", id, "--role", role, "--days", "1", "--json", "--server", &portal];
        let output = terminal.run(&make).await?;
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        let made: Value = serde_json::from_slice(&output.stdout).map_err(Trouble::during(said()))?;
        let token = made.get("token").and_then(Value::as_str);
        let token = token.ok_or_else(|| Trouble::new(format!("no token: {}", said())))?;
        Ok((terminal, Program::with_token(self.connector()?, token)))
    }

    /// A terminal on an enrolled machine, or on one that is not.
    pub fn terminal(&self, agent: Option<&AgentProcess>) -> Result<Terminal, Trouble> {
        match agent {
            Some(agent) => Terminal::of_agent(agent.folder.clone()),
            None => Terminal::on(Machine::Bare {
                server: format!("https://terminal.localhost:{}", self.port()),
                authority: self.authority().to_owned(),
            }),
        }
    }
}

impl AgentProcess {
    /// The agent's folder, with the device's key.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Its port on the loopback interface.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What it answers to a page of that origin that hands it the portal's challenge.
    pub async fn sign(&self, origin: &str, challenge: &Value) -> Result<Value, Trouble> {
        let body = challenge.to_string();
        let request = format!(
            "POST /v1/proof HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nOrigin: {origin}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        );
        let asking = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        let answer = timeout(PATIENCE, asking).await.map_err(|_| Trouble::new("the agent says nothing"))?;
        let answer = answer.map_err(Trouble::during("asking the agent"))?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        serde_json::from_str(body).map_err(Trouble::during(format!("the agent's answer: {answer}")))
    }

    /// The number of its process; `None` when it has ended.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.process.id()
    }
}

impl Terminal {
    /// A terminal on the machine whose agent's folder this is.
    pub(super) fn of_agent(folder: PathBuf) -> Result<Self, Trouble> {
        Self::on(Machine::Enrolled(folder))
    }

    fn on(machine: Machine) -> Result<Self, Trouble> {
        Ok(Self { folder: tempfile::tempdir().map_err(Trouble::during("a folder for a session"))?, machine })
    }

    /// Where its session is kept.
    #[must_use]
    pub fn session(&self) -> PathBuf {
        self.folder.path().join("session.json")
    }

    /// A command of the binary with this terminal's session.
    pub fn command(&self, arguments: &[&str]) -> Result<Command, Trouble> {
        let mut command = Command::new(binary()?);
        command.args(arguments).env("SEKISHO_SESSION", self.session()).env("LC_ALL", "C.UTF-8").kill_on_drop(true);
        Ok(command)
    }

    /// Runs such a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Result<Output, Trouble> {
        let what = arguments.join(" ");
        let run = self.command(arguments)?.stdin(Stdio::null()).output();
        timeout(PATIENCE, run)
            .await
            .map_err(|_| Trouble::new(format!("{what} took too long")))?
            .map_err(Trouble::during(what))
    }

    /// Begins `sekisho login`; the code to approve, and the process that waits.
    pub async fn begin_login(&self) -> Result<(String, Child), Trouble> {
        let mut command = self.command(&["login", "--json"])?;
        match &self.machine {
            Machine::Enrolled(folder) => command.arg("--agent").arg(folder),
            Machine::Bare { server, authority } => command.args(["--server", server, "--authority"]).arg(authority),
        };
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Trouble::during("sekisho login"))?;
        let output = process.stdout.take().ok_or_else(|| Trouble::new("sekisho login has no output"))?;
        let mut lines = BufReader::new(output).lines();
        let line = timeout(PATIENCE, lines.next_line()).await;
        let line = line.map_err(|_| Trouble::new("sekisho login says nothing"))?.map_err(Trouble::during("login"))?;
        let Some(line) = line else {
            let output = process.wait_with_output().await.map_err(Trouble::during("sekisho login"))?;
            return Err(Trouble::new(format!("sekisho login: {}", String::from_utf8_lossy(&output.stderr))));
        };
        let said: Value = serde_json::from_str(&line).map_err(Trouble::during(&line))?;
        // What is said afterwards is read to its end, so that nothing blocks on it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let code = said.get("user_code").and_then(Value::as_str);
        Ok((code.ok_or_else(|| Trouble::new(format!("no code in {line}")))?.to_owned(), process))
    }

    /// Goes through `sekisho login` with a person who approves it at the portal.
    pub async fn login(&self, person: &mut Person) -> Result<(), Trouble> {
        let (code, process) = self.begin_login().await?;
        let page = person.portal(&format!("/terminal?code={code}")).await?.expect(200)?;
        let token = page.form_token()?.to_owned();
        person.submit("/terminal/approve", &[("csrf", &token), ("code", &code)]).await?.expect(200)?;
        let output = ended(process).await?;
        if output.status.success() {
            return Ok(());
        }
        Err(Trouble::new(format!("sekisho login: {}", String::from_utf8_lossy(&output.stderr))))
    }
}

/// Waits for the end of a process, and what it said.
pub(super) async fn ended(process: Child) -> Result<Output, Trouble> {
    let output = timeout(PATIENCE, process.wait_with_output()).await;
    output.map_err(|_| Trouble::new("a process did not end in time"))?.map_err(Trouble::during("a process"))
}

async fn succeeded(command: &mut Command) -> Result<(), Trouble> {
    let output = command.stdin(Stdio::null()).output().await.map_err(Trouble::during("a command"))?;
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(Trouble::new(said())) }
}
