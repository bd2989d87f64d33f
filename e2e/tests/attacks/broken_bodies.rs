//! SMUG-42: a body that breaks, whoever's fault it is, takes the connection to the application with it. What is left in there
//! is never in front of another person's request.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_attacks::Request;
use sekisho_attacks::h2::{Peer, field, frame};

use crate::ground::{APP, Ground};
use crate::moments::{connect, get};
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};

/// How long the gateway may take to let go of a connection.
const SOON: Duration = Duration::from_secs(20);
const NEXT: &str = "/next-person";

/// The ground, and the cookie of somebody else who may use the same application.
pub(crate) struct Two {
    ground: Ground,
    bob: String,
}

/// How a request's body breaks off: the lines of its head, what is sent first, and what then; nothing where the client leaves.
const BODIES: [(&str, &str, &str, Option<&str>); 11] = [
    ("SMUG-42b", "Transfer-Encoding: chunked", "5\r\nhello\r\n", Some("zz\r\n")),
    ("SMUG-42c", "Transfer-Encoding: chunked", "5\r\nhello\r\n", Some("5\r\nhello0\r\n\r\n")),
    ("SMUG-42d", "Transfer-Encoding: chunked", "5\r\nhello\r\n", Some("0\r\nX Y: z\r\n\r\n")),
    ("SMUG-42e", "Transfer-Encoding: chunked", "5\r\nhello\r\n", Some("ffffffffffffffff\r\n")),
    ("SMUG-42f", "Transfer-Encoding: chunked", "5\r\nhello\r\n", Some("0\n\n")),
    ("SMUG-42g", "Transfer-Encoding: chunked", "5\r\nhello\r\n", None),
    ("SMUG-42h", "Transfer-Encoding: chunked", "5\r\nhello\r\n40\r\nGET /admin/x HTTP/1.1\r\n", None),
    ("SMUG-42i", "Content-Length: 50", "hello", None),
    ("SMUG-42j", "Content-Length: 90", "GET /admin/x HTTP/1.1\r\nHost: a\r\n\r\n", None),
    ("SMUG-42k", "Expect: 100-continue\r\nContent-Length: 50", "hello", None),
    ("SMUG-42l", "Transfer-Encoding: chunked\r\nTrailer: x", "5\r\nhello\r\n0\r\nX: y\r\n", None),
];

/// Answers that break, by their path.
const ANSWERS: [(&str, &str); 6] = [
    ("SMUG-42m", "/bad-chunk"),
    ("SMUG-42n", "/chunk-that-spills"),
    ("SMUG-42o", "/half-an-answer"),
    ("SMUG-42p", "/two-lengths"),
    ("SMUG-42q", "/two-framings"),
    ("SMUG-42r", "/no-answer"),
];

