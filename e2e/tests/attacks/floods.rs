//! DOS: silent, slow, half-open and flooding clients. Each must end by itself in bounded time, at the default limits.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use sekisho_attacks::h2::{Peer, field, frame};
use sekisho_attacks::{Client, Setting};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};

/// The limits are 10 seconds; a busy machine gets as much again.
pub(crate) const SOON: Duration = Duration::from_secs(25);
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

pub(crate) fn scenarios() -> Vec<Scenario> {
    let quiet: [(&'static str, &'static [u8]); 3] =
        [("DOS-01b", b""), ("DOS-05b", b"GET / HT"), ("DOS-05c", b"GET / HTTP/1.1\r\nHost: a\r\n")];
    let mut all: Vec<Scenario> = quiet
        .into_iter()
        .map(|(id, bytes)| Scenario::new(id, move |ground| Box::pin(falls_silent(ground, false, bytes.to_vec()))))
        .collect();
    let cut = frame(1, 0, 1, [0x82]);
    let quiet_h2 = [
        ("DOS-03a", Vec::new()),
        ("DOS-03b", start(PREFACE, 10)),
        ("DOS-03c", PREFACE.to_vec()),
        ("DOS-04a", [PREFACE, &cut].concat()),
        ("DOS-04b", [PREFACE, &start(&cut, 5)].concat()),
        ("DOS-04c", [PREFACE, &start(&frame(6, 0, 0, [0; 8]), 12)].concat()),
        ("DOS-04d", [PREFACE, &frame(9, 0, 1, [])].concat()),
    ];
    all.extend(
        quiet_h2
            .map(|(id, bytes)| Scenario::new(id, move |ground| Box::pin(falls_silent(ground, true, bytes.clone())))),
    );
    all.extend([
        Scenario::new("DOS-01a", |ground| Box::pin(connects_and_is_silent(ground))),
        Scenario::new("DOS-05a", |ground| Box::pin(drips_a_head(ground))),
        Scenario::new("DOS-06a", |ground| Box::pin(drips_a_body(ground))),
        Scenario::new("DOS-06b", |ground| Box::pin(drips_a_body_in_chunks(ground))),
        Scenario::new("DOS-06c", |ground| Box::pin(drips_a_body_in_frames(ground))),
        Scenario::new("DOS-08a", |ground| Box::pin(drips_a_hello(ground))),
        Scenario::new("DOS-08b", |ground| Box::pin(talks_no_tls(ground))),
        Scenario::new("DOS-15a", |ground| Box::pin(flood(ground, many_streams()))),
        Scenario::new("DOS-17a", |ground| Box::pin(keeps_windows_shut(ground))),
        Scenario::new("DOS-26a", |ground| Box::pin(an_origin_stalls(ground))),
        Scenario::new("DOS-28a", |ground| Box::pin(strangers_leave_no_state(ground))),
        Scenario::new("DOS-22a", |ground| Box::pin(long_fields_cost_little(ground))),
    ]);
    all.extend(
        frame_floods().map(|(id, bytes)| Scenario::new(id, move |ground| Box::pin(flood(ground, bytes.clone())))),
    );
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_end_and_disturb_nobody() {
    let ground = Ground::quietly().await;
    let scenarios = scenarios();
    let before = ground.resident();
    let mut failures = run(&ground.bystander, &ground, &scenarios, 8).await;
    let grown = ground.resident().saturating_sub(before) / 1024;
    if grown > 256 {
        failures.push(format!("I7: the process grew by {grown} MiB"));
    }
    println!("  the process grew by {grown} MiB");
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("DOS", scenarios.len(), &failures);
}

fn start(bytes: &[u8], length: usize) -> Vec<u8> {
    bytes.iter().take(length).copied().collect()
}

/// An address of its own for each kind of attacker, so that the limit of one address does not help.
async fn tcp(ground: &Ground, last: u8) -> Result<TcpStream, String> {
    let socket = TcpSocket::new_v4().map_err(|error| error.to_string())?;
    socket.bind((Ipv4Addr::new(127, 0, 1, last), 0).into()).map_err(|error| error.to_string())?;
    socket.connect(ground.setting.address).await.map_err(|error| error.to_string())
}

async fn client(setting: &Setting) -> Result<Client, String> {
    Client::connect(setting.address, setting.tls.clone(), APP).await.map_err(|error| error.to_string())
}

async fn ends(mut stream: TcpStream) -> Outcome {
    let mut block = [0; 4096];
    let reading = async { while matches!(stream.read(&mut block).await, Ok(length) if length > 0) {} };
    tokio::time::timeout(SOON, reading).await.map_err(|_| format!("still open after {SOON:?}"))
}

/// Reads a connection to its end; what came.
async fn rest(client: &mut Client) -> Result<Vec<u8>, String> {
    let (began, mut seen) = (Instant::now(), Vec::new());
    while began.elapsed() < SOON {
        match client.bytes().await {
            Ok(Some(bytes)) => seen.extend(bytes),
            Ok(None) => return Ok(seen),
            Err(_) => {}
        }
    }
    Err(format!("still open after {SOON:?}"))
}

async fn connects_and_is_silent(ground: &Ground) -> Outcome {
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(tcp(ground, 1).await?);
    }
    for stream in open {
        ends(stream).await?;
    }
    Ok(())
}

