//! Workloads: a job with a token of its own is decided like a person, and disabling it cuts what it has open.

use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::Slice;
use crate::check::browser::Browser;
use crate::check::{Seen, Trouble, expect};
use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(15);
const OWNER: &str = "rin";
const JOB: &str = "nightly-report";
const OTHER: &str = "other-job";

/// The wiki opens for this one job.
const POLICY: &str = "@id(\"nightly-report\")
permit (principal == Sekisho::Workload::\"nightly-report\", action, resource == Sekisho::Resource::\"wiki\");
";

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "workloads",
    expected: "a job with a token follows the wiki's events and another job is refused; disabled, its stream is cut and its token opens nothing",
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Seen {
    apply(scene).await?;
    let events = format!("{}/events", scene.wiki());
    let (mut job, mut other) = (program(scene, JOB).await?, program(scene, OTHER).await?);
    let mut stream = job.stream(&events).await?;
    expect(goes_on(&mut stream).await, || "the events of the job ended".to_owned())?;
    refused(&mut other, &events, "403").await?;
    let disabled = Instant::now();
    send(scene, &format!("/workloads/{JOB}/disable"), Value::Null).await?;
    let cut = tokio::time::timeout(PATIENCE, async { while goes_on(&mut stream).await {} }).await;
    cut.map_err(|_| "the events of a disabled job went on")?;
    let delay = disabled.elapsed().as_millis();
    refused(&mut job, &events, "401").await?;
    Ok(format!(
        "the job followed the events, another got 403; {delay} ms after it was disabled it was cut, and its token got 401"
    ))
}

/// The owner, two jobs, and the policy.
async fn apply(scene: &Scene) -> Result<(), Trouble> {
    let document =
        |kind: &str, id: &str, body: Value| json!({ "kind": kind, "id": id, "body": body, "origin": "demo" });
    let documents = [
        document("user", OWNER, json!({ "id": OWNER, "name": "Rin", "employment": "staff" })),
        document("workload", JOB, json!({ "id": JOB, "name": "Nightly report", "owner": OWNER })),
        document("workload", OTHER, json!({ "id": OTHER, "owner": OWNER })),
        document("policy", JOB, json!({ "text": POLICY })),
    ];
    send(scene, "/apply", json!({ "documents": documents })).await.map(drop)
}

/// A program that shows a new token of a workload.
async fn program(scene: &Scene, workload: &str) -> Result<Browser, Trouble> {
    let issued = send(scene, &format!("/workloads/{workload}/tokens"), json!({ "days": 1 })).await?;
    let token = issued.get("token").and_then(Value::as_str).ok_or("no token was issued")?;
    let program = Browser::new(scene.server_roots().map_err(|failure| failure.to_string())?);
    Ok(program.showing(token))
}

async fn refused(program: &mut Browser, url: &str, status: &str) -> Result<(), Trouble> {
    match program.stream(url).await {
        Err(trouble) if trouble.contains(status) => Ok(()),
        Err(trouble) => Err(trouble),
        Ok(_) => Err(format!("{url} opened instead of answering {status}")),
    }
}

async fn send(scene: &Scene, path: &str, body: Value) -> Result<Value, Trouble> {
    scene.admin().send("POST", path, Some(&body)).await.map_err(|failure| failure.to_string())
}

/// Whether one more event comes.
async fn goes_on(events: &mut Incoming) -> bool {
    matches!(events.frame().await, Some(Ok(_)))
}
