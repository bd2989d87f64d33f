//! DOS-30: slowhttptest in its four modes against the built binary. The signed-in bystander must not see a single error, and no
//! answer that takes long.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use sekisho_attacks::{Client, Setting};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};

/// What fills every buffer on the way costs this program, with the relay and the origin in it, more than the platform: the answers
/// wait for both.
const BESIDE_SLOW_CLIENTS: Duration = Duration::from_secs(10);

/// Slow heads, slow bodies, ranges without end, slow reading.
const MODES: [(&str, &[&str]); 4] = [
    ("-H", &["-i", "2", "-x", "24"]),
    ("-B", &["-i", "2", "-x", "10", "-s", "8192"]),
    ("-R", &["-a", "10", "-b", "3000"]),
    ("-X", &["-w", "10", "-y", "20", "-n", "2", "-z", "10", "-k", "3"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs slowhttptest, and minutes: `cargo verify --full` runs it"]
async fn slowhttptest_disturbs_no_bystander() {
    let ground = Ground::quietly().await;
    let relay = relay(&ground).await;
    let mut failures = Vec::new();
    for (mode, arguments) in MODES {
        let work = ground.bystander.work();
        let url = format!("http://{relay}/{}", if mode == "-X" { "download" } else { "slow" });
        let mut command = Command::new("slowhttptest");
        // Whoever reads slowly first fills every buffer on the way; fewer of them do.
        let connections = if mode == "-X" { "150" } else { "500" };
        command.args([mode, "-c", connections, "-r", "100", "-l", "10", "-p", "3", "-u", &url]).args(arguments);
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
        let output = output.expect("slowhttptest, which `cargo verify` installs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let ended = said.lines().rev().find(|line| line.contains("Exit status")).unwrap_or_default().to_owned();
        println!("{ended}");
        if ended.is_empty() || ended.contains("refused") || ended.contains("annot") {
            failures.push(format!("slowhttptest {mode} did not run: {said}"));
        }
        match work.ends_well_within(BESIDE_SLOW_CLIENTS).await {
            Ok(worked) => println!("slowhttptest {mode}: {worked}"),
            Err(error) => failures.push(format!("slowhttptest {mode}: {error}")),
        }
    }
    failures.extend(holds(ground, &Happened::default()).await);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// The program names no host in its TLS handshake, which the gateway does not serve. So it speaks to a relay, which shakes
/// hands for it, puts the application's host and a session into its head, and carries everything else on as it comes.
async fn relay(ground: &Ground) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let setting = ground.setting.clone();
    tokio::spawn(async move {
        while let Ok((from, _)) = listener.accept().await {
            tokio::spawn(carry(from, address, setting.clone()));
        }
    });
    address
}

async fn carry(mut from: TcpStream, relay: SocketAddr, setting: Setting) {
    let Ok(client) = Client::connect(setting.address, setting.tls.clone(), APP).await else { return };
    let (mut to, mut head) = (client.into_stream(), Vec::new());
    let host = format!("Host: {relay}");
    while !String::from_utf8_lossy(&head).contains(&host) {
        if !matches!(from.read_buf(&mut head).await, Ok(length) if length > 0) {
            return;
        }
    }
    let head = String::from_utf8_lossy(&head).replace(&host, &format!("Host: {APP}\r\nCookie: {}", setting.cookie));
    if to.write_all(head.as_bytes()).await.is_ok() && to.flush().await.is_ok() {
        // How it ends is between the two.
        drop(tokio::io::copy_bidirectional(&mut from, &mut to).await);
    }
}
