//! DOS: thousands of connections that say nothing, from one address and from a thousand, streams that are made to be reset while
//! their work goes on at the origin, and an accept loop without a descriptor left.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::stream::{StreamExt as _, iter};
use sekisho_attacks::h2::{field, frame};
use sekisho_attacks::{Client, Setting};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::floods::{PREFACE, SOON, begin, pseudo};
use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// What one address may hold.
const OF_ONE_ADDRESS: usize = 256;

pub(crate) fn scenarios() -> Vec<Scenario> {
    // WINDOW_UPDATE by nothing and by too much, DATA behind the end, and half of a PRIORITY.
    let broken: [(&str, u8, &[u8]); 4] = [
        ("DOS-11e", 8, &[0; 4]),
        ("DOS-11f", 8, &[0x7f, 0xff, 0xff, 0xff]),
        ("DOS-11g", 0, b"x"),
        ("DOS-11h", 2, &[0; 4]),
    ];
    let mut all = vec![
        Scenario::new("DOS-01d", |ground| Box::pin(thousands_say_nothing(ground))),
        Scenario::new("DOS-03d", |ground| Box::pin(a_thousand_prefaces(ground))),
        Scenario::new("DOS-20d", |ground| Box::pin(one_address(ground))),
        Scenario::new("DOS-20e", |ground| Box::pin(a_thousand_addresses(ground))),
    ];
    all.extend(
        broken.map(|(id, kind, payload)| {
            Scenario::new(id, move |ground| Box::pin(makes_us_reset(ground, kind, payload)))
        }),
    );
    all
}

/// The one with a platform of its own.
pub(crate) const CASES: [&str; 1] = ["DOS-20f"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a volume: `cargo verify --full` runs it"]
async fn thousands_disturb_nobody() {
    let ground = Ground::quietly().await;
    let scenarios = scenarios();
    let mut failures = run(&ground.bystander, &ground, &scenarios, 1).await;
    // I7: what thousands took is there for the next ones, and not taken anew.
    let mut resident = vec![ground.resident() / 1024];
    for _ in 0..2 {
        failures.extend(thousands_say_nothing(&ground).await.err());
        resident.push(ground.resident() / 1024);
    }
    println!("  the process holds {resident:?} MiB after the same again and again");
    let (last, before) = (resident.pop().unwrap_or_default(), resident.iter().max().copied().unwrap_or_default());
    if last > before + 32 {
        failures.push(format!("I7: the process grows with each round: {resident:?}, then {last} MiB"));
    }
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("DOS (volumes)", scenarios.len(), &failures);
}

/// The address of that number; none of them is the bystander's.
fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x7f10_0000 + 256 * (number / 250) + number % 250 + 1)
}

async fn connect(setting: &Setting, from: Ipv4Addr) -> Result<TcpStream, String> {
    let socket = TcpSocket::new_v4().map_err(|error| error.to_string())?;
    socket.bind((from, 0).into()).map_err(|error| error.to_string())?;
    let connecting = timeout(PATIENCE, socket.connect(setting.address)).await;
    connecting.map_err(|_| "no connection")?.map_err(|error| error.to_string())
}

/// Waits for the end of a connection.
async fn ends(mut stream: TcpStream) -> Result<(), String> {
    let mut block = [0; 256];
    let reading = async { while matches!(stream.read(&mut block).await, Ok(length) if length > 0) {} };
    timeout(SOON, reading).await.map_err(|_| format!("still open after {SOON:?}"))
}

/// DOS-01: 5,000 connections from 25 addresses, not a byte on any. Each is closed.
async fn thousands_say_nothing(ground: &Ground) -> Outcome {
    let began = Instant::now();
    let mut waiting = JoinSet::new();
    for number in 0..5_000 {
        let stream = connect(&ground.setting, address(number % 25)).await?;
        waiting.spawn(ends(stream));
    }
    let opened = began.elapsed();
    while let Some(ended) = waiting.join_next().await {
        ended.map_err(|error| error.to_string())??;
    }
    println!("  DOS-01d: 5,000 silent connections opened in {opened:?}, all closed after {:?}", began.elapsed());
    Ok(())
}

