//! SMUG-15 and SMUG-37: a client that says what it expects, and does something else; and an application that does not agree to
//! become a WebSocket. Whose bytes are whose stays known.

use std::time::Duration;

use sekisho_attacks::{Client, Response};

use crate::ground::{APP, Ground};
use crate::moments::connect;
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};
use crate::sessions::asks;

const SOCKET: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("SMUG-15b", |ground| Box::pin(a_body_comes_when_it_is_wanted(ground))),
        Scenario::new("SMUG-15c", |ground| Box::pin(a_body_that_is_wanted_never_comes(ground))),
        Scenario::new("SMUG-15d", |ground| Box::pin(nobody_wants_the_body_of_a_stranger(ground))),
        Scenario::new("SMUG-37h", |ground| Box::pin(an_application_wants_no_websocket(ground))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_what_is_expected_and_does_not_come_leaves_no_doubt() {
    let ground = Ground::start().await;
    let scenarios = scenarios();
    let mut failures = run(&ground.bystander, &ground, &scenarios, 1).await;
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("SMUG (expectations)", scenarios.len(), &failures);
}

async fn answer(client: &mut Client) -> Result<Response, String> {
    client.response("POST").await.map_err(|error| error.to_string())?.ok_or_else(|| "no answer".to_owned())
}

/// The head of a POST whose body waits to be wanted.
async fn waits(ground: &Ground, cookie: &str) -> Result<Client, String> {
    ground.recorder.forget();
    let mut client = connect(ground).await?;
    let head = format!(
        "POST /wanted HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    );
    client.send(head.as_bytes()).await.map_err(|error| error.to_string())?;
    Ok(client)
}

async fn a_body_comes_when_it_is_wanted(ground: &Ground) -> Outcome {
    let mut client = waits(ground, &ground.setting.cookie).await?;
    let (first, text) = (answer(&mut client).await?, "hello");
    client.send(text.as_bytes()).await.map_err(|error| error.to_string())?;
    let second = answer(&mut client).await?;
    let seen = ground.recorder.recorded().strict;
    let whole = seen.iter().map(|request| (request.line.as_str(), request.body.as_slice())).collect::<Vec<_>>();
    let right = (first.status, second.status) == (100, 200)
        && whole == [("POST /wanted", text.as_bytes())]
        && seen.iter().all(|request| request.values("expect").is_empty());
    if right { Ok(()) } else { Err(format!("{}, then {}, and {seen:?}", first.status, second.status)) }
}

async fn a_body_that_is_wanted_never_comes(ground: &Ground) -> Outcome {
    let mut client = waits(ground, &ground.setting.cookie).await?;
    let first = answer(&mut client).await?.status;
    drop(client);
    // The connection to the application that has half of a request is nobody else's.
    let after = asks(ground, &ground.setting.cookie).await?;
    let recorded = ground.recorder.recorded();
    let lines: Vec<&str> = recorded.strict.iter().map(|request| request.line.as_str()).collect();
    let right = (first, after) == (100, 200) && lines == ["GET /status"];
    if right { Ok(()) } else { Err(format!("{first}, then {after}, and {lines:?} at the application")) }
}

async fn nobody_wants_the_body_of_a_stranger(ground: &Ground) -> Outcome {
    let mut client = waits(ground, "a=b").await?;
    let first = answer(&mut client).await?.status;
    let seen = ground.recorder.recorded().bytes.len();
    if (first, seen) == (401, 0) { Ok(()) } else { Err(format!("{first}, and {seen} connections have bytes")) }
}

async fn an_application_wants_no_websocket(ground: &Ground) -> Outcome {
    ground.recorder.forget();
    let (mut client, cookie) = (connect(ground).await?, &ground.setting.cookie);
    let behind = format!("GET /admin/x HTTP/1.1\r\nHost: {APP}\r\n\r\n");
    let request = format!("GET /refuses-upgrade HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n{SOCKET}\r\n{behind}");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let first = answer(&mut client).await?.status;
    // What came behind is a request of its own, or the connection has ended.
    let next = tokio::time::timeout(Duration::from_secs(20), client.response("GET")).await.map_err(|_| "it waits")?;
    let next = next.ok().flatten().map(|response| response.status);
    let recorded = ground.recorder.recorded();
    let lines: Vec<&str> = recorded.strict.iter().map(|request| request.line.as_str()).collect();
    let right = first == 426 && next.is_none_or(|status| status == 401) && lines == ["GET /refuses-upgrade"];
    if right && !recorded.left_over { Ok(()) } else { Err(format!("{first}, then {next:?}, and {lines:?}")) }
}
