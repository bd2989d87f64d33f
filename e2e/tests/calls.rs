//! gRPC with the client and the server that people use: calls, streams in both directions, deadlines, and the cut.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::Stdio;
use std::time::{Duration, Instant};

use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// How long a step may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program of Python's, with Debian's `python3-grpcio`.
struct Program {
    _process: Child,
    _input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(script: &str, arguments: &[&str]) -> Self {
        let script = format!("{}/tests/grpc/{script}", env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { _input: process.stdin.take().unwrap(), lines, _process: process }
    }

    async fn line(&mut self) -> String {
        timeout(PATIENCE, self.lines.next_line()).await.unwrap().unwrap().unwrap()
    }

    async fn step(&mut self, name: &str, code: &str) -> Value {
        let step: Value = serde_json::from_str(&self.line().await).unwrap();
        assert_eq!((step.get("step"), step.get("code")), (Some(&name.into()), Some(&code.into())), "{step}");
        step
    }
}

#[tokio::test]
async fn calls_pass_in_both_directions_and_are_cut_with_a_status() {
    let mut server = Program::start("server.py", &[]);
    let port: u16 = server.line().await.parse().unwrap();
    let platform = Platform::start(1).await.unwrap();
    let mut person = platform.example(port).await.unwrap();
    let upstream = format!(
        "[[resource]]\nid = \"open\"\nname = {{ en = \"open\", ja = \"open\" }}\nhost = \"{OPEN}\"\nsensitivity = 1\n\
         [resource.upstream]\naddresses = [\"127.0.0.1:{port}\"]\nprotocol = \"http2\"\n"
    );
    platform.apply(&[("calls.toml", &upstream)]).await.unwrap();
    // The hand-over from the portal; what a server of calls answers to a page is not looked at.
    person.open(OPEN, "/").await.unwrap();
    let authority = platform.authority().display().to_string();
    let arguments = [&platform.port().to_string(), OPEN, &authority, &person.cookie(OPEN)];
    let mut client = Program::start("client.py", &arguments);

    client.step("stranger", "UNAUTHENTICATED").await;
    let who = client.step("who", "OK").await;
    let metadata = who["answer"].as_str().unwrap();
    assert!(metadata.contains("x-mine: yes") && metadata.contains("sekisho-assertion: "), "{metadata}");
    assert!(!metadata.contains("mallory") && !metadata.contains("__Host-"), "{metadata}");
    let left: f64 = client.step("deadline", "OK").await["answer"].as_str().unwrap().parse().unwrap();
    assert!(left > 0.0 && left < 16.0, "{left}");
    let failed = client.step("fail", "ALREADY_EXISTS").await;
    assert_eq!((&failed["details"], &failed["first"]), (&"is there already".into(), &"one".into()));
    let trailing = failed["trailing"].to_string();
    assert!(trailing.contains("x-detail") && !trailing.contains("set-cookie"), "{trailing}");

    client.step("talk", "OPEN").await;
    let cut = Instant::now();
    platform.command(&["user", "disable", ACCOUNT]).await.unwrap();
    let end = client.step("end", "PERMISSION_DENIED").await;
    assert!(!end["details"].as_str().unwrap().is_empty());
    println!("a conversation was cut {:?} after the command began", cut.elapsed());
}
