//! PostgreSQL, on a port of 127.0.0.1 and nowhere else.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{accepts, is_root};
use crate::Trouble;
use crate::peer::server_port;

/// The role and the database that tests use.
const ROLE: &str = "sekisho";

/// A running PostgreSQL. It is killed when dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Postgres {
    /// Starts an empty one.
    pub async fn start() -> Result<Self, Trouble> {
        let (folder, port) = (tempfile::tempdir().map_err(Trouble::during("a folder for PostgreSQL"))?, server_port()?);
        let (programs, user) = (programs()?, other_user()?);
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).map_err(Trouble::during("the folder's owner"))?;
        }
        let data = folder.path().join("data");
        let mut initdb = command(&programs.join("initdb"), user, folder.path())?;
        initdb.arg("-D").arg(&data).args(["-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        let status = initdb.status().await.map_err(Trouble::during("initdb"))?;
        if !status.success() {
            return Err(Trouble::new("initdb failed"));
        }
        let process = serve(folder.path(), port).await?;
        Ok(Self { folder, port, process })
    }

    /// Ends it at once, with whatever it was doing: the next start recovers.
    pub async fn stop(&mut self) -> Result<(), Trouble> {
        let id = self.process.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        let id = id.ok_or_else(|| Trouble::new("PostgreSQL has ended"))?;
        rustix::process::kill_process(id, rustix::process::Signal::QUIT).map_err(Trouble::during("stopping"))?;
        self.process.wait().await.map(drop).map_err(Trouble::during("stopping PostgreSQL"))
    }

    /// Starts it again on what it has on the disk.
    pub async fn start_again(&mut self) -> Result<(), Trouble> {
        self.process = serve(self.folder.path(), self.port).await?;
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `psql`, to somewhere else: the port of a tunnel, or the folder of its socket.
    pub fn psql(&self, host: &str, port: u16, statement: &str) -> Command {
        let mut command = Command::new("psql");
        command.args([
            "-X",
            "-A",
            "-t",
            "-U",
            ROLE,
            "-d",
            "postgres",
            "-h",
            host,
            "-p",
            &port.to_string(),
            "-c",
            statement,
        ]);
        command.env("PGCONNECT_TIMEOUT", "20").stdin(Stdio::null()).kill_on_drop(true);
        command
    }
}

/// Runs a server on the data in a folder, and waits until it takes connections.
async fn serve(folder: &Path, port: u16) -> Result<Child, Trouble> {
    let mut server = command(&programs()?.join("postgres"), other_user()?, folder)?;
    server.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
    server.args(["-c", "fsync=off"]).arg("-k").arg(folder);
    let process = server.spawn().map_err(Trouble::during("postgres"))?;
    accepts(port).await?;
    Ok(process)
}

fn command(program: &Path, user: Option<(u32, u32)>, folder: &Path) -> Result<Command, Trouble> {
    let log = fs::File::options().create(true).append(true).open(folder.join("log"));
    let log = log.map_err(Trouble::during("PostgreSQL's log"))?;
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null()).env_clear().env("LC_ALL", "C").kill_on_drop(true);
    command.stdout(log.try_clone().map_err(Trouble::during("a log"))?).stderr(log);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    Ok(command)
}

/// Debian keeps the server's programs outside the path, by version.
fn programs() -> Result<PathBuf, Trouble> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    found.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    found.retain(|folder| folder.join("initdb").is_file());
    found.sort();
    found.pop().ok_or_else(|| Trouble::new("there is no PostgreSQL server: install postgresql"))
}

/// The server refuses to run as root: then it runs as `postgres`, or as `nobody`.
fn other_user() -> Result<Option<(u32, u32)>, Trouble> {
    if !is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(Trouble::during("/etc/passwd"))?;
    let find = |name: &str| {
        let mut fields = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = find("postgres").or_else(|| find("nobody"));
    found.map(Some).ok_or_else(|| Trouble::new("there is no user to run PostgreSQL as"))
}
