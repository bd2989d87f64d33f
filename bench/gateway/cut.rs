//! From a fact to the cut: 1,000 open WebSockets of one person, and the person's account is disabled.
//!
//! The time runs from just before the command that disables it to the moment at which a WebSocket's end is read.

use std::net::Ipv4Addr;
use std::time::Instant;

use futures_util::StreamExt;
use sekisho_e2e::Trouble;
use sekisho_e2e::client::Socket;
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use tokio::task::JoinSet;

use crate::report::{line, quantile};

const SOCKETS: usize = 1_000;
/// The gateway takes a limited number of connections from one address, so people come from several.
const PER_ADDRESS: usize = 200;

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let origin = Origin::serve(&[("/", "open")]).await?;
    let platform = Platform::start(2).await?;
    let mut person = platform.example(origin.port()).await?;
    person.open(OPEN, "/").await?.expect(200)?;
    let (connector, cookie) = (platform.connector()?, person.cookie(OPEN));
    let mut waiting = JoinSet::new();
    for number in 0..SOCKETS {
        let last = u8::try_from(number / PER_ADDRESS).unwrap_or(u8::MAX).saturating_add(2);
        let from = connector.from(Ipv4Addr::new(127, 0, 0, last));
        let mut socket = from.socket(OPEN, "/socket", &cookie).await?;
        greeting(&mut socket).await?;
        waiting.spawn(async move {
            while let Some(Ok(_)) = socket.next().await {}
            Instant::now()
        });
    }
    line(&format!("{SOCKETS} WebSockets are open"));
    let began = Instant::now();
    platform.command(&["user", "disable", ACCOUNT]).await?;
    let acknowledged = began.elapsed().as_secs_f64() * 1000.0;
    let mut took = Vec::new();
    while let Some(ended) = waiting.join_next().await {
        let ended = ended.map_err(Trouble::during("a WebSocket"))?;
        took.push(ended.duration_since(began).as_secs_f64() * 1000.0);
    }
    let at = |share| quantile(&took, share);
    line(&format!("the command was acknowledged after {acknowledged:.0} ms"));
    line(&format!(
        "fact to cut: p50 {:.0} ms, p99 {:.0} ms, last {:.0} ms of {} WebSockets",
        at(0.5),
        at(0.99),
        at(1.0),
        took.len()
    ));
    Ok(())
}

async fn greeting(socket: &mut Socket) -> Result<(), Trouble> {
    match socket.next().await {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(Trouble::new(format!("a WebSocket: {error}"))),
        None => Err(Trouble::new("a WebSocket ended at once")),
    }
}
