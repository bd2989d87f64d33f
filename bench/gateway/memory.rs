//! Memory of an idle WebSocket: what the process grows by, divided by how many are open.

use std::net::Ipv4Addr;

use futures_util::StreamExt;
use sekisho_e2e::Trouble;
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::OPEN;

use crate::process::resident;
use crate::report::line;

/// Each takes two descriptors of the gateway and two of this program, so this stays below the usual hard limit of 20,000.
const SOCKETS: usize = 2_000;
const PER_ADDRESS: usize = 200;
/// The most bytes for one.
const MOST: u64 = 20 * 1024;

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let origin = Origin::serve(&[("/", "open")]).await?;
    let platform = Platform::start(2).await?;
    platform.configure("upstreams_per_session = 20000\n")?;
    platform.command(&["reload"]).await?;
    let mut person = platform.example(origin.port()).await?;
    person.open(OPEN, "/").await?.expect(200)?;
    let (connector, cookie) = (platform.connector()?, person.cookie(OPEN));
    let process = platform.process().ok_or_else(|| Trouble::new("the platform ended"))?;
    let before = resident(process)?;
    let mut sockets = Vec::with_capacity(SOCKETS);
    for number in 0..SOCKETS {
        let last = u8::try_from(number / PER_ADDRESS).unwrap_or(u8::MAX).saturating_add(2);
        let mut socket = connector.from(Ipv4Addr::new(127, 0, 0, last)).socket(OPEN, "/socket", &cookie).await?;
        socket.next().await.ok_or_else(|| Trouble::new("a WebSocket ended at once"))?.map_err(Trouble::during("it"))?;
        sockets.push(socket);
    }
    let each = resident(process)?.saturating_sub(before) / SOCKETS as u64;
    let verdict = if each <= MOST { "" } else { "  MISSED" };
    line(&format!("{SOCKETS} idle WebSockets: {each} bytes each (goal at most {MOST}){verdict}"));
    Ok(())
}
