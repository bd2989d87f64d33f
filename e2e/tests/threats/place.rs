//! A platform whose application nobody reaches from a hostile address.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::Request;
use http_body_util::{BodyExt, Full};
use sekisho_e2e::client::{Person, Socket};
use sekisho_e2e::origin::Streams;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::OPEN;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(180);

const POLICY: &str = "@id(\"no-hostile-address\")
@reason(\"This address is known to be hostile.\")
@reason_ja(\"接続元アドレスは脅威情報に載っています。\")
forbid (principal, action, resource == Sekisho::Resource::\"open\") when { context.network.threat > 60 };
";

pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) person: Person,
    folder: TempDir,
    _application: Streams,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let (application, platform) = (Streams::serve("open").await.unwrap(), Platform::start(2).await.unwrap());
        let mut person = platform.example(application.port()).await.unwrap();
        platform.apply(&[("threats.cedar", POLICY)]).await.unwrap();
        person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
        Self { platform, person, folder: tempfile::tempdir().unwrap(), _application: application }
    }

    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        self.platform.command(arguments).await.unwrap()
    }

    pub(crate) async fn apply(&self, name: &str, text: &str) {
        self.platform.apply(&[(name, text)]).await.unwrap();
    }

    /// Applies these documents, and removes the others of their kinds.
    pub(crate) async fn prune(&self, name: &str, text: &str) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        self.command(&["apply", &folder.path().display().to_string(), "--prune"]).await;
    }

    pub(crate) async fn credentials(&self, feed: &str, user: &str, password: &str) {
        let file = self.folder.path().join("password");
        std::fs::write(&file, format!("{password}\n")).unwrap();
        let file = file.display().to_string();
        self.command(&["threat", "credentials", feed, "--username", user, "--password-file", &file]).await;
    }

    pub(crate) async fn read(&self, feed: &str) {
        self.command(&["threat", "read", feed]).await;
    }

    /// What this person's browser is answered from that address: the status, and the page.
    pub(crate) async fn from(&self, address: [u8; 4]) -> (u16, String) {
        self.asked(address, "en").await
    }

    /// The page that refuses this person, in Japanese.
    pub(crate) async fn in_japanese(&self) -> String {
        self.asked([127, 0, 0, 1], "ja").await.1
    }

    async fn asked(&self, address: [u8; 4], language: &str) -> (u16, String) {
        let connector = self.platform.connector().unwrap().from(address.into());
        let request = Request::get("/").header("Host", format!("{OPEN}:{}", connector.port()));
        let request = request.header("Accept", "text/html").header("Accept-Language", language);
        let request = request.header("Sec-Fetch-Mode", "navigate").header("Cookie", self.person.cookie(OPEN));
        let mut connection = connector.keep(OPEN).await.unwrap();
        let response = connection.send(request.body(Full::default()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    pub(crate) async fn until_open(&self, address: [u8; 4]) {
        self.until_status(address, 200).await;
    }

    pub(crate) async fn until_closed(&self, address: [u8; 4]) {
        self.until_status(address, 403).await;
    }

    async fn until_status(&self, address: [u8; 4], status: u16) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.from(address).await;
            if found.0 == status {
                return;
            }
            assert!(Instant::now() < deadline, "{address:?} is answered {found:?} instead of {status}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn until_networks(&self, feed: &str, networks: u64) {
        self.until(feed, |row| row["networks"] == networks && row["problem"].is_null()).await;
    }

    pub(crate) async fn until_skipped(&self, feed: &str, skipped: u64) {
        self.until(feed, |row| row["skipped"] == skipped).await;
    }

    pub(crate) async fn until_problem(&self, feed: &str, problem: &str) {
        self.until(feed, |row| row["problem"].as_str().is_some_and(|found| found.contains(problem))).await;
    }

    async fn until(&self, feed: &str, holds: impl Fn(&Value) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let rows = self.command(&["threat", "list"]).await;
            let row = rows.as_array().unwrap().iter().find(|row| row["feed"] == feed);
            if row.is_some_and(&holds) {
                return;
            }
            assert!(Instant::now() < deadline, "{rows}");
            sleep(Duration::from_millis(50)).await;
        }
    }
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

/// The WebSocket is ended by policy.
pub(crate) async fn cut(socket: &mut Socket) {
    loop {
        let message = timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
        if let Message::Close(frame) = message {
            assert_eq!(frame.map(|frame| u16::from(frame.code)), Some(1008));
            return;
        }
    }
}
