//! The suite on a real PostgreSQL server of its own, and what only a server can do: crash and come back.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::panic, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod suite;

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sekisho_model::documents::Kind;
use sekisho_store::{Expected, StoreUrl};
use suite::place::{Place, at, put};

/// A server in a temporary folder, reached by a socket there. Stopped when dropped.
struct Server {
    binaries: PathBuf,
    folder: tempfile::TempDir,
    user: Option<(u32, u32)>,
    synced: bool,
}

impl Server {
    /// Starts one. Without `synced`, a crash of the machine could lose commits; a crash of the server cannot.
    fn start(synced: bool) -> Self {
        let server = Self { binaries: binaries(), folder: tempfile::tempdir().unwrap(), user: other_user(), synced };
        if let Some((user, group)) = server.user {
            std::os::unix::fs::chown(server.folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = server.data();
        let arguments = ["-D", &data, "-U", "sekisho", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
        server.run("initdb", &arguments);
        server.control("start");
        server
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn control(&self, command: &str) {
        let (data, log) = (self.data(), self.folder.path().join("log").display().to_string());
        let options = format!(
            "-k {} -c listen_addresses='' -c max_connections=60 -c fsync={}",
            self.folder.path().display(),
            self.synced
        );
        self.run("pg_ctl", &["-D", &data, "-l", &log, "-o", &options, "-m", "immediate", "-w", "-t", "120", command]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.binaries.join(program));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).env_clear().env("LC_ALL", "C");
        // The server keeps what it inherits: no pipe, or nobody could read to its end.
        let output = std::fs::File::create(self.folder.path().join(format!("{program}.out"))).unwrap();
        command.stdout(output.try_clone().unwrap()).stderr(output);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        let status = command.status().unwrap();
        let told = std::fs::read_to_string(self.folder.path().join(format!("{program}.out"))).unwrap();
        assert!(status.success(), "{program} failed: {told}");
    }

    async fn place(&self, name: &str) -> Place {
        let server = Place { url: self.url("postgres"), _folder: None };
        server.alter(&format!("CREATE DATABASE \"{name}\"")).await;
        Place { url: self.url(name), _folder: None }
    }

    fn url(&self, database: &str) -> StoreUrl {
        StoreUrl::Postgres(format!("postgres://sekisho@localhost/{database}?host={}", self.folder.path().display()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut command = Command::new(self.binaries.join("pg_ctl"));
        command.args(["-D", &self.data(), "-m", "immediate", "-w", "stop"]).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        let _ = command.current_dir(self.folder.path()).status();
    }
}

/// Where the server's programs are. That there are none fails the test: what was not run did not pass.
fn binaries() -> PathBuf {
    if let Some(given) = std::env::var_os("SEKISHO_TEST_POSTGRES_BIN") {
        return given.into();
    }
    let mut found: Vec<PathBuf> = ["/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt", "/usr/pgsql"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    found.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    found.retain(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file());
    found.sort();
    found.pop().expect(
        "no PostgreSQL server was found: install one (Debian: `apt-get install postgresql`), or name the folder of \
        initdb and pg_ctl in SEKISHO_TEST_POSTGRES_BIN",
    )
}

/// The server refuses to run as root: then it runs as `postgres`, or as `nobody`.
fn other_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    let own = std::fs::metadata("/proc/self").unwrap().uid();
    if own != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let fields: Vec<&str> = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|f| f[0] == name)?;
        Some((fields[2].parse().ok()?, fields[3].parse().ok()?))
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("a user `postgres` or `nobody` to run the server as"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suite_passes_on_postgresql() {
    let server = Server::start(false);
    let count = suite::all(async |name| server.place(&name).await).await;
    println!("{count} cases passed on PostgreSQL");
    assert!(count >= 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_the_server_loses_nothing_acknowledged_and_the_feed_goes_on() {
    let server = Server::start(true);
    let place = server.place("crash").await;
    let store = place.open().await;
    let mut feed = store.watch(0);
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let writer = {
            let store = store.clone();
            tokio::spawn(async move {
                let mut done = Vec::new();
                for number in 0.. {
                    let id = format!("{round}-{number}");
                    match store.commit(vec![put(Kind::Grant, &id, Expected::New, number)], "tester", at(1)).await {
                        Ok(revision) => done.push((revision, id)),
                        Err(_) => break,
                    }
                }
                done
            })
        };
        // Some commits first, then the crash in the middle of the next.
        let before = store.revision().await.unwrap();
        while store.revision().await.unwrap() < before + 20 {}
        let stop = server.data();
        assert!(Path::new(&stop).exists());
        server.control("stop");
        acknowledged.extend(writer.await.unwrap());
        assert!(store.get(Kind::Grant, "0-0").await.is_err());
        server.control("start");
        for (revision, id) in &acknowledged {
            let found = store.get(Kind::Grant, id).await.unwrap();
            assert_eq!(found.map(|found| found.revision), Some(*revision), "{id}");
        }
    }
    let head = store.revision().await.unwrap();
    let mut told = 0;
    while feed.position() < head {
        // The feed may tell of the time without a server; it goes on from where it was.
        if let Ok(changes) = feed.next().await {
            told += changes.len() as u64;
        }
    }
    assert_eq!(told, head);
}
