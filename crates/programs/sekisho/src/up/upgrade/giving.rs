//! The old process's side: starts the new one, gives it everything, and waits until it is ready.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sekisho_ledger::Ledger;
use tokio::io::AsyncReadExt;
use tokio::runtime::Handle;

use super::channel::Channel;
use super::{Hello, LedgerIsFree, Same, Says, SocketName, Sockets};
use crate::configuration::Configuration;

/// How long the new process may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// The process that took over.
#[derive(Debug)]
pub(crate) struct Successor {
    /// Its number.
    pub(crate) pid: u32,
    channel: UnixStream,
}

/// Starts the new binary and hands everything to it. Blocks until it is ready or has failed.
///
/// # Errors
/// Why it is not ready; this process has its ledger back then.
pub(crate) fn give(
    configuration: &Configuration,
    sockets: Sockets,
    ledger: &Ledger,
    runtime: &Handle,
) -> Result<Successor, String> {
    let (ours, theirs) = UnixStream::pair().map_err(|error| error.to_string())?;
    let program = program();
    let mut command = Command::new(&program);
    command.args(arguments()).arg("--take-over").stdin(Stdio::from(OwnedFd::from(theirs)));
    let started = command.spawn();
    // Only the new process holds the other end now, so its exit closes the channel.
    drop(command);
    let mut process = started.map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
    let pid = process.id();
    let channel = Channel(ours);
    let given = converse(&channel, configuration, sockets, ledger, runtime);
    match given {
        Ok(()) => Ok(Successor { pid, channel: channel.0 }),
        Err(trouble) => {
            let why = end(&mut process, &trouble);
            drop(channel);
            runtime
                .block_on(ledger.take_back())
                .map_err(|error| format!("{why}; the ledger cannot be opened again: {error}"))?;
            Err(why)
        }
    }
}

/// Why the new process is not ready.
enum Trouble {
    /// It said so.
    Said(String),
    /// It said nothing more.
    Silent(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Silent(error)
    }
}

fn converse(
    channel: &Channel,
    configuration: &Configuration,
    sockets: Sockets,
    ledger: &Ledger,
    runtime: &Handle,
) -> Result<(), Trouble> {
    let deadline = Instant::now() + PATIENCE;
    let (records, for_records) = UnixStream::pair()?;
    let names = sockets.gateway.iter().map(|one| SocketName { wanted: one.wanted, redirects: one.redirects }).collect();
    let operation = sockets.operation.as_ref().map(|(wanted, _)| *wanted);
    channel.0.set_write_timeout(Some(PATIENCE))?;
    channel.send(&Hello { same: Same::of(configuration), sockets: names, operation })?;
    channel.send_descriptor(for_records.as_fd())?;
    drop(for_records);
    let operation = sockets.operation.iter().map(|(_, socket)| socket);
    for socket in sockets.gateway.iter().map(|one| &one.socket).chain(operation) {
        channel.send_descriptor(socket.as_fd())?;
    }
    drop(sockets);
    let mut records = Some(records);
    loop {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        channel.0.set_read_timeout(Some(left))?;
        match channel.receive::<Says>()? {
            Says::Failed(why) => return Err(Trouble::Said(why)),
            Says::NeedsLedger => {
                let records =
                    records.take().ok_or_else(|| Trouble::Said("it asked for the ledger twice".to_owned()))?;
                runtime
                    .block_on(ledger.transfer_to_successor(records))
                    .map_err(|error| Trouble::Said(error.to_string()))?;
                channel.send(&LedgerIsFree)?;
            }
            Says::Ready => {
                ledger.give_away();
                return Ok(());
            }
        }
    }
}

/// Ends a process that is not ready, and says why it was not.
fn end(process: &mut Child, trouble: &Trouble) -> String {
    let timed_out = matches!(trouble, Trouble::Silent(error)
        if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut));
    // It may have ended already.
    let _ = process.kill();
    let status = process.wait();
    match (trouble, status) {
        (Trouble::Said(why), _) => why.clone(),
        (Trouble::Silent(_), _) if timed_out => format!("it was not ready within {} seconds", PATIENCE.as_secs()),
        (Trouble::Silent(_), Ok(status)) => format!("it ended before it was ready ({status}); its log says why"),
        (Trouble::Silent(error), Err(_)) => error.to_string(),
    }
}

/// The path that this program was started by, so that a link or a file which was replaced since leads to the new binary.
fn program() -> PathBuf {
    let named = std::env::args_os().next().map(PathBuf::from).filter(|path| path.components().count() > 1);
    named.or_else(|| std::env::current_exe().ok()).unwrap_or_else(|| PathBuf::from("sekisho"))
}

/// What this program was started with.
fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os().skip(1).filter(|argument| argument != "--take-over")
}

impl Successor {
    /// Returns when it has ended.
    pub(crate) async fn gone(&mut self) {
        let stream = self.channel.try_clone().and_then(|stream| {
            stream.set_nonblocking(true)?;
            tokio::net::UnixStream::from_std(stream)
        });
        match stream {
            Ok(mut stream) => while stream.read_u8().await.is_ok() {},
            Err(error) => {
                tracing::warn!(%error, "the new process cannot be watched");
                std::future::pending::<()>().await;
            }
        }
    }
}