pub(crate) fn scenarios() -> Vec<Scenario<Two>> {
    let bodies = BODIES.into_iter().map(|(id, lines, first, then)| {
        Scenario::new(id, move |two| Box::pin(a_broken_body_is_nobody_else_s(two, id, lines, first, then)))
    });
    let answers = ANSWERS
        .into_iter()
        .map(|(id, path)| Scenario::new(id, move |two| Box::pin(a_broken_answer_is_nobody_else_s(two, path))));
    let mut all: Vec<Scenario<Two>> = bodies.chain(answers).collect();
    all.extend([
        Scenario::new("SMUG-42a", |two: &Two| Box::pin(a_whole_body_leaves_its_connection_to_the_next(two))),
        Scenario::new("SMUG-42s", |two: &Two| Box::pin(a_stream_that_is_reset_is_nobody_else_s(two))),
        Scenario::new("SMUG-42t", |two: &Two| Box::pin(what_is_too_long_stays_here(two))),
    ]);
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_a_broken_body_takes_its_connection_with_it() {
    let ground = Ground::start().await;
    let bob = ground.somebody("bob").await.cookie(APP);
    let two = Two { ground, bob };
    let scenarios = scenarios();
    // One after the other: each looks at the connections of the application.
    let mut failures = run(&two.ground.bystander, &two, &scenarios, 1).await;
    failures.extend(holds(two.ground, &Happened::default()).await);
    conclude("SMUG (broken bodies)", scenarios.len(), &failures);
}

async fn a_whole_body_leaves_its_connection_to_the_next(two: &Two) -> Outcome {
    let ground = &two.ground;
    ground.recorder.forget();
    let mut client = connect(ground).await?;
    for id in ["one", "two"] {
        let request = format!("{}5\r\nhello\r\n0\r\n\r\n", head(ground, id, "Transfer-Encoding: chunked"));
        client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
        client.response("POST").await.map_err(|error| error.to_string())?.ok_or("no answer")?;
    }
    let status = get(&mut connect(ground).await?, NEXT, &two.bob).await?;
    let recorded = ground.recorder.recorded();
    let right = status == 200 && recorded.bytes.len() == 1 && recorded.strict.len() == 3 && !recorded.left_over;
    if right { Ok(()) } else { Err(format!("{status} over {} connections", recorded.bytes.len())) }
}

async fn a_broken_body_is_nobody_else_s(two: &Two, id: &str, lines: &str, first: &str, then: Option<&str>) -> Outcome {
    let ground = &two.ground;
    ground.recorder.forget();
    let mut client = connect(ground).await?;
    let request = format!("{}{first}", head(ground, id, lines));
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    // It breaks when part of it is at the application, not before.
    let mark = format!("x-case: {id}");
    reached(ground, &mark).await?;
    if let Some(then) = then {
        client.send(then.as_bytes()).await.map_err(|error| error.to_string())?;
        let answer = client.response("POST").await.map_err(|error| error.to_string())?.map(|answer| answer.status);
        if answer != Some(400) {
            return Err(format!("{answer:?} for a body that breaks"));
        }
    }
    drop(client);
    is_let_go(two, &mark).await
}

async fn a_stream_that_is_reset_is_nobody_else_s(two: &Two) -> Outcome {
    let ground = &two.ground;
    ground.recorder.forget();
    let (address, tls) = (ground.setting.address, ground.setting.tls_h2.clone());
    let mut peer = Peer::begin(address, tls, APP).await.map_err(|error| error.to_string())?;
    let block = [
        field(":method", "POST"),
        field(":scheme", "https"),
        field(":authority", APP),
        field(":path", "/reset"),
        field("cookie", &ground.setting.cookie),
        field("content-length", "50"),
        field("x-case", "SMUG-42s"),
    ];
    peer.send(&[frame(1, 4, 1, block.concat()), frame(0, 0, 1, b"hello")].concat()).await;
    reached(ground, "x-case: SMUG-42s").await?;
    peer.send(&frame(3, 0, 1, [0, 0, 0, 8])).await;
    is_let_go(two, "x-case: SMUG-42s").await
}

async fn a_broken_answer_is_nobody_else_s(two: &Two, path: &str) -> Outcome {
    let ground = &two.ground;
    ground.recorder.forget();
    let mut client = connect(ground).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {APP}\r\nCookie: {}\r\n\r\n", ground.setting.cookie);
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let mark = format!("GET {path} ");
    reached(ground, &mark).await?;
    // Whatever comes of it; whoever asked leaves in the middle of half an answer.
    if path != "/half-an-answer" {
        let _ = client.response("GET").await;
    }
    drop(client);
    is_let_go(two, &mark).await
}

/// A body is over when its length says so, whatever follows: that is refused here.
async fn what_is_too_long_stays_here(two: &Two) -> Outcome {
    let ground = &two.ground;
    ground.recorder.forget();
    let mut client = connect(ground).await?;
    let request = format!("{}hello and more\r\n\r\n", head(ground, "SMUG-42t", "Content-Length: 5"));
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let first = client.response("POST").await.map_err(|error| error.to_string())?.map(|answer| answer.status);
    let second = client.response("GET").await.map_err(|error| error.to_string())?.map(|answer| answer.status);
    let recorded = ground.recorder.recorded();
    let bodies: Vec<&[u8]> = recorded.strict.iter().map(|request| request.body.as_slice()).collect();
    let right = (first, second) == (Some(200), Some(400)) && bodies == [b"hello"] && !recorded.left_over;
    if right { Ok(()) } else { Err(format!("{first:?}, then {second:?}, and {:?}", recorded.strict)) }
}

fn head(ground: &Ground, id: &str, lines: &str) -> String {
    let cookie = &ground.setting.cookie;
    format!("POST / HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nX-Case: {id}\r\n{lines}\r\n\r\n")
}

async fn reached(ground: &Ground, mark: &str) -> Outcome {
    let seen = || ground.recorder.recorded().bytes.iter().any(|bytes| String::from_utf8_lossy(bytes).contains(mark));
    let reaching = async {
        while !seen() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, reaching).await.map_err(|_| format!("{mark} is not at the application"))
}

/// The connection that carried the mark is closed, and another person's requests go over others.
async fn is_let_go(two: &Two, mark: &str) -> Outcome {
    let (ground, recorder) = (&two.ground, &two.ground.recorder);
    // At once, and not only when it is closed: nobody gets it meanwhile.
    let at_once = get(&mut connect(ground).await?, NEXT, &two.bob).await?;
    let closed = tokio::time::timeout(SOON, recorder.closed_with(mark)).await;
    closed.map_err(|_| format!("the connection with {mark} stays open"))?;
    let mut client = connect(ground).await?;
    let later = [get(&mut client, NEXT, &two.bob).await?, get(&mut client, NEXT, &two.bob).await?];
    let recorded = recorder.recorded();
    let shared = recorded.bytes.iter().map(|bytes| String::from_utf8_lossy(bytes)).any(|bytes| {
        let behind = bytes.split_once(mark).map(|(_, behind)| behind.contains(NEXT));
        behind.unwrap_or_default()
    });
    let next: Vec<&Request> = recorded.strict.iter().filter(|request| request.line == format!("GET {NEXT}")).collect();
    let are_bob_s = next.iter().all(|request| asked_by(request).contains("\"sub\":\"bob\""));
    let right = at_once == 200 && later == [200, 200] && next.len() == 3 && are_bob_s && !shared;
    if right {
        Ok(())
    } else {
        Err(format!("{at_once}, then {later:?}, {} of 3 seen, behind the broken one: {shared}", next.len()))
    }
}

fn asked_by(request: &Request) -> String {
    let assertion = request.values("sekisho-assertion").first().copied().unwrap_or_default();
    let claims = assertion.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap_or_default();
    String::from_utf8_lossy(&claims).into_owned()
}
