//! From a fact to the cut: 8,000 open streams of one person (WebSockets, server-sent events, HTTP/2 streams and TCP tunnels, as
//! many of each and each kind in a session of its own), and the person's account is disabled.
//!
//! The time runs from just before the command that disables it to the moment at which a stream's end is read; the readers share
//! the machine's processors with the platform. What is open is served by another process, since one may not have enough
//! descriptors for both ends, and the HTTP/2 streams go to an HTTP/2 service, since the platform may not either.

use std::net::Ipv4Addr;
use std::process::Stdio;
use std::time::Instant;

use futures_util::StreamExt;
use sekisho_e2e::Trouble;
use sekisho_e2e::client::{Connector, Person, Socket};
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use sekisho_e2e::platform::{Platform, Terminal};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::task::JoinSet;

use crate::origin::{self, Ports};
use crate::process::{Spent, spent};
use crate::report::{line, quantile};

/// Of each kind: a session may have no more than a quarter of what may be open altogether.
const EACH: usize = 2_000;
/// The gateway takes a limited number of connections from one address, so people come from several: two each at a time.
const PER_ADDRESS: usize = 100;
/// Streams of one HTTP/2 connection.
const STREAMS: usize = 100;
/// The most that the slowest hundredth may take, in milliseconds.
const MOST: f64 = 250.0;

/// The host of the HTTP/2 service.
const CALLS: &str = "calls.localhost";

const POLICY: &str = "@id(\"everything\")
permit (principal in Sekisho::Group::\"runners\", action, resource) unless { resource == Sekisho::Resource::\"closed\" };
";

/// Waits for the ends of everything that is open, and tells when each came.
type Ends = JoinSet<Instant>;

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let (ports, services) = origin::start().await?;
    let platform = Platform::start(2).await?;
    platform.configure("upstreams_per_session = 20000\n")?;
    platform.command(&["reload"]).await?;
    let mut person = platform.example(ports.web).await?;
    further_resources(&platform, ports).await?;
    let connector = platform.connector()?;
    let cookie = session(&mut person, OPEN).await?;
    let events_cookie = session(&mut person, OPEN).await?;
    let calls_cookie = session(&mut person, CALLS).await?;
    let mut ends = Ends::new();
    for number in 0..EACH {
        let from = connector.from(address(number));
        socket(from.socket(OPEN, "/socket", &cookie).await?, &mut ends).await?;
        events(&from, &events_cookie, &mut ends).await?;
    }
    for connection in 0..EACH / STREAMS {
        calls(&connector.from(address(connection * PER_ADDRESS)), &calls_cookie, &mut ends).await?;
    }
    let (_terminal, connect) = tunnels(&platform, &mut person, &mut ends).await?;
    let open = ends.len();
    line(&format!("{open} streams are open: {EACH} each of WebSockets, events, HTTP/2 streams and tunnels"));
    let processes = [
        ("the platform", platform.process()),
        ("the readers", Some(std::process::id())),
        ("sekisho connect", connect.id()),
        ("the services", services.id()),
    ];
    let before = processes.map(|(_, process)| process.and_then(|process| spent(Some(process)).ok()).map(Spent::all));
    let began = Instant::now();
    platform.command(&["user", "disable", ACCOUNT]).await?;
    let acknowledged = began.elapsed().as_secs_f64() * 1000.0;
    let mut took = Vec::new();
    while let Some(ended) = ends.join_next().await {
        let ended = ended.map_err(Trouble::during("a stream"))?;
        took.push(ended.duration_since(began).as_secs_f64() * 1000.0);
    }
    for ((name, process), before) in processes.iter().zip(before) {
        let after = process.and_then(|process| spent(Some(process)).ok()).map(Spent::all);
        if let (Some(before), Some(after)) = (before, after) {
            line(&format!("processor time of {name}: {:.0} ms", (after - before) / 1000.0));
        }
    }
    let at = |share| quantile(&took, share);
    let verdict = if at(0.99) <= MOST { "" } else { "  MISSED" };
    line(&format!("the command was acknowledged after {acknowledged:.0} ms"));
    line(&format!(
        "fact to cut: p50 {:.0} ms, p99 {:.0} ms (goal at most {MOST} ms), last {:.0} ms; {} of {open} ended{verdict}",
        at(0.5),
        at(0.99),
        at(1.0),
        took.len()
    ));
    Ok(())
}

/// A session of its own, and its cookie for a host.
async fn session(person: &mut Person, host: &str) -> Result<String, Trouble> {
    person.take_another_browser();
    person.sign_in().await?;
    person.open(host, "/").await?.expect(200)?;
    Ok(person.cookie(host))
}

fn address(number: usize) -> Ipv4Addr {
    let last = u8::try_from(number / PER_ADDRESS).unwrap_or(u8::MAX).saturating_add(2);
    Ipv4Addr::new(127, 0, 0, last)
}