/// DOS-03: 1,000 connections that begin HTTP/2, and ask for nothing.
async fn a_thousand_prefaces(ground: &Ground) -> Outcome {
    // So many shake hands at a time: what they calculate is this program's work too.
    let (began, turns) = (Instant::now(), Semaphore::new(8));
    let quiet = iter(0..1_000).map(|number| {
        let turns = &turns;
        async move {
            let turn = turns.acquire().await.map_err(|error| error.to_string())?;
            let stream = connect(&ground.setting, address(100 + number % 5)).await?;
            let name = rustls::pki_types::ServerName::try_from(APP).map_err(|error| error.to_string())?;
            let tls = tokio_rustls::TlsConnector::from(ground.setting.tls_h2.clone());
            let mut stream = timeout(PATIENCE, tls.connect(name, stream))
                .await
                .map_err(|_| "no handshake")?
                .map_err(|error| error.to_string())?;
            tokio::io::AsyncWriteExt::write_all(&mut stream, PREFACE).await.map_err(|error| error.to_string())?;
            drop(turn);
            let mut block = [0; 256];
            let reading = async { while matches!(stream.read(&mut block).await, Ok(length) if length > 0) {} };
            timeout(SOON, reading).await.map_err(|_| format!("still open after {SOON:?}"))
        }
    });
    let outcomes: Vec<Outcome> = quiet.buffer_unordered(1_000).collect().await;
    println!("  DOS-03d: 1,000 quiet connections over HTTP/2, all over after {:?}", began.elapsed());
    outcomes.into_iter().collect()
}

/// DOS-20: one address asks for 20,000 connections. It holds as many as it may, others are served.
async fn one_address(ground: &Ground) -> Outcome {
    let (from, mut held, mut closed) = (address(300), Vec::new(), 0_usize);
    let mut most = 0;
    for _ in 0..20_000 {
        let stream = connect(&ground.setting, from).await?;
        held.push(stream);
        if held.len() >= 2 * OF_ONE_ADDRESS {
            // What was closed at once says so by now, or within the turn that the server takes.
            closed += only_open(&mut held).await?;
            most = most.max(held.len());
        }
    }
    closed += only_open(&mut held).await?;
    println!("  DOS-20d: of 20,000 connections of one address {closed} were closed, at most {most} held");
    if closed < 10_000 || held.len() > OF_ONE_ADDRESS {
        return Err(format!("{closed} closed, {} of one address are open", held.len()));
    }
    ground.bystander.asks().await
}

