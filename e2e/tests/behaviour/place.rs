//! A platform with a file of places that `mmdb-writer` made and `maxminddb` read back: this machine's usual address is in Japan, another
//! one in Brazil, and a third nowhere.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use sekisho_e2e::client::{Person, Socket};
use sekisho_e2e::origin::Streams;
use sekisho_e2e::peer::packages;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

pub(crate) const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
pub(crate) const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 200);
const PATIENCE: Duration = Duration::from_secs(120);
const ROWS: [&str; 2] = ["127.0.0.0/25=JP,35.68,139.77,64496", "127.0.0.200/32=BR,-23.55,-46.63,64500"];
const READ_BACK: &str = "127.0.0.0=JP=64496\n127.0.0.200=BR=64500";

/// The open resource is for those whose risk is below this: a new country adds 40. The closed one is for those in Japan.
const POLICIES: &str = "@id(\"open\")
permit (
  principal in Sekisho::Group::\"runners\",
  action,
  resource == Sekisho::Resource::\"open\"
) when { context.session.phishing_resistant && context.risk < 40 };

@id(\"japan\")
permit (
  principal in Sekisho::Group::\"runners\",
  action,
  resource == Sekisho::Resource::\"closed\"
) when { context.network has country && context.network.country == \"JP\" && context.network has asn && context.network.asn == 64496 };
";

const COLLEAGUE: &str = "[[user]]\nid = \"colleague\"\nname = \"Colleague\"\nemployment = \"staff\"\ngroups = [\"runners\", \"helpdesk\"]\n\
    [[user]]\nid = \"stranger\"\nname = \"Stranger\"\nemployment = \"staff\"\ngroups = [\"runners\"]\n";

pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) person: Person,
    _application: Streams,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let (application, platform) = (Streams::serve("open").await.unwrap(), Platform::start(1).await.unwrap());
        let folder = platform.data().join("places");
        std::fs::create_dir_all(&folder).unwrap();
        make(&folder.join("city.mmdb"));
        let person = platform.example(application.port()).await.unwrap();
        platform.apply(&[("colleague.toml", COLLEAGUE), ("open.cedar", POLICIES)]).await.unwrap();
        let place = Self { platform, person, _application: application };
        place.until_files().await;
        place
    }

    /// Kills the process, and starts another one.
    pub(crate) async fn kill_and_restart(self) -> Self {
        let platform = self.platform.kill_and_restart().await.unwrap();
        Self { platform, ..self }
    }

    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        self.platform.command(arguments).await.unwrap()
    }

    /// Signs in at a new browser, at that address.
    pub(crate) async fn sign_in_from(&mut self, address: Ipv4Addr) {
        self.person.come_from(address);
        self.person.take_another_browser();
        self.person.sign_in().await.unwrap();
    }

    /// Signs in here until there is enough history, and uses the open resource meanwhile.
    pub(crate) async fn sign_in_until_known(&mut self) {
        self.until_status(OPEN, HERE, 200).await;
        for _ in 0..10 {
            self.sign_in_from(HERE).await;
        }
        let known = self.until(ACCOUNT, |known| known["sign_ins"].as_u64().unwrap() >= 11).await;
        assert_eq!((known["history"].as_str(), known["countries"][0]["value"].as_str()), (Some("enough"), Some("JP")));
    }

    /// What is known of a person, once it is as it has to be.
    pub(crate) async fn until(&self, user: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let known = self.platform.command(&["behaviour", "show", user]).await;
            match &known {
                Ok(known) if holds(known) => return known.clone(),
                _ => assert!(Instant::now() < deadline, "{known:?}"),
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn until_files(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.command(&["behaviour", "files"]).await.to_string().contains("Test-City-ASN") {
            assert!(Instant::now() < deadline, "the file of places is not read");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// What this person's browser is answered from that address.
    pub(crate) async fn asked(&mut self, host: &str, address: Ipv4Addr) -> (u16, String) {
        self.person.come_from(address);
        let answer = self.person.open(host, "/").await.unwrap();
        (answer.status, answer.body)
    }

    pub(crate) async fn until_status(&mut self, host: &str, address: Ipv4Addr, status: u16) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.asked(host, address).await;
            if found.0 == status {
                return;
            }
            assert!(Instant::now() < deadline, "{host} answers {found:?} at {address} instead of {status}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// What was usual and what was seen, of something unusual by its name.
pub(crate) fn said(known: &Value, name: &str) -> Option<(String, String)> {
    let open = known["open"].as_array()?.iter().find(|open| open["name"] == name)?;
    Some((open["usual"].as_str()?.to_owned(), open["seen"].as_str()?.to_owned()))
}

/// Makes the file of places with the writer of others, and has their reader read it back.
fn make(file: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/behaviour/places.py");
    let ran = Command::new(packages().join("python")).arg(script).arg(file).args(ROWS).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(said.trim(), READ_BACK, "the reader of others says something else");
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
