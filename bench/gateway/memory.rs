//! Memory of an idle WebSocket: what the process grows by, divided by how many are open. 10,000 are open at once in the end: as
//! many as a limit of 20,000 open files allows over connections of their own, the others over shared HTTP/2 connections.

use sekisho_e2e::Trouble;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::OPEN;

use crate::open::{self, Ends, ROOM, STREAMS};
use crate::origin;
use crate::process::resident;
use crate::report::line;

/// A session may hold a quarter of all connections to resources.
const SESSIONS: usize = 5;
/// Of each session, over connections of their own.
const OWN: usize = 1_800;
/// Of each session, HTTP/2 connections, each of which carries [`STREAMS`].
const SHARED: usize = 2;
/// The most bytes for one.
const MOST: u64 = 20 * 1024;

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let (ports, _services) = origin::start().await?;
    let platform = Platform::start_with(2, &[], ROOM).await?;
    let mut person = platform.example(ports.web).await?;
    let mut cookies = Vec::new();
    for _ in 0..SESSIONS {
        cookies.push(open::session(&mut person, OPEN).await?);
    }
    let connector = platform.connector()?;
    let process = platform.process().ok_or_else(|| Trouble::new("the platform ended"))?;
    let mut ends = Ends::new();
    let before = resident(process)?;
    for cookie in &cookies {
        for _ in 0..OWN {
            open::socket(&connector, cookie, &mut ends).await?;
        }
    }
    let own = resident(process)?;
    report("over connections of their own", own - before.min(own), SESSIONS * OWN);
    for cookie in &cookies {
        for _ in 0..SHARED {
            open::sockets(&connector, cookie, &mut ends).await?;
        }
    }
    let all = resident(process)?;
    report("over shared HTTP/2 connections", all - own.min(all), SESSIONS * SHARED * STREAMS);
    let (open, ended) = (ends.len(), std::iter::from_fn(|| ends.try_join_next()).count());
    line(&format!("{} WebSockets are open at once; {ended} have ended", open - ended));
    Ok(())
}

fn report(how: &str, bytes: u64, many: usize) {
    let each = bytes / many as u64;
    let verdict = if each <= MOST { "" } else { "  MISSED" };
    line(&format!("{many} idle WebSockets {how}: {each} bytes each (goal at most {MOST}){verdict}"));
}
