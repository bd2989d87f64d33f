//! Opens streams of every kind through a platform, in thousands, and waits for their ends.

use std::process::Stdio;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use h2::ext::Protocol;
use http::{Method, Request, StatusCode};
use sekisho_e2e::Trouble;
use sekisho_e2e::client::{Connector, Person};
use sekisho_e2e::platform::example::OPEN;
use sekisho_e2e::platform::{Platform, Terminal};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::task::JoinSet;

/// Settings for thousands of connections from one machine: of 20,000 open files, 9,744 are for clients at the most, and 10,444
/// are left for resources.
pub(crate) const ROOM: &str = "connections = 9300
connections_per_address = 20000
new_connections_per_address = 0
upstreams_per_session = 20000
";
/// The most streams of one HTTP/2 connection.
pub(crate) const STREAMS: usize = 100;
/// The host of the HTTP/2 service.
pub(crate) const CALLS: &str = "calls.localhost";

/// Waits for the ends of everything that is open.
pub(crate) type Ends = JoinSet<Ended>;

/// A stream that was told of its end. What its reader does after that is no part of the time to the cut.
pub(crate) struct Ended {
    /// When it was told.
    pub(crate) at: Instant,
    /// Reads on until nothing more can come, and closes.
    pub(crate) rest: BoxFuture<'static, ()>,
}

fn ended(rest: impl Future<Output = ()> + Send + 'static) -> Ended {
    Ended { at: Instant::now(), rest: Box::pin(rest) }
}

/// Signs the person in once more, in a browser of its own; the cookie for a host.
pub(crate) async fn session(person: &mut Person, host: &str) -> Result<String, Trouble> {
    person.take_another_browser();
    person.sign_in().await?;
    person.open(host, "/").await?.expect(200)?;
    Ok(person.cookie(host))
}

/// Opens a WebSocket over a connection of its own.
pub(crate) async fn socket(from: &Connector, cookie: &str, ends: &mut Ends) -> Result<(), Trouble> {
    let mut socket = from.socket(OPEN, "/socket", cookie).await?;
    match socket.next().await {
        Some(Ok(_)) => {}
        Some(Err(error)) => return Err(Trouble::new(format!("a WebSocket: {error}"))),
        None => return Err(Trouble::new("a WebSocket ended at once")),
    }
    ends.spawn(async move {
        // The close frame is the end, and says why.
        while socket.next().await.and_then(Result::ok).is_some_and(|message| !message.is_close()) {}
        ended(async move { while let Some(Ok(_)) = socket.next().await {} })
    });
    Ok(())
}

/// Opens server-sent events, which end with one that says why.
pub(crate) async fn events(from: &Connector, cookie: &str, ends: &mut Ends) -> Result<(), Trouble> {
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
        let mut seen = String::new();
        while let Ok(read) = stream.read(&mut buffer).await {
            seen.push_str(&String::from_utf8_lossy(buffer.get(..read).unwrap_or_default()));
            if read == 0 || seen.contains("sekisho-end") {
                break;
            }
        }
        ended(async move {
            // The connection may serve more requests; the answer ends with an empty chunk.
            while !seen.ends_with("\r\n0\r\n\r\n") {
                match stream.read(&mut buffer).await {
                    Ok(read) if read > 0 => {
                        seen.push_str(&String::from_utf8_lossy(buffer.get(..read).unwrap_or_default()))
                    }
                    _ => break,
                }
            }
        })
    });
    Ok(())
}

/// Opens the given number of calls over one HTTP/2 connection.
pub(crate) async fn calls(from: &Connector, cookie: &str, many: usize, ends: &mut Ends) -> Result<(), Trouble> {
    let ask = || Request::get(format!("https://{CALLS}:{}/call", from.port())).header("cookie", cookie).body(());
    over_http2(from, (CALLS, many), ask, ends).await
}

/// Opens as many WebSockets as one HTTP/2 connection may have (RFC 8441).
pub(crate) async fn sockets(from: &Connector, cookie: &str, ends: &mut Ends) -> Result<(), Trouble> {
    let origin = format!("https://{OPEN}:{}", from.port());
    let ask = || {
        Request::builder()
            .method(Method::CONNECT)
            .uri(format!("{origin}/socket"))
            .extension(Protocol::from_static("websocket"))
            .header("origin", &origin)
            .header("sec-websocket-version", "13")
            .header("cookie", cookie)
            .body(())
    };
    over_http2(from, (OPEN, STREAMS), ask, ends).await
}

async fn over_http2(
    from: &Connector,
    (host, many): (&str, usize),
    ask: impl Fn() -> http::Result<Request<()>>,
    ends: &mut Ends,
) -> Result<(), Trouble> {
    let stream = from.over_http2().connect(host).await?;
    let (mut send, mut connection) = h2::client::handshake(stream).await.map_err(Trouble::during("HTTP/2"))?;
    let pong = connection.ping_pong();
    tokio::spawn(async move { drop(connection.await) });
    if let Some(mut ping) = pong {
        // The settings have come before the answer to this.
        ping.ping(h2::Ping::opaque()).await.map_err(Trouble::during("HTTP/2"))?;
    }
    for _ in 0..many {
        send = send.ready().await.map_err(Trouble::during("HTTP/2"))?;
        let request = ask().map_err(Trouble::during("a request"))?;
        let is_whole = request.method() != Method::CONNECT;
        let (response, sending) = send.send_request(request, is_whole).map_err(Trouble::during("a stream"))?;
        let response = response.await.map_err(Trouble::during("a stream"))?;
        if response.status() != StatusCode::OK {
            return Err(Trouble::new(format!("a stream: {}", response.status())));
        }
        let mut body = response.into_body();
        let begun = body.data().await.ok_or_else(|| Trouble::new("a stream ended at once"))?;
        body.flow_control().release_capacity(begun.map_err(Trouble::during("a stream"))?.len()).ok();
        ends.spawn(async move {
            while let Some(Ok(data)) = body.data().await {
                let _ = body.flow_control().release_capacity(data.len());
            }
            ended(async move { drop(sending) })
        });
    }
    Ok(())
}

/// Opens the given number of TCP connections to the resource `echo` through one `sekisho connect`.
pub(crate) async fn tunnels(
    platform: &Platform,
    person: &mut Person,
    many: usize,
    ends: &mut Ends,
) -> Result<(Terminal, Child), Trouble> {
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
    for _ in 0..many {
        let mut stream = TcpStream::connect(&place).await.map_err(Trouble::during(&place))?;
        stream.write_all(b"!").await.map_err(Trouble::during("a tunnel"))?;
        stream.read_exact(&mut [0]).await.map_err(Trouble::during("a tunnel"))?;
        ends.spawn(async move {
            while matches!(stream.read(&mut [0; 16]).await, Ok(read) if read > 0) {}
            ended(async move { drop(stream) })
        });
    }
    Ok((terminal, process))
}