/// Drops what was closed, until no more is open than one address may hold; how many those were.
async fn only_open(held: &mut Vec<TcpStream>) -> Result<usize, String> {
    let (before, began) = (held.len(), Instant::now());
    while held.len() > OF_ONE_ADDRESS {
        held.retain(|stream| matches!(stream.try_read(&mut [0; 1]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock));
        if began.elapsed() > PATIENCE {
            return Err(format!("{} of one address are open", held.len()));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(before - held.len())
}

/// DOS-20: 20 connections from each of 1,000 addresses: more than there are places. Who is signed in is served.
async fn a_thousand_addresses(ground: &Ground) -> Outcome {
    let (began, mut waiting, mut most) = (Instant::now(), JoinSet::<Outcome>::new(), 0);
    for number in 0..20_000 {
        match connect(&ground.setting, address(1_000 + number % 1_000)).await {
            Ok(stream) => drop(waiting.spawn(ends(stream))),
            // This program has descriptors for so many: the first ones have to be closed by then.
            Err(error) if error.contains("Too many open files") => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(error) => return Err(error),
        }
        while let Some(ended) = waiting.try_join_next() {
            ended.map_err(|error| error.to_string())??;
        }
        most = most.max(waiting.len());
        if number % 5_000 == 4_999 {
            ground.bystander.asks().await?;
        }
    }
    let opened = began.elapsed();
    ground.bystander.asks().await?;
    while let Some(ended) = waiting.join_next().await {
        ended.map_err(|error| error.to_string())??;
    }
    println!(
        "  DOS-20e: 20,000 connections of 1,000 addresses in {opened:?}, at most {most} open, all over after {:?}",
        began.elapsed()
    );
    Ok(())
}

/// DOS-11: a signed-in client asks an application for what it never answers, and makes us reset each stream by what it sends
/// behind. The connection ends before a hundred of 5,000, and the work at the origin with it.
async fn makes_us_reset(ground: &Ground, kind: u8, payload: &[u8]) -> Outcome {
    const AT_ONCE: u32 = 20;
    ground.recorder.all_closed().await;
    let (before, cookie) = (ground.recorder.connections(), &ground.setting.cookie);
    let mut peer = begin(ground).await?;
    let mut asked = 0;
    while asked < 5_000 && !peer.seen.closed {
        let streams: Vec<u32> = (asked..asked + AT_ONCE).map(|number| 2 * number + 1).collect();
        for stream in &streams {
            let head = [pseudo("GET", "/never"), field("cookie", cookie)].concat();
            peer.send(&frame(1, 5, *stream, head)).await;
        }
        asked += AT_ONCE;
        // Each is under way at the origin before it is broken, unless the connection is over.
        let began = Instant::now();
        let wanted = before + usize::try_from(asked).unwrap_or(usize::MAX);
        while ground.recorder.connections() < wanted && began.elapsed() < Duration::from_secs(5) {
            if peer.until_within(Duration::from_millis(5), |seen| seen.closed).await || peer.seen.closed {
                break;
            }
        }
        for stream in &streams {
            peer.send(&frame(kind, 0, *stream, payload)).await;
        }
        let last = *streams.last().unwrap_or(&0);
        peer.until_within(Duration::from_secs(2), |seen| seen.closed || seen.resets.contains_key(&last)).await;
    }
    let (resets, worked) = (peer.seen.resets.len(), ground.recorder.connections() - before);
    println!(
        "  DOS-11: {asked} of 5,000 asked, {worked} at the origin, {resets} reset, then {:?}",
        peer.seen.going_away
    );
    let is_over = peer.seen.closed || peer.seen.going_away.iter().any(|code| *code != 0);
    if !is_over || resets > 100 || worked == 0 || asked > 200 {
        return Err(format!("{asked} asked, {worked} at the origin, {resets} resets: {:?}", peer.seen.going_away));
    }
    drop(peer);
    let closed = timeout(SOON, ground.recorder.all_closed()).await;
    closed.map_err(|_| "the work at the origin goes on".to_owned())
}

/// DOS-20: the system gives no descriptor any more, fewer than the process was promised: accepting goes on when there are some.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepting_survives_a_lack_of_descriptors() {
    let ground = Ground::quietly().await;
    let process = ground.platform.process().unwrap().to_string();
    let limit = async |soft: &str| {
        let limit = format!("--nofile={soft}:");
        let mut command = tokio::process::Command::new("prlimit");
        assert!(command.args(["--pid", &process, &limit]).status().await.unwrap().success());
    };
    let held = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap().count();
    limit(&(held + 10).to_string()).await;
    let strangers = join_all((0..100).map(|number| connect(&ground.setting, address(number)))).await;
    assert!(strangers.iter().all(Result::is_ok), "the system queues them");
    // Nobody is accepted whose descriptor is lacking; strangers go for who comes, and the silent ones by themselves.
    let mut closed = 0;
    for stream in strangers.into_iter().flatten() {
        closed += usize::from(ends(stream).await.is_ok());
        if closed > 50 {
            break;
        }
    }
    limit("20000").await;
    ground.bystander.asks().await.unwrap();
    let mut client = Client::connect(ground.setting.address, ground.setting.tls.clone(), APP).await.unwrap();
    client.send(format!("GET / HTTP/1.1\r\nHost: {APP}\r\n\r\n").as_bytes()).await.unwrap();
    assert_eq!(client.response("GET").await.unwrap().unwrap().status, 401);
    drop(client);
    println!("  DOS-20f: {closed} strangers went while descriptors were lacking");
    let failures = holds(ground, &Happened::default()).await;
    conclude("DOS (descriptors)", CASES.len(), &failures);
}
