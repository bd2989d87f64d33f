//! SESS: what was open when a session ends, ends; and nothing goes on with it. Invariant I6.

use std::time::{Duration, Instant};

use sekisho_attacks::Client;
use sekisho_attacks::h2::{Peer, field, frame};

use crate::ground::{APP, Ground};
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};
use crate::sign_ins;

/// What the catalogue allows from the act to the last byte.
const CUT: Duration = Duration::from_secs(5);
const SOCKET: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

pub(crate) fn scenarios() -> Vec<Scenario> {
    let streams = [
        ("SESS-04a", "/download", ""),
        ("SESS-04b", "/events", ""),
        ("SESS-04c", "/socket", SOCKET),
        ("SESS-04d", "/half-a-frame", SOCKET),
        ("SESS-17a", "/never", ""),
    ];
    let mut all: Vec<Scenario> = streams
        .into_iter()
        .map(|(id, path, lines)| Scenario::new(id, move |ground| Box::pin(is_cut(ground, id, path, lines))))
        .collect();
    all.extend([
        Scenario::new("SESS-04e", |ground| Box::pin(is_reset(ground, "sess-04e", "GET", "/download"))),
        Scenario::new("SESS-04f", |ground| Box::pin(is_reset(ground, "sess-04f", "GET", "/events"))),
        Scenario::new("SESS-17b", |ground| Box::pin(is_reset(ground, "sess-17b", "GET", "/never"))),
        Scenario::new("SESS-06b", |ground| Box::pin(is_reset(ground, "sess-06b", "POST", "/upload"))),
        Scenario::new("SESS-06a", |ground| Box::pin(an_upload_is_cut(ground))),
        Scenario::new("SESS-16a", |ground| Box::pin(every_session_ends(ground))),
        Scenario::new("SESS-16b", |ground| Box::pin(nothing_is_admitted_after(ground))),
    ]);
    all.extend(sign_ins::scenarios());
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_what_is_open_ends_with_its_session() {
    let ground = Ground::start().await;
    let scenarios = scenarios();
    // One after the other: each waits for its own connections at the origin to end.
    let mut failures = run(&ground.bystander, &ground, &scenarios, 1).await;
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("SESS", scenarios.len() + 1, &failures);
}

/// SESS-10: a session that was ended is ended after a power failure too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_session_does_not_come_back() {
    let ground = Ground::start().await;
    ground.platform.command(&["session", "end", "--user", "alice"]).await.unwrap();
    let Ground { platform, setting, .. } = ground;
    let platform = platform.kill_and_restart().await.unwrap();
    assert_eq!(status(&setting.address, &setting, &setting.cookie).await, Ok(401));
    drop(platform);
}

