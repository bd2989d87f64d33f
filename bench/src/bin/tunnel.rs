//! Throughput of one tunnel, against `socat` as a plain TCP proxy on the same services in the same run.
//!
//! A tunnel passes two processes and TLS (`sekisho connect`, then the gateway), where `socat` passes bytes from one socket to
//! another. Two `socat` with TLS between them do the same work as a tunnel, so they run beside it; the goal is about the one
//! without. Rounds alternate; each figure is the median of the rounds. The argument is how many MiB one round carries.

use std::io::Write;
use std::net::Ipv4Addr;
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use sekisho_e2e::Trouble;
use sekisho_e2e::platform::{Platform, Terminal};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

const ROUNDS: usize = 5;
const CHUNK: usize = 256 * 1024;
const LIMIT: f64 = 0.8;

const POLICY: &str = "@id(\"tunnels\")
permit (principal in Sekisho::Group::\"runners\", action == Sekisho::Action::\"connect\", resource);
";

/// A way to a service: a port of 127.0.0.1, and the process that listens on it.
struct Way {
    port: u16,
    _processes: Vec<Child>,
    /// A certificate is read when a connection comes.
    _folder: Option<TempDir>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let amount = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1024_usize) * 1024 * 1024;
    match measure(amount).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            say(&trouble.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn measure(amount: usize) -> Result<bool, Trouble> {
    let (source, sink) = (source(amount).await?, sink().await?);
    let (platform, terminal) = platform(source, sink).await?;
    let mut good = true;
    for (what, service, port) in [("from the service", "source", source), ("to the service", "sink", sink)] {
        let ways = [tunnel(&terminal, service).await?, socat(port).await?, socat_with_tls(port).await?];
        let mut rates = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (way, rates) in ways.iter().zip(&mut rates) {
                let took =
                    if service == "source" { receive(way.port, amount).await? } else { send(way.port, amount).await? };
                #[expect(clippy::cast_precision_loss, reason = "a rate is an approximation")]
                rates.push(amount as f64 / took.as_secs_f64() / 1e6);
            }
        }
        let [ours, plain, with_tls] = rates.map(median);
        let ratio = ours / plain;
        let verdict = if ratio >= LIMIT { "" } else { "  MISSED" };
        say(&format!(
            "one stream {what}: tunnel {ours:.0} MB/s, socat {plain:.0} MB/s, two with TLS {with_tls:.0} MB/s"
        ));
        say(&format!("  {ratio:.2} × socat (goal {LIMIT} ×){verdict}, {:.2} × two with TLS", ours / with_tls));
        good &= ratio >= LIMIT;
    }
    drop(platform);
    Ok(good)
}

/// A platform with both services, and a terminal that may use them.
async fn platform(source: u16, sink: u16) -> Result<(Platform, Terminal), Trouble> {
    let platform = Platform::start(1).await?;
    let service = |id: &str, port: u16| {
        format!(
            "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\nkind = \"tcp\"\naddresses = [\"127.0.0.1:{port}\"]\n"
        )
    };
    let people = "[[group]]\nid = \"runners\"\nname = \"Runners\"\n\
                  [[user]]\nid = \"runner\"\nname = \"Runner\"\ngroups = [\"runners\"]\n"
        .to_owned();
    let documents = [people, service("source", source), service("sink", sink)].concat();
    platform.apply(&[("organisation.toml", &documents), ("tunnels.cedar", POLICY)]).await?;
    let mut person = platform.signed_in("runner").await?;
    let terminal = platform.terminal(None)?;
    terminal.login(&mut person).await?;
    Ok((platform, terminal))
}

async fn tunnel(terminal: &Terminal, service: &str) -> Result<Way, Trouble> {
    let mut command = terminal.command(&["connect", service, "--listen", "127.0.0.1:0", "--json"])?;
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut process = command.spawn().map_err(Trouble::during("sekisho connect"))?;
    let output = process.stdout.take().ok_or_else(|| Trouble::new("sekisho connect has no output"))?;
    let line = BufReader::new(output).lines().next_line().await.map_err(Trouble::during("sekisho connect"))?;
    let said: serde_json::Value =
        serde_json::from_str(&line.unwrap_or_default()).map_err(Trouble::during("sekisho connect"))?;
    let place = said.get("listening").and_then(serde_json::Value::as_str).unwrap_or_default();
    let port = place.rsplit(':').next().and_then(|port| port.parse().ok());
    let port = port.ok_or_else(|| Trouble::new(format!("no port in {place}")))?;
    Ok(Way { port, _processes: vec![process], _folder: None })
}

async fn socat(to: u16) -> Result<Way, Trouble> {
    let port = free_port().await?;
    let process = run_socat(port, &format!("TCP-LISTEN:{port}"), &format!("TCP:127.0.0.1:{to}")).await?;
    Ok(Way { port, _processes: vec![process], _folder: None })
}

async fn socat_with_tls(to: u16) -> Result<Way, Trouble> {
    let made =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).map_err(Trouble::during("a certificate"))?;
    let folder = tempfile::tempdir().map_err(Trouble::during("a folder"))?;
    let file = folder.path().join("both.pem");
    let both = [made.cert.pem(), made.signing_key.serialize_pem()].concat();
    std::fs::write(&file, both).map_err(Trouble::during("a certificate"))?;
    let (port, between) = (free_port().await?, free_port().await?);
    let listen = format!("OPENSSL-LISTEN:{between},cert={},verify=0", file.display());
    let inner = run_socat(between, &listen, &format!("TCP:127.0.0.1:{to}")).await?;
    let dial = format!("OPENSSL:127.0.0.1:{between},verify=0");
    let outer = run_socat(port, &format!("TCP-LISTEN:{port}"), &dial).await?;
    Ok(Way { port, _processes: vec![inner, outer], _folder: Some(folder) })
}

