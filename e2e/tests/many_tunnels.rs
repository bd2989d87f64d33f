//! `sekisho connect --listen` with more connections at once than one HTTP/2 connection carries.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::net::Ipv4Addr;
use std::process::Stdio;
use std::time::Duration;

use sekisho_e2e::platform::{Platform, Terminal};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStderr};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const POLICY: &str = "@id(\"tunnels\")
permit (principal in Sekisho::Group::\"runners\", action == Sekisho::Action::\"connect\", resource);
";

/// A platform with a service that sends back what it gets, and a terminal that may use it.
async fn scene() -> (Platform, Terminal) {
    let echo = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = echo.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = echo.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    let platform = Platform::start(1).await.unwrap();
    let documents = format!(
        "[[group]]\nid = \"runners\"\nname = \"Runners\"\n\
         [[user]]\nid = \"runner\"\nname = \"Runner\"\ngroups = [\"runners\"]\n\
         [[resource]]\nid = \"echo\"\nname = {{ en = \"echo\" }}\nkind = \"tcp\"\naddresses = [\"127.0.0.1:{port}\"]\n"
    );
    platform.apply(&[("organisation.toml", &documents), ("tunnels.cedar", POLICY)]).await.unwrap();
    let mut person = platform.signed_in("runner").await.unwrap();
    let terminal = platform.terminal(None).unwrap();
    terminal.login(&mut person).await.unwrap();
    (platform, terminal)
}

struct Forward {
    place: String,
    told: Lines<BufReader<ChildStderr>>,
    process: Child,
}

impl Forward {
    async fn start(terminal: &Terminal) -> Self {
        let mut command = terminal.command(&["connect", "echo", "--listen", "127.0.0.1:0", "--json"]).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.expect("in time").unwrap().unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let told = BufReader::new(process.stderr.take().unwrap()).lines();
        Self { place: said["listening"].as_str().unwrap().to_owned(), told, process }
    }

    /// A connection on which a byte went there and back.
    async fn open(&self) -> Option<TcpStream> {
        opened(self.place.clone()).await
    }

    /// So many at once. All are asked for before the first is used.
    async fn open_at_once(&self, count: usize) -> Vec<Option<TcpStream>> {
        let mut opening = JoinSet::new();
        for _ in 0..count {
            opening.spawn(opened(self.place.clone()));
        }
        timeout(PATIENCE, opening.join_all()).await.expect("in time")
    }

    async fn tells(&mut self, words: &str) -> String {
        loop {
            let line = timeout(PATIENCE, self.told.next_line()).await.unwrap_or_else(|_| panic!("no `{words}`"));
            let line = line.unwrap().unwrap_or_else(|| panic!("it ended without `{words}`"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// How many connections this process has to the gateway.
    fn connections(&self, gateway: u16) -> usize {
        let process = self.process.id().unwrap();
        let own: Vec<String> = std::fs::read_dir(format!("/proc/{process}/fd"))
            .unwrap()
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok()?.to_str().map(str::to_owned))
            .collect();
        let tables =
            ["tcp", "tcp6"].map(|table| std::fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap());
        let lines = tables.iter().flat_map(|table| table.lines().skip(1));
        lines
            .filter(|line| {
                let fields: Vec<&str> = line.split_whitespace().collect();
                let established = fields[3] == "01";
                established
                    && fields[2].ends_with(&format!(":{gateway:04X}"))
                    && own.contains(&format!("socket:[{}]", fields[9]))
            })
            .count()
    }
}

async fn opened(place: String) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(place).await.ok()?;
    stream.write_all(b"!").await.ok()?;
    let mut answer = [0];
    stream.read_exact(&mut answer).await.ok()?;
    assert_eq!(&answer, b"!");
    Some(stream)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_tunnels_as_are_asked_for_take_as_many_connections_as_they_need() {
    let (platform, terminal) = scene().await;
    let mut forward = Forward::start(&terminal).await;
    let mut open: Vec<TcpStream> = forward.open_at_once(250).await.into_iter().flatten().collect();
    assert_eq!(open.len(), 250);
    assert_eq!(forward.connections(platform.port()), 3);
    // All are open at the same time, and each still carries.
    for stream in &mut open {
        stream.write_all(b"?").await.unwrap();
    }
    for stream in &mut open {
        let mut answer = [0];
        timeout(PATIENCE, stream.read_exact(&mut answer)).await.expect("in time").unwrap();
        assert_eq!(&answer, b"?");
    }

    // One session has 256 tunnels: the next are refused, are told why, and disturb nobody.
    let more = forward.open_at_once(10).await;
    assert_eq!(more.iter().flatten().count(), 6);
    forward.tells("too many").await;

    // What is closed makes room, on the connections that are there.
    open.truncate(240);
    drop(more);
    let again = timeout(PATIENCE, async {
        loop {
            if let Some(stream) = forward.open().await {
                return stream;
            }
        }
    });
    again.await.expect("room comes back");
    assert_eq!(forward.connections(platform.port()), 3);
    // Nobody's are cut by what happened to others; with the session all are.
    platform.command(&["session", "end", "--user", "runner"]).await.unwrap();
    for stream in &mut open {
        let ended = timeout(PATIENCE, stream.read(&mut [0])).await.expect("in time");
        assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    }
    forward.tells("the tunnel was cut (session-ended)").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_takes_no_further_connection_is_named_and_the_open_tunnels_go_on() {
    let (platform, terminal) = scene().await;
    let mut forward = Forward::start(&terminal).await;
    let mut open: Vec<TcpStream> = forward.open_at_once(100).await.into_iter().flatten().collect();
    assert_eq!(open.len(), 100);
    // Somebody else at this address takes all connections that it may have.
    let silent = silent_connections(platform.port()).await;
    assert!(forward.open().await.is_none(), "the 101st needs a second connection");
    let told = forward.tells("takes no further connection").await;
    assert!(told.contains("100 tunnels are open on 1"), "{told}");
    for stream in &mut open {
        stream.write_all(b"?").await.unwrap();
        timeout(PATIENCE, stream.read_exact(&mut [0])).await.expect("in time").unwrap();
    }
    drop(silent);
    let opens = timeout(PATIENCE, async { while forward.open().await.is_none() {} });
    opens.await.expect("there is room again");
}

/// More connections than one address may have. Those that the gateway takes say nothing until it has had enough of them.
async fn silent_connections(gateway: u16) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..300 {
        held.push(TcpStream::connect((Ipv4Addr::LOCALHOST, gateway)).await.unwrap());
    }
    held
}
