//! One act in four ways: in the console, by the command on the machine, by the command from elsewhere, and by a program with a token.

use std::time::Duration;

use futures_util::StreamExt;
use sekisho_e2e::client::Socket;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::place::{CHIEF, Place, said};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long after the answer to the act what was open may go on.
const CUT: Duration = Duration::from_secs(1);
/// Acts that others make meanwhile.
const BESIDES: [&str; 1] = ["requests-refused"];

#[derive(Debug, Clone, Copy)]
enum Way {
    Console,
    LocalCommand,
    RemoteCommand,
    Program,
}

const WAYS: [Way; 4] = [Way::Console, Way::LocalCommand, Way::RemoteCommand, Way::Program];

pub(crate) async fn an_account_is_disabled_in_four_ways(place: &mut Place) {
    let mut first: Option<Vec<Value>> = None;
    for way in WAYS {
        place.platform.command(&["session", "end", "--user", ACCOUNT]).await.unwrap();
        place.runner.sign_in().await.unwrap();
        place.runner.open(OPEN, "/").await.unwrap().expect(200).unwrap();
        let mut socket = place.runner.socket(OPEN, "/socket").await.unwrap();
        timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
        let before = place.entries(0).await.len();
        let cut = tokio::spawn(end_of(socket));
        disable(place, way, ACCOUNT).await.unwrap_or_else(|refusal| panic!("{way:?}: {refusal:?}"));
        let answered = Instant::now();
        let (at, code) = timeout(PATIENCE, cut).await.unwrap().unwrap();
        let late = at.saturating_duration_since(answered);
        assert!(late < CUT && code == Some(1008), "{way:?}: {late:?}, {code:?}");
        // Nothing opens any more.
        let refused = place.runner.open(OPEN, "/").await.unwrap();
        assert!(refused.url.contains("/sign-in"), "{way:?}: {} {}", refused.status, refused.url);
        let recorded = recorded(place, before).await;
        assert!(recorded.iter().any(|entry| entry["act"] == "user-disabled"), "{way:?}: {recorded:#?}");
        match &first {
            None => first = Some(recorded),
            Some(first) => assert_eq!(&recorded, first, "{way:?}"),
        }
        place.platform.command(&["user", "enable", ACCOUNT]).await.unwrap();
    }
}

/// The refusal of an act: its status, as HTTP or the command line has it, and its text.
type Refusal = (u16, String);

pub(crate) async fn nobody_disables_their_own_account(place: &mut Place) {
    let before = place.entries(0).await.len();
    let mut texts = Vec::new();
    for (way, expected) in [(Way::Console, 403), (Way::RemoteCommand, 77), (Way::Program, 403)] {
        let (status, text) = disable(place, way, CHIEF).await.unwrap_err();
        assert_eq!(status, expected, "{way:?}: {text}");
        texts.push(text.to_lowercase());
    }
    let sentence = "nobody can disable or remove their own account: ask another administrator";
    assert!(texts.iter().all(|text| text.contains(sentence)), "{texts:#?}");
    let recorded = acts(&place.entries(before).await);
    assert!(recorded.is_empty(), "{recorded:#?}");
    // The operator has no account on the platform, and is refused nothing of the kind.
    let own = place.chief.program.ask("GET", "/me", None).await.unwrap();
    assert_eq!((own.status, own.body["user"].as_str()), (200, Some(CHIEF)));
}

async fn disable(place: &mut Place, way: Way, user: &str) -> Result<(), Refusal> {
    let portal = place.portal();
    match way {
        Way::Console => {
            let person = &mut place.chief.person;
            let page = person.portal(&format!("/console/users/{user}")).await.unwrap().expect(200).unwrap();
            let token = page.form_token().unwrap().to_owned();
            let done = person.submit(&format!("/console/users/{user}/disable"), &[("csrf", &token)]).await.unwrap();
            if done.status == 200 { Ok(()) } else { Err((done.status, done.body)) }
        }
        Way::LocalCommand => {
            let done = place.platform.command(&["user", "disable", user]).await;
            done.map(drop).map_err(|trouble| (1, trouble.to_string()))
        }
        Way::RemoteCommand => {
            let output = place.chief.terminal.run(&["user", "disable", user, "--server", &portal]).await.unwrap();
            let status = u16::try_from(output.status.code().unwrap()).unwrap();
            if status == 0 { Ok(()) } else { Err((status, said(&output))) }
        }
        Way::Program => {
            let asked = place.chief.program.ask("POST", &format!("/users/{user}/disable"), None).await.unwrap();
            if asked.status == 200 { Ok(()) } else { Err((asked.status, asked.title().to_owned())) }
        }
    }
}

/// Reads a socket to its end: when it ended, and with which code.
async fn end_of(mut socket: Socket) -> (Instant, Option<u16>) {
    let mut code = None;
    while let Some(Ok(message)) = socket.next().await {
        if let tokio_tungstenite::tungstenite::Message::Close(frame) = message {
            code = frame.map(|frame| frame.code.into());
        }
    }
    (Instant::now(), code)
}

/// The acts since, and how what was open ended, once that is recorded.
async fn recorded(place: &Place, since: usize) -> Vec<Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let entries = place.entries(since).await;
        let is_end = |entry: &&Value| entry["entry"] == "stream-end" && entry["subject"] == ACCOUNT;
        if let Some(end) = entries.iter().find(is_end) {
            let end = json!({ "subject": end["subject"], "resource": end["resource"], "reason": end["reason"] });
            return acts(&entries).into_iter().chain([end]).collect();
        }
        assert!(Instant::now() < deadline, "no end is recorded: {entries:#?}");
    }
}

/// Acts without who did them and when.
fn acts(entries: &[Value]) -> Vec<Value> {
    let acts = entries.iter().filter(|entry| entry["entry"] == "act");
    let acts = acts.filter(|entry| !BESIDES.iter().any(|besides| entry["act"] == *besides));
    acts.map(|act| {
        let mut detail = act["detail"].clone();
        // Each time it is another session.
        if let Some(sessions) = detail.get_mut("sessions") {
            *sessions = json!(sessions.as_array().map(Vec::len));
        }
        json!({ "act": act["act"], "target": act["target"], "detail": detail })
    })
    .collect()
}