async fn free_port() -> Result<u16, Trouble> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.and_then(|listener| listener.local_addr());
    Ok(port.map_err(Trouble::during("a free port"))?.port())
}

async fn run_socat(port: u16, listen: &str, dial: &str) -> Result<Child, Trouble> {
    let mut command = Command::new("socat");
    command.args(["-b", "65536", &format!("{listen},fork,reuseaddr,bind=127.0.0.1"), dial]);
    command.stderr(Stdio::null());
    let process = command.kill_on_drop(true).spawn().map_err(Trouble::during("socat: install socat"))?;
    let accepts = async {
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), accepts).await.map_err(|_| Trouble::new("socat does not listen"))?;
    Ok(process)
}

/// A service that sends that number of bytes to each client that connects.
async fn source(amount: usize) -> Result<u16, Trouble> {
    serve(move |mut stream: TcpStream| async move {
        let chunk = vec![7_u8; CHUNK];
        let mut left = amount;
        while left > 0 {
            let Some(part) = chunk.get(..left.min(CHUNK)) else { return };
            // A client that only looked whether it listens has gone.
            if stream.write_all(part).await.is_err() {
                return;
            }
            left -= part.len();
        }
        let _ = stream.shutdown().await;
    })
    .await
}

/// A service that takes what it gets and answers one byte at the end.
async fn sink() -> Result<u16, Trouble> {
    serve(|mut stream: TcpStream| async move {
        let mut buffer = vec![0; CHUNK];
        while matches!(stream.read(&mut buffer).await, Ok(read) if read > 0) {}
        let _ = stream.write_all(b".").await;
    })
    .await
}

async fn serve<F: Future<Output = ()> + Send + 'static>(
    service: impl Fn(TcpStream) -> F + Send + 'static,
) -> Result<u16, Trouble> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Trouble::during("a service"))?;
    let port = listener.local_addr().map_err(Trouble::during("a service"))?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(service(stream));
        }
    });
    Ok(port)
}

async fn receive(port: u16, amount: usize) -> Result<Duration, Trouble> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map_err(Trouble::during("a connection"))?;
    let (began, mut seen, mut buffer) = (Instant::now(), 0, vec![0; CHUNK]);
    while seen < amount {
        match stream.read(&mut buffer).await.map_err(Trouble::during("receiving"))? {
            0 => return Err(Trouble::new(format!("it ended after {seen} bytes"))),
            read => seen += read,
        }
    }
    Ok(began.elapsed())
}

async fn send(port: u16, amount: usize) -> Result<Duration, Trouble> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map_err(Trouble::during("a connection"))?;
    let (began, mut left, chunk) = (Instant::now(), amount, vec![7_u8; CHUNK]);
    while left > 0 {
        let part = chunk.get(..left.min(CHUNK)).unwrap_or_default();
        stream.write_all(part).await.map_err(Trouble::during("sending"))?;
        left -= part.len();
    }
    stream.shutdown().await.map_err(Trouble::during("sending"))?;
    stream.read_exact(&mut [0]).await.map_err(Trouble::during("the answer"))?;
    Ok(began.elapsed())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}

fn say(text: &str) {
    // Nothing can be told to anybody when the terminal is gone.
    let _ = writeln!(std::io::stdout(), "{text}");
}
