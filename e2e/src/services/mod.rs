//! Real servers of real protocols, each in a folder of its own on a free port of 127.0.0.1, ended with the value.

mod calls;
mod passage;
mod postgres;
mod sshd;

pub use calls::Calls;
pub use passage::{Passage, State};
pub use postgres::Postgres;
pub use sshd::Sshd;

use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::Trouble;

/// Waits until something accepts connections on a port of this machine.
///
/// # Errors
/// When nothing does within a minute.
pub async fn accepts(port: u16) -> Result<(), Trouble> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if Instant::now() > deadline {
            return Err(Trouble::new(format!("nothing listens on port {port}")));
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
