//! Events: what happened is found, as OCSF, a moment later.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::Slice;
use crate::check::browser::Browser;
use crate::check::{Seen, expect};
use crate::scene::Scene;

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "events",
    expected: "a request without a session is an OCSF event within a second of its answer, found by its resource and not by another one",
    run: |scene| Box::pin(run(scene)),
};

/// How long an event may take on a busy machine before the step gives up on it.
const PATIENCE: Duration = Duration::from_secs(15);

async fn run(scene: &Scene) -> Seen {
    let mut stranger = Browser::new(scene.server_roots().map_err(|failure| failure.to_string())?);
    let answer = stranger.open_once(&format!("{}/of-the-step-events", scene.payroll())).await?;
    let asked = Instant::now();
    loop {
        let events = events(scene, "payroll").await?;
        if let Some(event) = events.iter().find(|event| is_ours(event)) {
            let took = asked.elapsed().as_millis();
            let class = event.pointer("/ocsf/class_name").and_then(Value::as_str).unwrap_or_default().to_owned();
            expect(class == "HTTP Activity", || format!("the event has the class {class:?}"))?;
            let outcome = event.get("outcome").and_then(Value::as_str).unwrap_or_default().to_owned();
            expect(outcome != "permit", || {
                format!("a stranger was answered {} and the event says {outcome}", answer.status)
            })?;
            let elsewhere = self::events(scene, "wiki").await?;
            expect(!elsewhere.iter().any(is_ours), || "it is found under another resource too".to_owned())?;
            return Ok(format!("{class}, outcome {outcome}, found {took} ms after the answer, and not under wiki"));
        }
        expect(asked.elapsed() < PATIENCE, || format!("no event of the request among {}", events.len()))?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn is_ours(event: &Value) -> bool {
    event.pointer("/ocsf/http_request/url/path").and_then(Value::as_str) == Some("/of-the-step-events")
}

async fn events(scene: &Scene, resource: &str) -> Result<Vec<Value>, String> {
    let found = scene.admin().send("GET", &format!("/events?limit=200&resource={resource}"), None).await;
    let found = found.map_err(|failure| failure.to_string())?;
    Ok(found.get("items").and_then(Value::as_array).cloned().unwrap_or_default())
}
