//! An application as a process of its own, in a folder of its own, on a free port of 127.0.0.1.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use sekisho_e2e::Trouble;
use sekisho_e2e::peer::server_port;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// How long an application may take to start on a busy machine.
const START: Duration = Duration::from_secs(180);

/// A place for an application that is not started yet.
pub(crate) struct Place {
    folder: TempDir,
    /// Where it is to listen on 127.0.0.1.
    pub(crate) port: u16,
}

/// A running application. It is killed when dropped, with the processes that it started.
pub(crate) struct Application {
    place: Place,
    process: Child,
}

impl Place {
    /// A new folder and a free port.
    pub(crate) fn new() -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for an application"))?;
        Ok(Self { folder, port: server_port()? })
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a file into the folder, and folders on the way to it.
    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) -> Result<std::path::PathBuf, Trouble> {
        let path = self.folder().join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(Trouble::during(parent.display()))?;
        }
        std::fs::write(&path, content).map_err(Trouble::during(path.display()))?;
        Ok(path)
    }

    /// Starts the application there and waits until it listens.
    pub(crate) async fn start(self, mut command: Command) -> Result<Application, Trouble> {
        let log = File::create(self.folder().join("log")).map_err(Trouble::during("an application's log"))?;
        let output = log.try_clone().map_err(Trouble::during("an application's log"))?;
        command.current_dir(self.folder()).env("HOME", self.folder()).stdin(Stdio::null()).stdout(output).stderr(log);
        // A group of its own: what it starts ends with it.
        let process = command.process_group(0).kill_on_drop(true).spawn().map_err(Trouble::during("an application"))?;
        let mut application = Application { place: self, process };
        let listens = tokio::time::timeout(START, application.listens()).await;
        listens.map_err(|_| Trouble::new(format!("an application does not listen: {}", application.log())))??;
        Ok(application)
    }
}

impl Application {
    /// Where it listens on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.place.port
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.place.folder()
    }

    /// What it wrote to its log.
    pub(crate) fn log(&self) -> String {
        std::fs::read(self.folder().join("log")).map(|it| String::from_utf8_lossy(&it).into_owned()).unwrap_or_default()
    }

    async fn listens(&mut self) -> Result<(), Trouble> {
        while TcpStream::connect(("127.0.0.1", self.port())).await.is_err() {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(Trouble::new(format!("an application ended at its start: {status}: {}", self.log())));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let group = self.process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            // It may have ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