async fn socket(mut socket: Socket, ends: &mut Ends) -> Result<(), Trouble> {
    match socket.next().await {
        Some(Ok(_)) => {}
        Some(Err(error)) => return Err(Trouble::new(format!("a WebSocket: {error}"))),
        None => return Err(Trouble::new("a WebSocket ended at once")),
    }
    ends.spawn(async move {
        // The close frame is the end, and says why; the connection's own end is waited for.
        let mut ended = None;
        while let Some(Ok(message)) = socket.next().await {
            if message.is_close() {
                ended = Some(Instant::now());
            }
        }
        ended.unwrap_or_else(Instant::now)
    });
    Ok(())
}

/// Opens server-sent events, which end with one that says why.
async fn events(from: &Connector, cookie: &str, ends: &mut Ends) -> Result<(), Trouble> {
    let mut stream = from.connect(OPEN).await?;
    let port = from.port();
    let head = format!("GET /events HTTP/1.1\r\nHost: {OPEN}:{port}\r\nCookie: {cookie}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.map_err(Trouble::during("events"))?;
    let mut buffer = vec![0; 4096];
    let mut seen = String::new();
    while !seen.contains("data: 0") {
        match stream.read(&mut buffer).await.map_err(Trouble::during("events"))? {
            0 => return Err(Trouble::new(format!("the events ended at once: {seen}"))),
            read => seen.push_str(&String::from_utf8_lossy(buffer.get(..read).unwrap_or_default())),
        }
    }
    ends.spawn(async move {
        loop {
            match stream.read(&mut buffer).await {
                Ok(read) if read > 0 => {
                    let text = String::from_utf8_lossy(buffer.get(..read).unwrap_or_default());
                    if text.contains("sekisho-end") {
                        return Instant::now();
                    }
                }
                _ => return Instant::now(),
            }
        }
    });
    Ok(())
}

/// Opens as many streams as one HTTP/2 connection may have.
async fn calls(from: &Connector, cookie: &str, ends: &mut Ends) -> Result<(), Trouble> {
    let stream = from.over_http2().connect(CALLS).await?;
    let (send, connection) = h2::client::handshake(stream).await.map_err(Trouble::during("HTTP/2"))?;
    tokio::spawn(async move { drop(connection.await) });
    let mut send = send.ready().await.map_err(Trouble::during("HTTP/2"))?;
    for _ in 0..STREAMS {
        let request = http::Request::get(format!("https://{CALLS}:{}/call", from.port())).header("cookie", cookie);
        let request = request.body(()).map_err(Trouble::during("a request"))?;
        let (response, _) = send.send_request(request, true).map_err(Trouble::during("a stream"))?;
        let response = response.await.map_err(Trouble::during("a stream"))?;
        if response.status() != http::StatusCode::OK {
            return Err(Trouble::new(format!("a stream: {}", response.status())));
        }
        let mut body = response.into_body();
        ends.spawn(async move {
            while let Some(Ok(data)) = body.data().await {
                let _ = body.flow_control().release_capacity(data.len());
            }
            Instant::now()
        });
        send = send.ready().await.map_err(Trouble::during("HTTP/2"))?;
    }
    Ok(())
}

/// The HTTP/2 service, and the TCP service.
async fn further_resources(platform: &Platform, ports: Ports) -> Result<(), Trouble> {
    let Ports { calls, echo, .. } = ports;
    let resources = format!(
        "[[resource]]\nid = \"calls\"\nname = {{ en = \"calls\" }}\nhost = \"{CALLS}\"\n\
         upstream = {{ addresses = [\"127.0.0.1:{calls}\"], protocol = \"http2\" }}\n\
         [[resource]]\nid = \"echo\"\nname = {{ en = \"echo\" }}\nkind = \"tcp\"\naddresses = [\"127.0.0.1:{echo}\"]\n"
    );
    platform.apply(&[("further.toml", &resources), ("further.cedar", POLICY)]).await?;
    Ok(())
}

/// Opens TCP connections through one `sekisho connect`.
async fn tunnels(platform: &Platform, person: &mut Person, ends: &mut Ends) -> Result<(Terminal, Child), Trouble> {
    let terminal = platform.terminal(None)?;
    terminal.login(person).await?;
    let mut command = terminal.command(&["connect", "echo", "--listen", "127.0.0.1:0", "--json"])?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().map_err(Trouble::during("sekisho connect"))?;
    let output = process.stdout.take().ok_or_else(|| Trouble::new("sekisho connect has no output"))?;
    let said = BufReader::new(output).lines().next_line().await.map_err(Trouble::during("sekisho connect"))?;
    let said: serde_json::Value =
        serde_json::from_str(&said.unwrap_or_default()).map_err(Trouble::during("sekisho connect"))?;
    let place = said.get("listening").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    for _ in 0..EACH {
        let mut stream = TcpStream::connect(&place).await.map_err(Trouble::during(&place))?;
        stream.write_all(b"!").await.map_err(Trouble::during("a tunnel"))?;
        stream.read_exact(&mut [0]).await.map_err(Trouble::during("a tunnel"))?;
        ends.spawn(async move {
            while matches!(stream.read(&mut [0; 16]).await, Ok(read) if read > 0) {}
            Instant::now()
        });
    }
    Ok((terminal, process))
}