async fn falls_silent(ground: &Ground, http2: bool, bytes: Vec<u8>) -> Outcome {
    let tls = if http2 { &ground.setting.tls_h2 } else { &ground.setting.tls };
    let client = Client::connect(ground.setting.address, tls.clone(), APP).await;
    let mut client = client.map_err(|error| error.to_string())?;
    client.send(&bytes).await.map_err(|error| error.to_string())?;
    rest(&mut client).await.map(drop)
}

/// Sends a start, then a byte each half second, until the connection ends.
async fn drips(client: &mut Client, start: String, byte: &[u8]) -> Result<Vec<u8>, String> {
    client.send(start.as_bytes()).await.map_err(|error| error.to_string())?;
    let began = Instant::now();
    let mut sleeping = tokio::time::interval(Duration::from_millis(500));
    while began.elapsed() < SOON {
        sleeping.tick().await;
        if client.send(byte).await.is_err() {
            break;
        }
    }
    rest(client).await
}

async fn drips_a_head(ground: &Ground) -> Outcome {
    let mut client = client(&ground.setting).await?;
    drips(&mut client, format!("GET / HTTP/1.1\r\nHost: {APP}\r\nX: "), b"a").await.map(drop)
}

async fn drips_a_body(ground: &Ground) -> Outcome {
    let mut client = client(&ground.setting).await?;
    let cookie = &ground.setting.cookie;
    let head = format!("POST /drip HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nContent-Length: 100000\r\n\r\n");
    drips(&mut client, head, b"a").await.map(drop)
}

async fn drips_a_body_in_chunks(ground: &Ground) -> Outcome {
    let mut client = client(&ground.setting).await?;
    let cookie = &ground.setting.cookie;
    let head = format!("POST /drip HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nTransfer-Encoding: chunked\r\n\r\n");
    drips(&mut client, head, b"1\r\na\r\n").await.map(drop)
}

async fn drips_a_body_in_frames(ground: &Ground) -> Outcome {
    let mut peer = begin(ground).await?;
    peer.send(&frame(1, 4, 1, [pseudo("POST", "/drip"), field("cookie", &ground.setting.cookie)].concat())).await;
    let began = Instant::now();
    while began.elapsed() < SOON {
        peer.send(&frame(0, 0, 1, b"a")).await;
        let over = peer.until_within(Duration::from_millis(500), |seen| {
            seen.closed || !seen.resets.is_empty() || seen.statuses.values().any(|status| *status >= 400)
        });
        if over.await || peer.seen.closed {
            return Ok(());
        }
    }
    Err(format!("still open after {SOON:?}"))
}

