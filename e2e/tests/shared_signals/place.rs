//! A platform whose person has a mail address and a WebSocket, and a transmitter whose events count.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use sekisho_e2e::client::{Person, Socket};
use sekisho_e2e::origin::Streams;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::OPEN;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::transmitter::{AUDIENCE, ISSUER, Transmitter};

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// How long after the answer what was open may go on.
const CUT: Duration = Duration::from_secs(1);
/// The person's mail address.
pub(crate) const MAIL: &str = "runner@example.jp";

const PEOPLE: &str = r#"
[[user]]
id = "runner"
name = "Runner"
email = "Runner@Example.jp"
employment = "staff"
groups = ["runners"]

[[user]]
id = "one-of-two"
name = "One of two"
email = "shared@example.jp"

[[user]]
id = "the-other"
name = "The other"
email = "shared@example.jp"
"#;

const TRANSMITTER: &str = r#"
[[transmitter]]
id = "idp"
max_age = "5m"

[transmitter.source.signed]
issuer = "ISSUER"
audience = "AUDIENCE"
keys = '''KEYS'''

[transmitter.events]
session-revoked = "end-sessions"
credential-change = "require-sign-in"
device-compliance-change = "device-compliance"
"#;

pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) person: Person,
    pub(crate) transmitter: Transmitter,
    document: String,
    _application: Streams,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let (application, platform) = (Streams::serve("open").await.unwrap(), Platform::start(2).await.unwrap());
        let mut person = platform.example(application.port()).await.unwrap();
        let mut transmitter = Transmitter::start(platform.connector().unwrap()).unwrap();
        let text = TRANSMITTER.replace("ISSUER", ISSUER).replace("AUDIENCE", AUDIENCE);
        let text = text.replace("KEYS", &transmitter.keys().await.unwrap());
        platform.apply(&[("people.toml", PEOPLE), ("idp.toml", &text)]).await.unwrap();
        person.open(OPEN, "/").await.unwrap();
        Self { platform, person, transmitter, document: text, _application: application }
    }

    /// The same platform in a new process.
    pub(crate) async fn restarted(self) -> Self {
        Self { platform: self.platform.stop_and_restart(|_| {}).await.unwrap(), ..self }
    }

    /// Lets the events of the transmitter count, or not.
    pub(crate) async fn turn(&self, on: bool) {
        let text = self.document.replace("max_age = \"5m\"", &format!("max_age = \"5m\"\nenabled = {on}"));
        self.platform.apply(&[("idp.toml", &text)]).await.unwrap();
    }

    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        self.platform.command(arguments).await.unwrap()
    }

    /// What the platform publishes at an address of the portal.
    pub(crate) async fn published(&self, path: &str) -> String {
        self.platform.person().unwrap().portal(path).await.unwrap().expect(200).unwrap().body
    }

    /// Waits until the ledger has as many acts with that code.
    pub(crate) async fn until_acts(&self, code: &str, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let acts = self.command(&["act", "list"]).await;
            let found = acts.as_array().unwrap().iter().filter(|act| act["act"] == code).count();
            if found == count {
                return;
            }
            assert!(found < count && Instant::now() < deadline, "{acts}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// A WebSocket of the person that carries messages.
    pub(crate) async fn socket(&mut self) -> Socket {
        self.person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
        let mut socket = self.person.socket(OPEN, "/socket").await.unwrap();
        alive(&mut socket).await;
        socket
    }

    /// The status with which the application answers, without following where it leads.
    pub(crate) async fn asked(&mut self) -> u16 {
        let url = format!("https://{OPEN}:{}/", self.platform.port());
        self.person.ask(&url, &[]).await.unwrap().status
    }

    /// Waits until the application opens with that status, by the portal if need be.
    pub(crate) async fn until_opened(&mut self, status: u16) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.person.open(OPEN, "/").await.unwrap().status;
            if found == status {
                return;
            }
            assert!(Instant::now() < deadline, "{found} instead of {status}");
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

/// Reads a socket to its end: when it ended, and with which code.
pub(crate) async fn end_of(mut socket: Socket) -> (Instant, Option<u16>) {
    let mut code = None;
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Close(frame) = message {
            code = frame.map(|frame| frame.code.into());
        }
    }
    (Instant::now(), code)
}

/// A socket that is being read ended by policy, within a second after the answer.
pub(crate) async fn was_cut(end: tokio::task::JoinHandle<(Instant, Option<u16>)>, answered: Instant) -> u128 {
    let (at, code) = timeout(PATIENCE, end).await.unwrap().unwrap();
    let late = at.saturating_duration_since(answered);
    assert!(late < CUT && code == Some(1008), "{late:?}, {code:?}");
    late.as_millis()
}