async fn status(
    address: &std::net::SocketAddr,
    setting: &sekisho_attacks::Setting,
    cookie: &str,
) -> Result<u16, String> {
    let client = Client::connect(*address, setting.tls.clone(), APP).await;
    let mut client = client.map_err(|error| error.to_string())?;
    let request = format!("GET /status HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let response = client.response("GET").await.map_err(|error| error.to_string())?;
    response.map(|response| response.status).ok_or_else(|| "no answer".to_owned())
}

pub(crate) async fn asks(ground: &Ground, cookie: &str) -> Result<u16, String> {
    status(&ground.setting.address, &ground.setting, cookie).await
}

pub(crate) async fn end(ground: &Ground, account: &str) -> Outcome {
    let ended = ground.platform.command(&["session", "end", "--user", account]).await;
    ended.map(drop).map_err(|trouble| trouble.to_string())
}

/// The end of a session: the connection ends in time, the origin's too, and the cookie opens nothing.
async fn is_cut(ground: &Ground, id: &str, path: &str, lines: &str) -> Outcome {
    let account = id.to_ascii_lowercase();
    let cookie = ground.somebody(&account).await.cookie(APP);
    ground.recorder.all_closed().await;
    let client = Client::connect(ground.setting.address, ground.setting.tls.clone(), APP).await;
    let mut client = client.map_err(|error| error.to_string())?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n{lines}\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    if path == "/never" {
        reached(ground, path).await?;
    } else {
        client.bytes().await.map_err(|error| error.to_string())?;
    }
    end(ground, &account).await?;
    if path == "/never" {
        // Nothing was answered yet: a denial is.
        let answer = tokio::time::timeout(CUT, client.response("GET")).await.map_err(|_| "no answer after the end")?;
        if !matches!(&answer, Ok(Some(response)) if response.status == 403) {
            return Err(format!("{answer:?} after the session's end"));
        }
    } else {
        ends_within(&mut client, CUT).await?;
    }
    tokio::time::timeout(CUT, ground.recorder.all_closed()).await.map_err(|_| "the origin's connection is open")?;
    match asks(ground, &cookie).await? {
        401 => Ok(()),
        other => Err(format!("{other} with the cookie of an ended session")),
    }
}

/// Reads to the end of the connection, or of a body in chunks: an event stream that is cut says why, and ends.
pub(crate) async fn ends_within(client: &mut Client, limit: Duration) -> Outcome {
    let reading = async {
        let mut tail = Vec::new();
        while let Ok(Some(bytes)) = client.bytes().await {
            tail.extend(bytes);
            tail.drain(..tail.len().saturating_sub(16));
            if tail.ends_with(b"\r\n0\r\n\r\n") {
                return;
            }
        }
    };
    tokio::time::timeout(limit, reading).await.map_err(|_| format!("still open after {limit:?}"))
}

/// Waits until the origin has a request.
async fn reached(ground: &Ground, path: &str) -> Outcome {
    let began = Instant::now();
    let wanted = format!(" {path} HTTP/1.1");
    while !ground.recorder.recorded().bytes.iter().any(|bytes| String::from_utf8_lossy(bytes).contains(&wanted)) {
        if began.elapsed() > Duration::from_secs(20) {
            return Err(format!("{path} does not reach the origin"));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// The same for a stream of HTTP/2: it is reset or refused, and the connection serves on.
async fn is_reset(ground: &Ground, account: &str, method: &str, path: &str) -> Outcome {
    let cookie = ground.somebody(account).await.cookie(APP);
    ground.recorder.all_closed().await;
    let peer = Peer::begin(ground.setting.address, ground.setting.tls_h2.clone(), APP).await;
    let mut peer = peer.map_err(|error| error.to_string())?;
    let block = |path: &str| {
        [
            field(":method", method),
            field(":scheme", "https"),
            field(":authority", APP),
            field(":path", path),
            field("cookie", &cookie),
        ]
        .concat()
    };
    peer.send(&frame(1, if method == "GET" { 5 } else { 4 }, 1, block(path))).await;
    if method == "POST" {
        peer.send(&frame(0, 0, 1, b"the first part of an upload")).await;
    }
    match path {
        "/never" | "/upload" => reached(ground, path).await?,
        _ if peer.until(|seen| seen.bodies.contains_key(&1)).await => {}
        _ => return Err(format!("no answer: {:?}", peer.seen)),
    }
    end(ground, account).await?;
    let over = |seen: &sekisho_attacks::h2::Ending| {
        seen.resets.contains_key(&1)
            || seen.finished.contains(&1)
            || seen.statuses.get(&1).is_some_and(|status| *status >= 400)
    };
    if !peer.until_within(CUT, over).await {
        return Err(format!("the stream goes on: {:?}", peer.seen));
    }
    tokio::time::timeout(CUT, ground.recorder.all_closed()).await.map_err(|_| "the origin's connection is open")?;
    peer.send(&frame(1, 5, 3, block("/again"))).await;
    if peer.until(|seen| seen.statuses.get(&3) == Some(&401)).await { Ok(()) } else { Err(format!("{:?}", peer.seen)) }
}

async fn an_upload_is_cut(ground: &Ground) -> Outcome {
    let cookie = ground.somebody("sess-06a").await.cookie(APP);
    ground.recorder.all_closed().await;
    let client = Client::connect(ground.setting.address, ground.setting.tls.clone(), APP).await;
    let mut client = client.map_err(|error| error.to_string())?;
    let head =
        format!("POST /upload HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nContent-Length: 1000000\r\n\r\nfirst");
    client.send(head.as_bytes()).await.map_err(|error| error.to_string())?;
    reached(ground, "/upload").await?;
    end(ground, "sess-06a").await?;
    let answer = tokio::time::timeout(CUT, client.response("POST")).await.map_err(|_| "no end of the upload")?;
    if let Ok(Some(response)) = &answer
        && response.status < 400
    {
        return Err(format!("{} for an upload after the session's end", response.status));
    }
    let closed = tokio::time::timeout(CUT, ground.recorder.all_closed()).await;
    closed.map_err(|_| "the origin's connection is open".to_owned())
}

/// An account that is disabled: each of its sessions is over, in every browser.
async fn every_session_ends(ground: &Ground) -> Outcome {
    let mut first = ground.somebody("sess-16a").await;
    let one = first.cookie(APP);
    first.take_another_browser();
    first.sign_in().await.map_err(|trouble| trouble.to_string())?;
    first.open(APP, "/").await.map_err(|trouble| trouble.to_string())?;
    let other = first.cookie(APP);
    let both = (asks(ground, &one).await?, asks(ground, &other).await?);
    if both != (200, 200) || one == other {
        return Err(format!("{both:?} with the cookies of two sessions"));
    }
    let disabled = ground.platform.command(&["user", "disable", "sess-16a"]).await;
    disabled.map_err(|trouble| trouble.to_string())?;
    for cookie in [one, other] {
        match asks(ground, &cookie).await? {
            401 | 403 => {}
            status => return Err(format!("{status} for a disabled account")),
        }
    }
    Ok(())
}

/// Requests that race with the end: once it is acknowledged, none is admitted.
async fn nothing_is_admitted_after(ground: &Ground) -> Outcome {
    let cookie = ground.somebody("sess-16b").await.cookie(APP);
    let (setting, racing) = (ground.setting.clone(), cookie.clone());
    let before = tokio::spawn(async move {
        for _ in 0..50 {
            let _ = status(&setting.address, &setting, &racing).await;
        }
    });
    end(ground, "sess-16b").await?;
    for _ in 0..20 {
        match asks(ground, &cookie).await? {
            401 => {}
            status => return Err(format!("{status} after the end was acknowledged")),
        }
    }
    before.await.map_err(|error| error.to_string())
}
