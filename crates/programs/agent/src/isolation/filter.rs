//! Puts a rule set into force in two steps: load it, then confirm that the platform is still reached. What is not confirmed
//! is taken back, by the agent, or, if the agent died, by a watchdog, or at the agent's next start.

use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::rules::{NO_TABLE, Rules};
use crate::error::AgentError;

/// How long `nft` may take.
const LOAD_LIMIT: Duration = Duration::from_secs(5);
/// The program's folders; what the environment says of them is not asked.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
/// Takes back after `$1` seconds what `$2` says, unless that file is gone by then.
const WATCHDOG: &str = "sleep \"$1\"; [ -e \"$2\" ] && nft -f \"$2\" && rm -f \"$2\"";

/// The table that the agent owns.
pub(super) struct Filter {
    folder: PathBuf,
    confirm_within: Duration,
    /// The rules that were confirmed last: their state, and the script that restores them.
    confirmed: Option<(&'static str, String)>,
    /// Whether those are in force. Not certain after a restoration that failed.
    is_certain: bool,
    turn: u64,
}

impl Filter {
    pub(super) fn new(folder: &Path, confirm_within: Duration) -> Self {
        Self { folder: folder.to_owned(), confirm_within, confirmed: None, is_certain: true, turn: 0 }
    }

    /// The state whose rules are in force, as far as this agent knows.
    pub(super) fn in_force(&self) -> Option<&'static str> {
        self.confirmed.as_ref().filter(|_| self.is_certain).map(|(name, _)| *name)
    }

    /// Loads the rules and confirms them with `probe`; restores the rules before them when the probe fails.
    ///
    /// # Errors
    /// When the rules could not be loaded (then nothing changed) or were not confirmed.
    pub(super) async fn put<F: Future<Output = bool>>(
        &mut self,
        rules: &Rules,
        probe: impl FnOnce() -> F,
    ) -> Result<(), AgentError> {
        let script = rules.script();
        let former = self.confirmed.as_ref().map_or(NO_TABLE, |(_, script)| script.as_str()).to_owned();
        let pending = self.write_pending(&former)?;
        // The watchdog waits before the rules are loaded: no moment exists in which an agent's death leaves them.
        self.start_watchdog(&pending)?;
        if let Err(error) = load(&script).await {
            drop(std::fs::remove_file(&pending));
            return Err(error);
        }
        // Half of the time, so that a confirmation never meets the watchdog.
        if matches!(timeout(self.confirm_within / 2, probe()).await, Ok(true)) && std::fs::remove_file(&pending).is_ok()
        {
            self.confirmed = Some((rules.state.name(), script));
            self.is_certain = true;
            return Ok(());
        }
        if let Err(error) = load(&former).await {
            // The watchdog tries once more; until a later rule set is confirmed, which one is in force is not known.
            self.is_certain = false;
            return Err(error);
        }
        drop(std::fs::remove_file(&pending));
        self.is_certain = true;
        Err(AgentError::Unconfirmed)
    }

    /// Takes back what an agent loaded that died before it confirmed, when its watchdog died too.
    ///
    /// # Errors
    /// When the folder cannot be read, or the former rules cannot be loaded.
    pub(super) async fn take_back_unconfirmed(&self) -> Result<(), AgentError> {
        let entries = std::fs::read_dir(&self.folder).map_err(|source| file_error(&self.folder, source))?;
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| is_pending(path)) {
            let former = std::fs::read_to_string(&path).map_err(|source| file_error(&path, source))?;
            load(&former).await?;
            std::fs::remove_file(&path).map_err(|source| file_error(&path, source))?;
        }
        Ok(())
    }

    /// The rules to restore, in a file of their own for each turn: an earlier turn's watchdog finds its file gone.
    fn write_pending(&mut self, former: &str) -> Result<PathBuf, AgentError> {
        self.turn += 1;
        let path = self.folder.join(format!("{PENDING}{}-{}", std::process::id(), self.turn));
        let write = || {
            let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
            file.write_all(former.as_bytes())?;
            file.sync_all()
        };
        write().map_err(|source| file_error(&path, source))?;
        Ok(path)
    }

    /// A process in a group of its own: a signal to the agent's group does not end it.
    fn start_watchdog(&self, pending: &Path) -> Result<(), AgentError> {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(WATCHDOG).arg("sekisho-watchdog");
        command.arg(self.confirm_within.as_secs_f64().to_string()).arg(pending);
        command.env_clear().env("PATH", PATH).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(drop).map_err(|error| AgentError::Filter(error.to_string()))
    }
}

fn file_error(path: &Path, source: std::io::Error) -> AgentError {
    AgentError::File { path: path.to_owned(), source }
}

/// How the files of unconfirmed rules begin.
const PENDING: &str = "unconfirmed-";

fn is_pending(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PENDING))
}

/// Loads a script in one transaction: all of it, or nothing.
async fn load(script: &str) -> Result<(), AgentError> {
    let failed = |why: String| AgentError::Filter(why);
    let run = async {
        let mut command = Command::new("nft");
        command.args(["-f", "-"]).env_clear().env("PATH", PATH).env("LC_ALL", "C").kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(script.as_bytes()).await?;
        }
        child.wait_with_output().await
    };
    let output = timeout(LOAD_LIMIT, run).await.map_err(|_| failed("nft did not answer".to_owned()))?;
    let output = output.map_err(|error| failed(format!("nft: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("nft failed").to_owned()))
}

#[cfg(test)]
mod tests;
