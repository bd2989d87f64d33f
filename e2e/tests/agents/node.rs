//! The server and the client of npm's `@modelcontextprotocol/sdk`, each a process.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use sekisho_e2e::peer::server_port;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);

/// A server of tools. It ends with the value.
pub(crate) struct Server {
    pub(crate) port: u16,
    lines: UnboundedReceiver<String>,
    _process: Child,
}

/// An agent with one connection to a server of tools. It ends with the value.
pub(crate) struct Client {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let port = server_port().unwrap();
        let mut process = node(include_str!("server.mjs")).env("PORT", port.to_string()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        assert_eq!(output.next_line().await.unwrap().as_deref(), Some("ready"));
        let (tell, lines) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = output.next_line().await {
                let _ = tell.send(line);
            }
        });
        Self { port, lines, _process: process }
    }

    /// What it heard of since it was last asked. The server writes its line before it answers.
    pub(crate) fn heard(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.lines.try_recv().ok()).collect()
    }

    /// The next line that it writes.
    pub(crate) async fn next(&mut self) -> String {
        timeout(PATIENCE, self.lines.recv()).await.expect("the server hears of it").unwrap()
    }
}

impl Client {
    /// An agent that shows this token.
    pub(crate) fn new(url: &str, authority: &std::path::Path, token: &str) -> Self {
        let mut process = node(include_str!("client.mjs"));
        process.env("URL", url).env("NODE_EXTRA_CA_CERTS", authority).env("TOKEN", token).stdin(Stdio::piped());
        let mut process = process.spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { input, output, _process: process }
    }

    /// Tells it to do something, without waiting for the result.
    pub(crate) async fn tell(&mut self, what: &Value) {
        self.input.write_all(format!("{what}\n").as_bytes()).await.unwrap();
    }

    /// What the client says of what it was told: `done` or `failed`. Streams that ended by themselves are passed over.
    pub(crate) async fn ask(&mut self, what: &Value) -> Value {
        self.tell(what).await;
        loop {
            let said = self.said().await;
            if said.get("ended").is_none() {
                return said;
            }
        }
    }

    /// The end of the stream of a call, and what it carried.
    pub(crate) async fn ended(&mut self, name: &str) -> String {
        loop {
            let said = self.said().await;
            if said["ended"] == name {
                return said["text"].as_str().unwrap().to_owned();
            }
        }
    }

    async fn said(&mut self) -> Value {
        let line = timeout(PATIENCE, self.output.next_line()).await.expect("the client says something").unwrap();
        serde_json::from_str(&line.expect("the client lives")).unwrap()
    }
}

fn node(program: &str) -> Command {
    let packages: PathBuf = sekisho_e2e::installed().join("applications/node-mcp/node_modules");
    assert!(packages.join("@modelcontextprotocol/sdk").is_dir(), "{packages:?} lacks the SDK: run `cargo verify`");
    let mut command = Command::new("node");
    command.args(["--input-type=module", "--eval", program]).env("PACKAGES", packages);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    command
}
