//! DOS: more of what is allowed than fits: handshakes, sockets, labels, descriptors, and work that does not end.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sekisho_attacks::h2::{Peer, field, frame};
use sekisho_attacks::{Client, Setting};
use sekisho_e2e::peer::server_address;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};
use crate::sessions::asks;

const PATIENCE: Duration = Duration::from_secs(60);
/// Streams of one connection, fewer than it may have.
const STREAMS: u32 = 90;
const SOCKET: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
/// What one session may hold of connections to resources, by default.
const OF_ONE_SESSION: usize = 256;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("DOS-09a", |ground| Box::pin(handshakes_without_end(ground))),
        Scenario::new("DOS-25a", |ground| Box::pin(sockets_without_end(ground))),
        Scenario::new("DOS-25b", |ground| Box::pin(a_frame_of_a_gibibyte(ground))),
        Scenario::new("DOS-25c", |ground| Box::pin(pieces_and_pings_without_end(ground))),
        Scenario::new("DOS-32a", |ground| Box::pin(work_leaves_nothing_behind(ground))),
    ]
}

/// Those with a platform of their own.
pub(crate) const CASES: [&str; 2] = ["DOS-20c", "DOS-29a"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_allowed_is_bounded_altogether() {
    let ground = Ground::quietly().await;
    let scenarios = scenarios();
    let before = ground.resident();
    let mut failures = run(&ground.bystander, &ground, &scenarios, 1).await;
    let grown = ground.resident().saturating_sub(before) / 1024;
    if grown > 256 {
        failures.push(format!("I7: the process grew by {grown} MiB"));
    }
    println!("  the process grew by {grown} MiB");
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("DOS (pressure)", scenarios.len(), &failures);
}

async fn client(setting: &Setting) -> Result<Client, String> {
    Client::connect(setting.address, setting.tls.clone(), APP).await.map_err(|error| error.to_string())
}

/// DOS-09: one address begins full handshakes as fast as it can. Most of its connections are closed at once; its neighbours and
/// whoever is signed in are served.
async fn handshakes_without_end(ground: &Ground) -> Outcome {
    let setting = &ground.setting;
    let began = Instant::now();
    let flood = (0..8).map(|_| async {
        let (mut shaken, mut closed) = (0_u32, 0_u32);
        while began.elapsed() < Duration::from_secs(15) {
            match shakes_hands(setting, Ipv4Addr::new(127, 0, 3, 9)).await {
                true => shaken += 1,
                false => closed += 1,
            }
            // By then the thousand that were saved up are used.
            if closed > 100 {
                break;
            }
        }
        (shaken, closed)
    });
    let counts = join_all(flood).await;
    let (shaken, closed) = counts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let rate = f64::from(shaken) / began.elapsed().as_secs_f64();
    println!("  DOS-09a: {shaken} handshakes, {rate:.0} a second, {closed} closed at once");
    // A thousand saved up and a hundred a second are the limit of one address; a slow machine does not reach it.
    if f64::from(shaken) > 1_000.0 + 110.0 * (began.elapsed().as_secs_f64() + 1.0) {
        return Err(format!("{shaken} handshakes in {:?}", began.elapsed()));
    }
    match asks(ground, &setting.cookie).await? {
        200 => Ok(()),
        status => Err(format!("{status} beside the flood")),
    }
}

/// Whether a whole handshake from that address came to its end.
async fn shakes_hands(setting: &Setting, from: Ipv4Addr) -> bool {
    let Ok(socket) = TcpSocket::new_v4() else { return false };
    if socket.bind((from, 0).into()).is_err() {
        return false;
    }
    let Ok(stream) = socket.connect(setting.address).await else { return false };
    let Ok(name) = rustls::pki_types::ServerName::try_from(APP) else { return false };
    let shaking = tokio_rustls::TlsConnector::from(setting.tls.clone()).connect(name, stream);
    matches!(tokio::time::timeout(PATIENCE, shaking).await, Ok(Ok(_)))
}

/// DOS-25: one session opens WebSockets, from two addresses and so past the limit of one, until it is told that it has enough;
/// others are served meanwhile.
async fn sockets_without_end(ground: &Ground) -> Outcome {
    let cookie = ground.somebody("dos-25a").await.cookie(APP);
    let connector = ground.platform.connector().map_err(|trouble| trouble.to_string())?;
    let request = format!("GET /socket HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n{SOCKET}\r\n");
    let mut open = Vec::new();
    let refused = loop {
        let from = Ipv4Addr::new(127, 0, 4, if open.len() % 2 == 0 { 1 } else { 2 });
        let mut stream = connector.from(from).connect(APP).await.map_err(|trouble| trouble.to_string())?;
        stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
        let mut answer = [0; 13];
        let reading = stream.read_exact(&mut answer);
        tokio::time::timeout(PATIENCE, reading).await.map_err(|_| "no answer")?.map_err(|error| error.to_string())?;
        if &answer != b"HTTP/1.1 101 " {
            break answer;
        }
        open.push(stream);
        if open.len() > OF_ONE_SESSION {
            return Err(format!("{} sockets of one session are open", open.len()));
        }
    };
    let refused = String::from_utf8_lossy(&refused);
    println!("  DOS-25a: {} sockets of one session, then {refused}", open.len());
    if refused != "HTTP/1.1 429 " {
        return Err(format!("{} sockets, then {refused}", open.len()));
    }
    ground.bystander.asks().await
}

async fn begin(ground: &Ground) -> Result<Peer, String> {
    let Setting { address, tls_h2, .. } = &ground.setting;
    Peer::begin(*address, tls_h2.clone(), APP).await.map_err(|error| error.to_string())
}

/// An open WebSocket, past its head.
async fn socket(ground: &Ground, cookie: &str) -> Result<Client, String> {
    let mut client = client(&ground.setting).await?;
    let request = format!("GET /socket HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n{SOCKET}\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let answer = client.bytes().await.ok().flatten().unwrap_or_default();
    if answer.starts_with(b"HTTP/1.1 101 ") { Ok(client) } else { Err(String::from_utf8_lossy(&answer).into_owned()) }
}

/// Sends that block again and again; the process must not keep it.
async fn pours(ground: &Ground, mut client: Client, head: &[u8], block: &[u8], times: usize) -> Outcome {
    let before = ground.resident();
    client.send(head).await.map_err(|error| error.to_string())?;
    let mut stream = client.into_stream();
    let mut taken = vec![0; 64 * 1024];
    for _ in 0..times {
        let writing = stream.write_all(block);
        tokio::time::timeout(PATIENCE, writing).await.map_err(|_| "it is taken no more")?.map_err(|e| e.to_string())?;
        // What the origin says meanwhile is taken, so that neither side waits for the other.
        let _ = tokio::time::timeout(Duration::from_millis(1), stream.read(&mut taken)).await;
    }
    let grown = ground.resident().saturating_sub(before) / 1024;
    if grown > 64 { Err(format!("the process grew by {grown} MiB")) } else { Ok(()) }
}

/// How much of that frame is sent: 128 MiB, or all of it with `SEKISHO_ATTACK_MIB=1024`.
fn mebibytes() -> usize {
    std::env::var("SEKISHO_ATTACK_MIB").ok().and_then(|mebibytes| mebibytes.parse().ok()).unwrap_or(128)
}

/// DOS-25: one frame that says it has a gibibyte, and much of it.
async fn a_frame_of_a_gibibyte(ground: &Ground) -> Outcome {
    let cookie = ground.somebody("dos-25b").await.cookie(APP);
    let client = socket(ground, &cookie).await?;
    pours(ground, client, b"\x82\xff\0\0\0\0\x40\0\0\0\0\0\0\0", &[0; 64 * 1024], 16 * mebibytes()).await
}

/// DOS-25: a message in pieces that never ends, with pings between them.
async fn pieces_and_pings_without_end(ground: &Ground) -> Outcome {
    let cookie = ground.somebody("dos-25c").await.cookie(APP);
    let client = socket(ground, &cookie).await?;
    let pair = b"\x00\x81\0\0\0\0x\x89\x80\0\0\0\0";
    pours(ground, client, b"\x01\x80\0\0\0\0", &pair.repeat(1000), 500).await
}

/// What memory may grow by in an hour of work, in KiB.
const SLOPE: f64 = 1024.0;

/// How long the work lasts at least: `SEKISHO_SOAK_MINUTES=1440` is the catalogue's day. From an hour on the slope counts too.
fn soak() -> Duration {
    let minutes = std::env::var("SEKISHO_SOAK_MINUTES").ok().and_then(|minutes| minutes.parse().ok());
    Duration::from_secs(60 * minutes.unwrap_or(0_u64))
}

/// DOS-32: rounds of mixed work. What one round takes the next one has: neither memory nor descriptors go on growing.
async fn work_leaves_nothing_behind(ground: &Ground) -> Outcome {
    let (began, soak, mut resident, mut exactly) = (Instant::now(), soak(), Vec::new(), Vec::new());
    while resident.len() < 6 || began.elapsed() < soak {
        for number in 0..40 {
            let _ = asks(ground, &ground.setting.cookie).await?;
            let _ = asks(ground, "a=b").await?;
            let mut client = client(&ground.setting).await?;
            let cookie = &ground.setting.cookie;
            let path =
                ["/events", "/download", "/socket", "/admin/x", "/never"].get(number % 5).copied().unwrap_or("/");
            let lines = if path == "/socket" { SOCKET } else { "" };
            let request = format!("GET {path} HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n{lines}\r\n");
            client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
            if path != "/never" {
                client.bytes().await.map_err(|error| error.to_string())?;
            }
            // One address may open a hundred connections a second, and these are three.
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        ground.is_well().await?;
        resident.push(ground.resident() / 1024);
        exactly
            .push((began.elapsed().as_secs_f64() / 3600.0, f64::from(u32::try_from(ground.resident()).unwrap_or(0))));
    }
    let slope = slope(exactly.get(exactly.len() / 4..).unwrap_or_default());
    if soak >= Duration::from_secs(3600) && slope > SLOPE {
        return Err(format!("the process grows by {slope:.0} KiB an hour: {resident:?} MiB"));
    }
    println!("  DOS-32a: {resident:?} MiB after each round");
    // The first rounds fill what is kept: remembered decisions, idle connections, the allocator's own.
    match (resident.get(2), resident.last()) {
        (Some(third), Some(last)) if *last <= third + 16 => Ok(()),
        _ => Err(format!("the process grows with each round: {resident:?} MiB")),
    }
}

/// The slope of the line that is nearest to those points.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.iter().fold(0.0, |count, _| count + 1.0);
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let up: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    up / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

/// DOS-29: whatever hosts, paths and methods clients make up, the metrics have as many lines as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn labels_are_bounded() {
    let operation = server_address().unwrap();
    let ground = Ground::with(&["env", "SEKISHO_LOG=info"], &format!("operation_listen = \"{operation}\"\n")).await;
    makes_things_up(&ground, 0..40).await;
    let before = settled_metrics(operation).await;
    makes_things_up(&ground, 40..400).await;
    let after = settled_metrics(operation).await;
    assert!(before.len() > 20 && before != after, "{before:?}");
    let new: Vec<&str> = labels(&after).difference(&labels(&before)).copied().collect();
    assert_eq!(new, Vec::<&str>::new(), "clients made labels");
    let text = after.concat();
    for made_up in ["made-up", "MADEUP", "/made/up", "mallory"] {
        assert!(!text.contains(made_up), "{made_up} is in the metrics");
    }
    let failures = holds(ground, &Happened::default()).await;
    conclude("DOS (labels)", 1, &failures);
}

/// The lines without their values.
fn labels(lines: &[String]) -> BTreeSet<&str> {
    lines.iter().filter_map(|line| line.rsplit_once(' ')).map(|(labels, _)| labels).collect()
}

/// Requests that each differ in host, path, method, cookie and fields.
async fn makes_things_up(ground: &Ground, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let mut client = client(&ground.setting).await.unwrap();
        let cookie = &ground.setting.cookie;
        let request = match number % 5 {
            0 => format!("GET / HTTP/1.1\r\nHost: made-up-{number}.localhost\r\n\r\n"),
            1 => format!("GET /made/up/{number} HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n"),
            2 => format!("MADEUP{number} / HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n"),
            3 => format!(
                "GET /admin/made-up-{number} HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nX-User: mallory\r\n\r\n"
            ),
            _ => format!("GET / HTTP/1.1\r\nHost: {APP}\r\nCookie: made-up={number}\r\n\r\n"),
        };
        client.send(request.as_bytes()).await.unwrap();
        client.response("GET").await.unwrap().unwrap();
    }
}

const CONNECTIONS: &str = "sekisho_connections_total ";

/// The metrics, once they count no more connections: they are as of the last second.
async fn settled_metrics(operation: SocketAddr) -> Vec<String> {
    let (mut last, began) = (metrics(operation).await, Instant::now());
    loop {
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let now = metrics(operation).await;
        let connections = |lines: &[String]| lines.iter().find(|line| line.starts_with(CONNECTIONS)).cloned();
        if (labels(&now) == labels(&last) && connections(&now) == connections(&last)) || began.elapsed() > PATIENCE {
            return now;
        }
        last = now;
    }
}

async fn metrics(operation: SocketAddr) -> Vec<String> {
    let mut stream = TcpStream::connect(operation).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.lines().filter(|line| line.starts_with("sekisho_")).map(str::to_owned).collect()
}

/// DOS-20: one signed-in account asks for as many upstream connections as it can, with fewer descriptors than that: decisions are
/// still recorded, others are served, and when it lets go everything is as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i9_one_account_does_not_take_the_ledgers_descriptors() {
    let ground = Ground::under(&["prlimit", "--nofile=300:300"]).await;
    let work = ground.bystander.work();
    let cookie = ground.somebody("dos-20c").await.cookie(APP);
    let mut peers = Vec::new();
    for _ in 0..6 {
        let mut peer = begin(&ground).await.unwrap();
        for number in 0..STREAMS {
            let fields = [
                field(":method", "GET"),
                field(":scheme", "https"),
                field(":authority", APP),
                field(":path", "/never"),
                field("cookie", &cookie),
            ];
            peer.send(&frame(1, 5, 2 * number + 1, fields.concat())).await;
        }
        peers.push(peer);
    }
    // Some wait for the origin; whatever is too much was refused, with a reason.
    let mut refused = 0;
    for peer in &mut peers {
        peer.until_within(Duration::from_secs(3), |_| false).await;
        assert!(peer.seen.statuses.values().all(|status| matches!(status, 429 | 503)), "{:?}", peer.seen);
        refused += peer.seen.statuses.len();
    }
    assert!(refused > 0, "300 descriptors were enough for 540 upstream connections");
    let worked = work.ends_well().await.unwrap();
    println!("{refused} of 540 refused; {worked}");
    // The ledger records: a denial of somebody else is there, and the record goes on.
    let mut client = Client::connect(ground.setting.address, ground.setting.tls.clone(), APP).await.unwrap();
    let request = format!("GET /admin/x HTTP/1.1\r\nHost: {APP}\r\nCookie: {}\r\n\r\n", ground.setting.cookie);
    client.send(request.as_bytes()).await.unwrap();
    let denial = client.response("GET").await.unwrap().unwrap();
    assert_eq!(denial.status, 403, "{}", denial.text());
    let id = denial.field("x-request-id").unwrap().to_owned();
    ground.platform.command(&["decision", "show", &id]).await.unwrap();
    drop(peers);
    let began = Instant::now();
    while asks(&ground, &cookie).await.unwrap() != 200 {
        assert!(began.elapsed() < PATIENCE, "the account is not served again");
    }
    assert_eq!(holds(ground, &Happened::default()).await, Vec::<String>::new());
}
