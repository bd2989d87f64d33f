//! Responses: failed sign-ins to two accounts disable one of them, the limit of one person holds the other, and it is undone.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Slice;
use crate::check::browser::{Browser, Trouble};
use crate::check::page::Form;
use crate::check::{Seen, expect};
use crate::scene::Scene;

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "response",
    expected: "failed sign-ins to two accounts: one is disabled, the other held by the limit of one person; undone, the account is active again",
    run: |scene| Box::pin(run(scene)),
};

/// How long a response may take on a busy machine before the step gives up on it.
const PATIENCE: Duration = Duration::from_secs(15);
/// The accounts, which the step makes.
const ACCOUNTS: [&str; 2] = ["locked-1", "locked-2"];
const PLAYBOOK: &str = "check-lock";

async fn run(scene: &Scene) -> Seen {
    apply(scene).await?;
    let mut attacker = Browser::new(scene.server_roots().map_err(|failure| failure.to_string())?);
    fail(scene, &mut attacker, ACCOUNTS[0]).await?;
    let failed = Instant::now();
    let done = until(scene, ACCOUNTS[0], "done").await?;
    let delay = failed.elapsed();
    fail(scene, &mut attacker, ACCOUNTS[1]).await?;
    until(scene, ACCOUNTS[1], "held").await?;
    let states = (status(scene, ACCOUNTS[0]).await?, status(scene, ACCOUNTS[1]).await?);
    expect(states == ("disabled".to_owned(), "active".to_owned()), || format!("the accounts were {states:?}"))?;
    let id = done.get("id").and_then(Value::as_str).ok_or("a response has no identifier")?;
    send(scene, &format!("/responses/{id}/undo")).await?;
    until(scene, ACCOUNTS[0], "undone").await?;
    let after = status(scene, ACCOUNTS[0]).await?;
    expect(after == "active", || format!("undone, the account was {after}"))?;
    Ok(format!(
        "{} was disabled {} ms after the third failure; {} was held; undone, it is active",
        ACCOUNTS[0],
        delay.as_millis(),
        ACCOUNTS[1]
    ))
}

/// The accounts, and the playbook.
async fn apply(scene: &Scene) -> Result<(), Trouble> {
    let user = |id: &str| json!({ "kind": "user", "id": id, "body": { "id": id, "name": id }, "origin": "user" });
    let playbook = json!({ "id": PLAYBOOK, "name": { "en": "Lock", "ja": "ロック" }, "trigger": "failed-sign-ins", "mode": "automatic",
        "actions": ["disable-account"], "people": 1, "when": ACCOUNTS.map(|account| format!("principal == Sekisho::User::\"{account}\"")).join(" || ") });
    let playbook = json!({ "kind": "playbook", "id": PLAYBOOK, "body": playbook, "origin": "playbook" });
    let documents = [user(ACCOUNTS[0]), user(ACCOUNTS[1]), playbook];
    let body = json!({ "documents": documents, "prune": false, "plan_only": false });
    scene.admin().send("POST", "/apply", Some(&body)).await.map(drop).map_err(|failure| failure.to_string())
}

/// As many failed sign-ins as raise a signal.
async fn fail(scene: &Scene, attacker: &mut Browser, account: &str) -> Result<(), Trouble> {
    for _ in 0..3 {
        let page = attacker.open(&format!("{}/sign-in", scene.portal())).await?;
        let form = Form::find(&page.body, "class=\"fields\"").ok_or("the sign-in page has no password form")?;
        let action = form.attribute("action").ok_or("the sign-in form has no address")?;
        let token = form.value("csrf").ok_or("the sign-in form has no token")?;
        let fields = [("csrf", token.as_str()), ("user", account), ("password", "spring-2026")];
        attacker.submit(&format!("{}{action}", scene.portal()), &fields).await?;
    }
    Ok(())
}

/// The response about an account, once it stands so.
async fn until(scene: &Scene, account: &str, state: &str) -> Result<Value, Trouble> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let responses = scene.admin().list("/responses").await.map_err(|failure| failure.to_string())?;
        let field = |one: &Value, name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut found =
            responses.into_iter().filter(|one| field(one, "user") == account && field(one, "state") == state);
        if let Some(response) = found.next() {
            return Ok(response);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(format!("no response about {account} was {state}"))
}

async fn status(scene: &Scene, account: &str) -> Result<String, Trouble> {
    let user =
        scene.admin().send("GET", &format!("/users/{account}"), None).await.map_err(|failure| failure.to_string())?;
    Ok(user.get("status").and_then(Value::as_str).unwrap_or_default().to_owned())
}

async fn send(scene: &Scene, path: &str) -> Result<(), Trouble> {
    scene.admin().send("POST", path, None).await.map(drop).map_err(|failure| failure.to_string())
}
