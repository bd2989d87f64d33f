//! Detection of the built binary: a password spray raises the risk of the accounts, and what is open is decided again; failed sign-ins to
//! fewer accounts raise no such signal.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

/// How long what must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The open resource is for those whose risk is below this: a spray adds 50.
const POLICY: &str = "@id(\"open\")
permit (
  principal in Sekisho::Group::\"runners\",
  action,
  resource == Sekisho::Resource::\"open\"
) when { context.session.phishing_resistant && context.risk < 50 };
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_spray_raises_the_risk_and_cuts_what_is_open() {
    let origin = Origin::serve(&[("/", "open")]).await.unwrap();
    let platform = Platform::start(1).await.unwrap();
    let mut person = platform.example(origin.port()).await.unwrap();
    let mut people = String::new();
    for number in 1..=4 {
        writeln!(people, "[[user]]\nid = \"sprayed-{number}\"\nname = \"Sprayed {number}\"").unwrap();
    }
    platform.apply(&[("people.toml", &people), ("open.cedar", POLICY)]).await.unwrap();
    person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    let mut socket = person.socket(OPEN, "/socket").await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("welcome"));

    // Four accounts: nothing.
    for number in 1..=4 {
        fail(&platform, &format!("sprayed-{number}")).await;
    }
    wait(&platform, "sign-in-failed", 4).await;
    assert!(found(&platform, "password-spray").await.is_empty());
    person.open(OPEN, "/").await.unwrap().expect(200).unwrap();

    // The fifth is the account of the person, who is at work.
    fail(&platform, ACCOUNT).await;
    let began = Instant::now();
    let ended = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    let findings = wait(&platform, "password-spray", 5).await;
    assert!(findings.iter().all(|finding| finding.pointer("/ocsf/class_uid").unwrap() == 2004), "{findings:?}");
    let about: Vec<&str> = findings.iter().filter_map(|finding| finding.get("person")?.as_str()).collect();
    assert!(about.contains(&ACCOUNT) && about.contains(&"sprayed-1"), "{about:?} after {:?}", began.elapsed());
    let rules = platform.command(&["detection", "list"]).await.unwrap().to_string();
    assert!(rules.contains("Password spray"), "{rules}");
    assert_ne!(person.open(OPEN, "/").await.unwrap().status, 200);
}

/// Fails to sign in with a password.
async fn fail(platform: &Platform, account: &str) {
    let mut attacker = platform.person().unwrap();
    let page = attacker.portal("/sign-in").await.unwrap();
    let fields = [("csrf", page.form_token().unwrap()), ("user", account), ("password", "spring-2026")];
    attacker.submit("/sign-in", &fields).await.unwrap();
}

async fn found(platform: &Platform, reason: &str) -> Vec<Value> {
    let list = platform.command(&["event", "list", "--reason", reason, "--limit", "200"]).await.unwrap();
    list.get("items").unwrap_or(&list).as_array().cloned().unwrap_or_default()
}

/// At least `count` events for this reason, once they are there.
async fn wait(platform: &Platform, reason: &str, count: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let events = found(platform, reason).await;
        if events.len() >= count {
            return events;
        }
        assert!(began.elapsed() < PATIENCE, "{} of {count} events for {reason}", events.len());
    }
}