async fn drips_a_hello(ground: &Ground) -> Outcome {
    let mut stream = tcp(ground, 2).await?;
    let began = Instant::now();
    let mut sleeping = tokio::time::interval(Duration::from_millis(500));
    // A record that promises 512 bytes of a ClientHello.
    for byte in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".iter().chain(std::iter::repeat(&0)) {
        sleeping.tick().await;
        if stream.write_all(&[*byte]).await.is_err() || began.elapsed() > SOON {
            break;
        }
    }
    ends(stream).await
}

async fn talks_no_tls(ground: &Ground) -> Outcome {
    let mut stream = tcp(ground, 3).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n").await.map_err(|error| error.to_string())?;
    ends(stream).await
}

pub(crate) fn pseudo(method: &str, path: &str) -> Vec<u8> {
    [field(":method", method), field(":scheme", "https"), field(":authority", APP), field(":path", path)].concat()
}

pub(crate) async fn begin(ground: &Ground) -> Result<Peer, String> {
    let Setting { address, tls_h2, .. } = &ground.setting;
    Peer::begin(*address, tls_h2.clone(), APP).await.map_err(|error| error.to_string())
}

/// Frames without end, each for nothing: what costs the server more than the sender must end the connection.
fn frame_floods() -> [(&'static str, Vec<u8>); 11] {
    let streams =
        |frames: &dyn Fn(u32) -> Vec<u8>| (0..5_000).flat_map(|number| frames(2 * number + 1)).collect::<Vec<u8>>();
    let open = |stream| frame(1, 4, stream, pseudo("POST", "/admin/x"));
    let cancel = |stream| frame(3, 0, stream, [0, 0, 0, 8]);
    [
        ("DOS-11a", streams(&|stream| [open(stream), cancel(stream)].concat())),
        ("DOS-11b", streams(&|stream| [open(stream), frame(8, 0, stream, [0; 4])].concat())),
        (
            "DOS-11c",
            streams(&|stream| [frame(1, 5, stream, pseudo("GET", "/admin/x")), frame(0, 1, stream, b"x")].concat()),
        ),
        ("DOS-11d", streams(&|stream| [open(stream), frame(2, 0, stream, [0; 4])].concat())),
        ("DOS-12a", [frame(1, 0, 1, pseudo("GET", "/")), frame(9, 0, 1, []).repeat(50_000)].concat()),
        (
            "DOS-12b",
            [frame(1, 0, 1, pseudo("GET", "/")), frame(9, 0, 1, field("x", vec![b'a'; 16_000])).repeat(2_000)].concat(),
        ),
        ("DOS-13a", frame(6, 0, 0, [0; 8]).repeat(100_000)),
        ("DOS-13b", frame(4, 0, 0, []).repeat(100_000)),
        ("DOS-14a", [open(1), frame(0, 0, 1, []).repeat(100_000)].concat()),
        ("DOS-14b", frame(2, 0, 1, [0, 0, 0, 0, 1]).repeat(100_000)),
        ("DOS-14c", frame(0xbe, 0, 0, []).repeat(100_000)),
    ]
}

fn many_streams() -> Vec<u8> {
    let head = |number: u32| frame(1, 4, 2 * number + 1, pseudo("POST", "/admin/x"));
    (0..5_000).flat_map(head).collect()
}

/// Everything is sent at once; the connection ends, or says that it does not go on like this.
async fn flood(ground: &Ground, bytes: Vec<u8>) -> Outcome {
    let mut peer = begin(ground).await?;
    for part in bytes.chunks(64 * 1024) {
        peer.send(part).await;
    }
    peer.until_within(SOON, |seen| seen.closed || !seen.going_away.is_empty()).await;
    if peer.seen.closed || peer.seen.going_away.iter().any(|code| *code != 0) {
        Ok(())
    } else {
        Err(format!("the flood goes on: {:?}", peer.seen))
    }
}

/// 50 downloads whose windows stay shut hold bounded memory; they end when the client goes.
async fn keeps_windows_shut(ground: &Ground) -> Outcome {
    let before = ground.resident();
    let mut peers = Vec::new();
    for _ in 0..5 {
        let mut peer = begin(ground).await?;
        peer.send(&frame(4, 0, 0, [0, 4, 0, 0, 0, 0])).await;
        for number in 0..10 {
            let block = [pseudo("GET", "/download"), field("cookie", &ground.setting.cookie)].concat();
            peer.send(&frame(1, 5, 2 * number + 1, block)).await;
        }
        if !peer.until_within(SOON, |seen| seen.statuses.len() == 10).await {
            return Err(format!("no answers: {:?}", peer.seen));
        }
        peers.push(peer);
    }
    let grown = ground.resident().saturating_sub(before) / 1024;
    if grown > 128 { Err(format!("50 shut windows hold {grown} MiB")) } else { Ok(()) }
}

/// Requests that the origin never answers hold up no others.
async fn an_origin_stalls(ground: &Ground) -> Outcome {
    let cookie = &ground.setting.cookie;
    let mut stalled = Vec::new();
    for _ in 0..20 {
        let mut client = client(&ground.setting).await?;
        let request = format!("GET /never HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n");
        client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
        stalled.push(client);
    }
    for _ in 0..20 {
        let mut client = client(&ground.setting).await?;
        let request = format!("GET /beside HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n");
        client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
        let status = client.response("GET").await.ok().flatten().map(|response| response.status);
        if status != Some(200) {
            return Err(format!("{status:?} beside stalled requests"));
        }
    }
    Ok(())
}

/// Visits of strangers make no session and fill no disk.
async fn strangers_leave_no_state(ground: &Ground) -> Outcome {
    let size = |folder: &std::path::Path| -> u64 {
        let files = crate::record::files(folder);
        files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
    };
    let sessions = async || ground.platform.command(&["session", "list"]).await.map_err(|trouble| trouble.to_string());
    let (before, ledger) = (sessions().await?, ground.platform.data().join("ledger"));
    let (bytes, mut client) = (size(&ledger), client(&ground.setting).await?);
    for number in 0..2_000 {
        let request = format!("GET /{} HTTP/1.1\r\nHost: {APP}\r\n\r\n", format!("{number}/").repeat(500));
        client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
        let status = client.response("GET").await.ok().flatten().map(|response| response.status);
        if status != Some(401) {
            return Err(format!("{status:?} for a stranger"));
        }
    }
    let grown = size(&ledger).saturating_sub(bytes);
    let count = |value: &serde_json::Value| value.as_array().map_or(0, Vec::len);
    if count(&sessions().await?) > count(&before) + 1 {
        return Err("visits made sessions".to_owned());
    }
    if grown > 2_000 * 500 { Err(format!("2,000 visits of a stranger wrote {grown} bytes")) } else { Ok(()) }
}

/// The longest heads that are read, full of what parsers choke on.
async fn long_fields_cost_little(ground: &Ground) -> Outcome {
    let heads = [
        format!("Cookie: {}\r\n", "a=b; ".repeat(3_000)),
        format!("Cookie: {}\r\n", ";".repeat(16_000)),
        format!("Accept-Language: {}\r\n", "a,".repeat(15_000)),
        format!("Accept: {}\r\n", "text/htm;q=".repeat(2_500)),
        format!("X: {}\r\n", "(".repeat(30_000)),
        format!("If-Modified-Since: {}\r\n", "0".repeat(30_000)),
        format!("Range: bytes={}\r\n", "0-,".repeat(9_000)),
    ];
    let began = Instant::now();
    for head in &heads {
        let mut client = client(&ground.setting).await?;
        for _ in 0..10 {
            let request = format!("GET /{} HTTP/1.1\r\nHost: {APP}\r\n{head}\r\n", "a/../".repeat(300));
            client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
            if client.response("GET").await.ok().flatten().is_none() {
                break;
            }
        }
    }
    let took = began.elapsed();
    if took > Duration::from_secs(20) { Err(format!("70 long heads took {took:?}")) } else { Ok(()) }
}
