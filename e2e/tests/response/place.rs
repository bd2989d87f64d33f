//! A platform with a person at work, four more accounts, and playbooks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use sekisho_e2e::client::{Person, Socket};
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::ACCOUNT;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

/// How long what must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) const SPRAY: &str = r#"
[[playbook]]
id = "spray"
name = { en = "Password spray", ja = "パスワードスプレー" }
trigger = "password-spray"
mode = "automatic"
actions = ["end-sessions", "raise-risk", "send-webhook"]
webhook = "URL"
people = 1
when = 'principal != Sekisho::User::"nobody"'
never = ["sprayed-1"]
"#;

/// A playbook that disables accounts to which nobody can sign in.
pub(crate) fn disable_playbook(id: &str, mode: &str) -> String {
    format!(
        "[[playbook]]\nid = \"{id}\"\nname = {{ en = \"{id}\", ja = \"{id}\" }}\ntrigger = \"failed-sign-ins\"\nmode = \"{mode}\"\n\
         actions = [\"disable-account\", \"raise-risk\"]\nlasts = \"1h\"\npeople = 1000\n"
    )
}

pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) person: Person,
    _origin: Origin,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let origin = Origin::serve(&[("/", "open")]).await.unwrap();
        let platform = Platform::start(1).await.unwrap();
        let person = platform.example(origin.port()).await.unwrap();
        let place = Self { platform, person, _origin: origin };
        place.people(&["sprayed-1", "sprayed-2", "sprayed-3", "sprayed-4"]).await;
        place
    }

    pub(crate) async fn people(&self, people: &[&str]) {
        let mut text = String::new();
        for person in people {
            writeln!(text, "[[user]]\nid = \"{person}\"\nname = \"{person}\"").unwrap();
        }
        self.apply("people.toml", &text).await;
    }

    pub(crate) async fn apply(&self, name: &str, text: &str) {
        self.platform.apply(&[(name, text)]).await.unwrap();
    }

    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        self.platform.command(arguments).await.unwrap()
    }

    pub(crate) async fn secret(&self, playbook: &str) -> String {
        self.command(&["playbook", "secret", playbook]).await["secret"].as_str().unwrap().to_owned()
    }

    /// One failed sign-in to each of five accounts: that of the person at work comes last, and yet is the first in order.
    pub(crate) async fn spray(&self) {
        for account in ["sprayed-1", "sprayed-2", "sprayed-3", "sprayed-4", ACCOUNT] {
            attempt(&self.platform, account).await;
        }
    }

    /// As many failed sign-ins as raise a signal.
    pub(crate) async fn fail(&self, account: &str) {
        fail(&self.platform, account).await;
    }

    /// The state of an account.
    pub(crate) async fn status(&self, account: &str) -> String {
        status(&self.platform, account).await
    }

    /// The response of a playbook about somebody, once it stands so.
    pub(crate) async fn until(&self, playbook: &str, account: &str, state: &str) -> Value {
        self.find(playbook, |one| one["user"] == account && one["state"] == state).await
    }

    pub(crate) async fn find(&self, playbook: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            if let Some(found) = self.find_all(playbook, &fits).await.into_iter().next() {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "{:?}", all(&self.platform).await);
        }
    }

    pub(crate) async fn find_all(&self, playbook: &str, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let rows = all(&self.platform).await;
        rows.into_iter().filter(|one| one["playbook"] == playbook && fits(one)).collect()
    }

    /// How many responses of a playbook are in each state, once there is one about each of the five.
    pub(crate) async fn states(&self, playbook: &str) -> BTreeMap<String, usize> {
        let began = Instant::now();
        loop {
            let rows = self.find_all(playbook, |_| true).await;
            let mut states = BTreeMap::new();
            for row in &rows {
                *states.entry(row["state"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            if rows.len() >= 5 {
                return states;
            }
            assert!(began.elapsed() < PATIENCE, "{rows:?}");
        }
    }
}

/// Every response.
pub(crate) async fn all(platform: &Platform) -> Vec<Value> {
    platform.command(&["response", "list"]).await.unwrap().as_array().unwrap().clone()
}

pub(crate) async fn status(platform: &Platform, account: &str) -> String {
    let user = platform.command(&["user", "show", account]).await.unwrap();
    user["document"]["body"]["status"].as_str().unwrap().to_owned()
}

pub(crate) async fn fail(platform: &Platform, account: &str) {
    for _ in 0..3 {
        attempt(platform, account).await;
    }
}

async fn attempt(platform: &Platform, account: &str) {
    let mut attacker = platform.person().unwrap();
    let page = attacker.portal("/sign-in").await.unwrap();
    let fields = [("csrf", page.form_token().unwrap()), ("user", account), ("password", "spring-2026")];
    attacker.submit("/sign-in", &fields).await.unwrap();
}

/// The actions of a response, each with what became of it.
pub(crate) fn steps(response: &Value) -> Vec<(&str, &str)> {
    let steps = response["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["action"].as_str().unwrap(), step["state"].as_str().unwrap())).collect()
}

/// Waits until the WebSocket has ended.
pub(crate) async fn cut(socket: &mut Socket) {
    let ended = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
}
