//! From a fact to the cut: 10,000 open streams of one person (WebSockets, server-sent events, HTTP/2 streams and TCP tunnels, as
//! many of each, in two sessions for each kind), and the person's account is disabled.
//!
//! The time runs from just before the command that disables it to the moment at which a stream's end is read; the readers share
//! the machine's processors with the platform. What readers and services do after it (answering a close, closing sockets) is not
//! theirs to be measured, and left until all have been told. What is open is served by another process, since one may not have enough
//! descriptors for both ends, and the HTTP/2 streams go to an HTTP/2 service, since the platform may not either.

use std::time::{Duration, Instant};

use sekisho_e2e::Trouble;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};

use crate::open::{self, CALLS, Ends, ROOM, STREAMS};
use crate::origin::{self, Ports};
use crate::process::{Spent, spent};
use crate::report::{line, quantile};

/// Sessions for each kind: one may have no more than a quarter of what may be open altogether.
const SESSIONS: usize = 2;
/// Of each kind in each session.
const EACH: usize = 1_250;
/// The most that the slowest hundredth may take, in milliseconds.
const MOST: f64 = 250.0;

/// Within this, nothing more may come over any connection.
const CLOSED: Duration = Duration::from_secs(10);

const POLICY: &str = "@id(\"everything\")
permit (principal in Sekisho::Group::\"runners\", action, resource) unless { resource == Sekisho::Resource::\"closed\" };
";

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let (ports, services) = origin::start().await?;
    let platform = Platform::start_with(2, &[], ROOM).await?;
    let mut person = platform.example(ports.web).await?;
    further_resources(&platform, ports).await?;
    let connector = platform.connector()?;
    let (mut ends, mut terminals) = (Ends::new(), Vec::new());
    for _ in 0..SESSIONS {
        let cookie = open::session(&mut person, OPEN).await?;
        for _ in 0..EACH {
            open::socket(&connector, &cookie, &mut ends).await?;
        }
        let cookie = open::session(&mut person, OPEN).await?;
        for _ in 0..EACH {
            open::events(&connector, &cookie, &mut ends).await?;
        }
        let cookie = open::session(&mut person, CALLS).await?;
        for streams in [STREAMS; EACH / STREAMS].into_iter().chain([EACH % STREAMS]) {
            open::calls(&connector, &cookie, streams, &mut ends).await?;
        }
        terminals.push(open::tunnels(&platform, &mut person, EACH, &mut ends).await?);
    }
    let open = ends.len();
    line(&format!("{open} streams are open: a quarter each of WebSockets, events, HTTP/2 streams and tunnels"));
    let mut processes = vec![
        ("the platform", platform.process()),
        ("the readers", Some(std::process::id())),
        ("the services", services.id()),
    ];
    processes.extend(terminals.iter().map(|(_, connect)| ("a sekisho connect", connect.id())));
    let all_spent = |process: Option<u32>| process.and_then(|process| spent(Some(process)).ok()).map(Spent::all);
    let before: Vec<_> = processes.iter().map(|(_, process)| all_spent(*process)).collect();
    let began = Instant::now();
    platform.command(&["user", "disable", ACCOUNT]).await?;
    let acknowledged = began.elapsed().as_secs_f64() * 1000.0;
    let (mut took, mut rests) = (Vec::new(), Vec::new());
    while let Some(ended) = ends.join_next().await {
        let ended = ended.map_err(Trouble::during("a stream"))?;
        took.push(ended.at.duration_since(began).as_secs_f64() * 1000.0);
        rests.push(ended.rest);
    }
    for ((name, process), before) in processes.iter().zip(before) {
        if let (Some(before), Some(after)) = (before, all_spent(*process)) {
            line(&format!("processor time of {name}: {:.0} ms", (after - before) / 1000.0));
        }
    }
    let closed = tokio::time::timeout(CLOSED, futures_util::future::join_all(rests)).await;
    closed.map_err(Trouble::during("waiting for the connections to end"))?;
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
