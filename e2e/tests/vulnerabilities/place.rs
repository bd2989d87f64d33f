//! A platform whose application is closed to vulnerable software, and its folder of sources.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use sekisho_e2e::client::{Person, Socket};
use sekisho_e2e::origin::Streams;
use sekisho_e2e::platform::example::OPEN;
use sekisho_e2e::platform::{AgentProcess, Platform};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(120);

/// Of a device it must be known that nothing exploited is present; of a resource that something is.
const POLICIES: [(&str, &str); 2] = [
    (
        "device",
        "@id(\"no-exploited-software\")
@reason(\"Software of this device has a vulnerability that is known to be exploited, or is not known. See Updates in the portal.\")
@reason_ja(\"この端末のソフトウェアに悪用が確認された脆弱性があるか、状態が不明です。ポータルの「更新」をご覧ください。\")
forbid (principal, action, resource == Sekisho::Resource::\"open\")
unless { context has device && context.device has known_exploited && !context.device.known_exploited };
",
    ),
    (
        "resource",
        "@id(\"no-exploited-software\")
@reason(\"This application has a vulnerability that is known to be exploited.\")
@reason_ja(\"このアプリケーションには、悪用が確認された脆弱性があります。\")
forbid (principal, action, resource == Sekisho::Resource::\"open\")
when { resource has known_exploited && resource.known_exploited };
",
    ),
];

pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) person: Person,
    scratch: TempDir,
    application: Streams,
}

impl Place {
    /// With the policy about devices, or the one about resources.
    pub(crate) async fn new(policy: &str) -> Self {
        let (application, platform) = (Streams::serve("open").await.unwrap(), Platform::start(2).await.unwrap());
        let mut person = platform.example(application.port()).await.unwrap();
        let (_, text) = POLICIES.iter().find(|(name, _)| *name == policy).unwrap();
        platform.apply(&[("software.cedar", text)]).await.unwrap();
        person.open(OPEN, "/").await.unwrap();
        let place = Self { platform, person, scratch: tempfile::tempdir().unwrap(), application };
        std::fs::create_dir_all(place.folder()).unwrap();
        place
    }

    /// The same platform in a new process.
    pub(crate) async fn restarted(self) -> Self {
        let Self { platform, person, scratch, application } = self;
        Self { platform: platform.stop_and_restart(|_| {}).await.unwrap(), person, scratch, application }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.platform.data().join("vulnerabilities")
    }

    /// Writes a file of a source, whole or not at all.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let (file, new) = (self.folder().join(name), self.scratch.path().join("new"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&new, text).unwrap();
        std::fs::copy(&new, file.with_extension("new")).unwrap();
        std::fs::rename(file.with_extension("new"), file).unwrap();
    }

    /// The ecosystem of this machine.
    pub(crate) fn ecosystem(&self) -> String {
        let release = std::fs::read_to_string("/etc/os-release").unwrap();
        let version = release.lines().find_map(|line| line.strip_prefix("VERSION_ID=")).unwrap().trim_matches('"');
        format!("Debian:{}", version.split('.').next().unwrap())
    }

    pub(crate) async fn prove(&mut self, agent: &AgentProcess) {
        self.person.prove_device(agent).await.unwrap().expect(200).unwrap();
    }

    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        self.platform.command(arguments).await.unwrap()
    }

    pub(crate) async fn apply(&self, name: &str, text: &str) {
        self.platform.apply(&[(name, text)]).await.unwrap();
    }

    pub(crate) async fn inventory(&self, text: &str) {
        let file = self.scratch.path().join("bill");
        std::fs::write(&file, text).unwrap();
        self.command(&["vulnerability", "inventory", "open", &file.display().to_string()]).await;
    }

    /// What the application answers in a language: the status, and the page.
    pub(crate) async fn asked(&mut self, language: &str) -> (u16, String) {
        let url = format!("https://{OPEN}:{}/", self.platform.port());
        let answer = self.person.ask(&url, &[("accept-language", language)]).await.unwrap();
        (answer.status, answer.body)
    }

    /// The page of updates in a language.
    pub(crate) async fn updates(&mut self, language: &str) -> String {
        let url = format!("https://portal.localhost:{}/updates", self.platform.port());
        self.person.ask(&url, &[("accept-language", language)]).await.unwrap().expect(200).unwrap().body
    }

    pub(crate) async fn until_status(&mut self, status: u16) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.asked("en").await;
            if found.0 == status {
                return;
            }
            assert!(Instant::now() < deadline, "{found:?} instead of {status}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until what was found of a device or a resource is as it should be.
    pub(crate) async fn until(&self, target: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.platform.command(&["vulnerability", "show", target]).await;
            if let Ok(found) = &found
                && holds(found)
            {
                return found.clone();
            }
            assert!(Instant::now() < deadline, "{found:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn until_problem(&self, source: &str, problem: &str) {
        self.until_source(source, |row| row["problem"].as_str().is_some_and(|found| found.contains(problem))).await;
    }

    pub(crate) async fn until_records(&self, source: &str, records: u64) {
        self.until_source(source, |row| row["records"] == records && row["problem"].is_null()).await;
    }

    async fn until_source(&self, source: &str, holds: impl Fn(&Value) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let rows = self.command(&["vulnerability", "sources"]).await;
            if rows.as_array().unwrap().iter().find(|row| row["source"] == source).is_some_and(&holds) {
                return;
            }
            assert!(Instant::now() < deadline, "{rows}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A source package of this machine, with its version.
pub(crate) fn package() -> (String, String) {
    assert!(Path::new("/var/lib/dpkg/status").is_file(), "this machine has no dpkg");
    let form = "${source:Package} ${source:Version}";
    let said = Command::new("dpkg-query").args(["--show", "--showformat", form, "dpkg"]).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let (name, version) = said.split_once(' ').unwrap();
    (name.to_owned(), version.to_owned())
}

/// An OSV record of a package that is affected before a version.
pub(crate) fn record(id: &str, ecosystem: &str, package: &str, fixed: &str) -> String {
    json!({
        "schema_version": "1.7.0", "id": id, "modified": "2026-11-30T00:00:00Z", "summary": "A bug", "details": "A bug.",
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N" }],
        "affected": [{ "package": { "ecosystem": ecosystem, "name": package },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": fixed }] }] }],
    })
    .to_string()
}

/// The WebSocket carries messages: it answers what is said now.
pub(crate) async fn alive(socket: &mut Socket) {
    socket.send(Message::text("still there")).await.unwrap();
    loop {
        let message = timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
        if message == Message::text("still there") {
            return;
        }
        assert!(message.is_text(), "{message:?}");
    }
}

/// The WebSocket is ended.
pub(crate) async fn cut(socket: &mut Socket) {
    while let Some(Ok(_)) = timeout(PATIENCE, socket.next()).await.unwrap() {}
}
