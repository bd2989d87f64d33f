//! Events: what happened is found, as OCSF, a moment later.

use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::Value;

use super::Slice;
use crate::check::person::Person;
use crate::check::{Seen, expect};
use crate::scene::Scene;

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "events",
    expected: "payroll refuses Erin: an OCSF event within a second of the answer, found by person and resource and by no other resource",
    run: |scene| Box::pin(run(scene)),
};

/// How long an event may take on a busy machine before the step gives up on it.
const PATIENCE: Duration = Duration::from_secs(15);

async fn run(scene: &Scene) -> Seen {
    let mut erin = Person::newcomer(scene, "erin").await?;
    let answer = erin.browser.open(&format!("{}/of-the-step-events", scene.payroll())).await?;
    expect(answer.status == StatusCode::FORBIDDEN, || format!("payroll answered Erin {}", answer.status))?;
    let asked = Instant::now();
    loop {
        let events = events(scene, "person=erin&resource=payroll").await?;
        if let Some(event) = events.iter().find(|event| is_ours(event)) {
            let took = asked.elapsed().as_millis();
            let class = event.pointer("/ocsf/class_name").and_then(Value::as_str).unwrap_or_default().to_owned();
            expect(class == "HTTP Activity", || format!("the event has the class {class:?}"))?;
            let outcome = event.get("outcome").and_then(Value::as_str).unwrap_or_default().to_owned();
            expect(outcome == "deny", || format!("Erin was refused and the event says {outcome}"))?;
            let elsewhere = self::events(scene, "person=erin&resource=wiki").await?;
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

async fn events(scene: &Scene, wanted: &str) -> Result<Vec<Value>, String> {
    let found = scene.admin().send("GET", &format!("/events?limit=200&{wanted}"), None).await;
    let found = found.map_err(|failure| failure.to_string())?;
    Ok(found.get("items").and_then(Value::as_array).cloned().unwrap_or_default())
}
