//! What the record must hold after the attacks, and after a power failure right behind the last of them: I1, I5, I9, I10.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_attacks::{Passed, Request};
use serde_json::Value;

use crate::ground::{APP, Ground};

/// How long events may take to be written on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What happened, by the origin and by the client.
#[derive(Default)]
pub(crate) struct Happened {
    /// Requests that the origin saw.
    forwarded: Vec<Request>,
    /// Denials by policy that the client saw, by their identifier.
    denied: Vec<String>,
}

impl Happened {
    pub(crate) fn add(&mut self, passed: Passed) {
        self.forwarded.extend(passed.forwarded);
        let denied = passed.responses.iter().filter(|response| response.status == 403);
        self.denied.extend(denied.filter_map(|response| response.field("x-request-id")).map(str::to_owned));
    }
}

/// Ends the platform as a power failure would, and holds what is on the disk against what happened.
pub(crate) async fn holds(ground: Ground, happened: &Happened) -> Vec<String> {
    let mut wrong = Vec::new();
    wrong.extend(ground.is_well().await.err());
    wrong.extend(ground.bystander.asks().await.err());
    wrong.extend(written(&ground, &happened.forwarded).await.err());
    let secrets = [ground.setting.cookie.clone()];
    let platform = match ground.platform.kill_and_restart().await {
        Ok(platform) => platform,
        Err(trouble) => return vec![format!("it does not start after the attacks: {trouble}")],
    };
    let ledger = platform.data().join("ledger");
    if ground.is_logged && platform.log().is_empty() {
        wrong.push("I9: there is no log to look into".to_owned());
    }
    wrong.extend(no_secret(&platform.log(), &ledger, &secrets));
    let events = access_events(&ledger);
    let mut decisions = HashMap::new();
    for request in &happened.forwarded {
        let id = request.values("x-request-id").first().copied().unwrap_or_default().to_owned();
        let Some([event]) = events.get(&id).map(Vec::as_slice) else {
            wrong.push(format!(
                "I1: {} reached the origin with {:?} records",
                request.line,
                events.get(&id).map(Vec::len)
            ));
            continue;
        };
        let decision = text(event, "/decision");
        if !decisions.contains_key(&decision) {
            let found = platform.command(&["decision", "show", &decision]).await;
            decisions.insert(decision.clone(), found.unwrap_or_else(|trouble| Value::String(trouble.to_string())));
        }
        wrong.extend(permits(request, event, decisions.get(&decision).unwrap_or(&Value::Null)).err());
    }
    for id in &happened.denied {
        let found = platform.command(&["decision", "show", id]).await;
        let found = found.unwrap_or_else(|trouble| Value::String(trouble.to_string()));
        if text(&found, "/decision/outcome") != "deny" {
            wrong.push(format!("I5: the denial {id} is not recorded: {found}"));
        }
    }
    let folder = ledger.display().to_string();
    if let Err(trouble) = platform.command(&["ledger", "verify", &folder]).await {
        wrong.push(format!("I10: {trouble}"));
    }
    wrong
}

/// Waits until each forwarded request is written down. A decision is before its answer leaves; an event that a remembered decision
/// covers is a moment later, which on a busy machine may be long.
async fn written(ground: &Ground, forwarded: &[Request]) -> Result<(), String> {
    let (ledger, began) = (ground.platform.data().join("ledger"), Instant::now());
    loop {
        let events = access_events(&ledger);
        let is_missing = |id: &&str| !events.contains_key(*id);
        let missing = forwarded.iter().flat_map(|request| request.values("x-request-id")).filter(is_missing).count();
        if missing == 0 {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("I1: {missing} of {} forwarded requests are not recorded", forwarded.len()));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// I1: the record says what the origin saw, and permits it.
fn permits(request: &Request, event: &Value, found: &Value) -> Result<(), String> {
    let target = request.line.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    let seen = format!("{} {path} {APP} alice", request.line.split(' ').next().unwrap_or_default());
    let recorded = format!(
        "{} {} {} {}",
        text(event, "/method"),
        text(event, "/path"),
        text(found, "/decision/host"),
        text(found, "/decision/subject")
    );
    says_who_asks(request)?;
    let permitted = text(found, "/decision/outcome") == "permit" && found.pointer("/decision/device").is_none();
    if seen == recorded && permitted {
        Ok(())
    } else {
        Err(format!("I1: {seen} was forwarded, {recorded} recorded: {found}"))
    }
}

/// I3: the assertion speaks of the session's person, to this application, for no longer than a minute.
fn says_who_asks(request: &Request) -> Result<(), String> {
    let assertion = request.values("sekisho-assertion").first().copied().unwrap_or_default();
    let claims = assertion.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
    let time = |name: &str| claims.get(name).and_then(Value::as_i64);
    let lives = time("exp").zip(time("iat")).map(|(until, from)| until - from);
    let right = text(&claims, "/sub") == "alice"
        && text(&claims, "/aud") == "app"
        && lives.is_some_and(|lives| (1..=60).contains(&lives));
    if right { Ok(()) } else { Err(format!("I3: {} came with {claims}", request.line)) }
}

/// I9: no secret is in the log or in the ledger.
fn no_secret(log: &str, ledger: &Path, secrets: &[String]) -> Vec<String> {
    let secrets: Vec<&str> = secrets.iter().filter_map(|cookie| cookie.split('=').nth(1)).collect();
    let mut wrong = Vec::new();
    for file in files(ledger) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap_or_default()).into_owned();
        if secrets.iter().any(|secret| text.contains(secret)) {
            wrong.push(format!("I9: a session cookie is in {}", file.display()));
        }
    }
    if secrets.iter().any(|secret| log.contains(secret)) {
        wrong.push("I9: a session cookie is in the log".to_owned());
    }
    wrong
}

/// The access events on the disk, by request.
pub(crate) fn access_events(ledger: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut events: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for file in files(&ledger.join("access")) {
        for line in std::fs::read_to_string(file).unwrap_or_default().lines() {
            // The last line may be half written, while somebody writes.
            let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
            events.entry(text(&event, "/request")).or_default().push(event);
        }
    }
    events
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

pub(crate) fn text(value: &Value, at: &str) -> String {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned()
}
