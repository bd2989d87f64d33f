//! Web servers that other people wrote, each a process of its own on a free port of 127.0.0.1, with a small application behind it
//! that writes down what the server took for a request. Whoever sends bytes through a gateway sees how each of them reads the
//! gateway's bytes.

mod apache;
mod fastcgi;
mod h2o;
mod java;
mod kind;
mod lighttpd;
mod nginx;
mod node;
mod python;
mod ruby;
mod understood;

pub use kind::ServerKind;
pub use understood::Understood;

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::Trouble;
use crate::peer::server_port;

/// How long a server may take to start on a busy machine.
const START: Duration = Duration::from_secs(90);

/// A running web server. It is killed when dropped.
#[derive(Debug)]
pub struct Server {
    kind: ServerKind,
    folder: TempDir,
    port: u16,
    process: Child,
    /// How far its application's notes were read.
    read: u64,
}

/// Where a server lives, for those who configure it.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    folder: &'a Path,
    port: u16,
    /// Where an application that speaks FastCGI listens.
    application: u16,
}

impl Place<'_> {
    /// Where the application writes down what it was told.
    fn notes(&self) -> PathBuf {
        self.folder.join("notes")
    }

    /// Puts a file into the folder.
    fn put(&self, name: &str, text: &str) -> Result<PathBuf, Trouble> {
        let path = self.folder.join(name);
        std::fs::write(&path, text).map_err(Trouble::during(path.display()))?;
        Ok(path)
    }
}

impl Server {
    /// Configures one, starts it and waits until it listens.
    pub async fn start(kind: ServerKind) -> Result<Self, Trouble> {
        let (folder, port) = (tempfile::tempdir().map_err(Trouble::during("a folder for a server"))?, server_port()?);
        let notes = folder.path().join("notes");
        File::create(&notes).map_err(Trouble::during(notes.display()))?;
        let application = fastcgi::start(notes).await?;
        let place = Place { folder: folder.path(), port, application };
        let mut command = match kind {
            ServerKind::Nginx => nginx::command(place),
            ServerKind::Apache => apache::command(place),
            ServerKind::Lighttpd => lighttpd::command(place),
            ServerKind::H2o => h2o::command(place),
            ServerKind::Node => node::command(place),
            ServerKind::Gunicorn => python::gunicorn(place),
            ServerKind::Waitress => python::waitress(place),
            ServerKind::Puma => ruby::puma(place),
            ServerKind::Jetty => java::jetty(place).await,
            ServerKind::Tomcat => java::tomcat(place).await,
        }?;
        let log = File::create(folder.path().join("log")).map_err(Trouble::during("a server's log"))?;
        let output = log.try_clone().map_err(Trouble::during("a server's log"))?;
        command.current_dir(folder.path()).env("HOME", folder.path()).stdin(Stdio::null()).stdout(output).stderr(log);
        let process = command.kill_on_drop(true).spawn().map_err(Trouble::during(kind.name()))?;
        let mut server = Self { kind, folder, port, process, read: 0 };
        let listens = tokio::time::timeout(START, server.listens()).await;
        listens.map_err(|_| Trouble::new(format!("{kind} does not listen: {}", server.log())))??;
        Ok(server)
    }

    /// Which one it is.
    #[must_use]
    pub const fn kind(&self) -> ServerKind {
        self.kind
    }

    /// Where it listens on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The requests that it gave to its application since this was last asked, in order.
    pub fn understood(&mut self) -> Result<Vec<Understood>, Trouble> {
        let (path, wrong) = (self.folder.path().join("notes"), || Trouble::during("an application's notes"));
        let mut file = File::open(path).map_err(wrong())?;
        file.seek(SeekFrom::Start(self.read)).map_err(wrong())?;
        let mut text = String::new();
        let length = file.read_to_string(&mut text).map_err(wrong())?;
        self.read += u64::try_from(length).unwrap_or_default();
        text.lines().map(|line| Understood::read(line).map_err(|error| self.cannot_be_read(&error))).collect()
    }

    /// What it wrote to its log.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn cannot_be_read(&self, error: &str) -> Trouble {
        Trouble::new(format!("what the application behind {} wrote down: {error}", self.kind))
    }

    async fn listens(&mut self) -> Result<(), Trouble> {
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(Trouble::new(format!("{} ended at its start: {status}: {}", self.kind, self.log())));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

/// The program at that path; what to install when it is not there.
fn program(path: &str, package: &str) -> Result<Command, Trouble> {
    if Path::new(path).is_file() {
        Ok(Command::new(path))
    } else {
        Err(Trouble::new(format!("{path} is missing: install {package}, or run `cargo verify`, which does")))
    }
}
