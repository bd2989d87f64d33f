//! AI agents: each call of a tool is decided, and the agent goes when the person for whom it acts does.

use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::Slice;
use crate::check::browser::Browser;
use crate::check::{Seen, Trouble, expect};
use crate::scene::Scene;
use crate::upstreams::tools;

const PATIENCE: Duration = Duration::from_secs(15);
const PERSON: &str = "mio";
const AGENT: &str = "mios-assistant";

/// The assistant of Mio finds pages, and deletes none.
const POLICY: &str = "@id(\"assistants\")
permit (principal == Sekisho::Workload::\"mios-assistant\", action, resource == Sekisho::Resource::\"tools\")
when { principal has acts_for && principal.acts_for.employment == \"staff\" };

@id(\"assistants-delete-nothing\")
@reason(\"Agents delete no pages.\")
@reason_ja(\"エージェントはページを削除できません。\")
forbid (principal is Sekisho::Workload, action, resource == Sekisho::Resource::\"tools\")
when { context has request.tool && context.request.tool == \"delete_page\" };
";

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "AI agents",
    expected: "an agent lists tools and calls one; another is refused in the protocol with its reason, and so is a call over the budget; with the person disabled its stream is cut",
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Seen {
    let (address, called) = tools().await.map_err(|error| error.to_string())?;
    apply(scene, address.port()).await?;
    let url = scene.wiki().replace("wiki.", "tools.");
    let mut agent = agent(scene).await?;
    let listed = ask(&mut agent, &url, "tools/list", json!({})).await?;
    expect(listed.pointer("/result/tools/1").is_some(), || format!("the tools are not listed: {listed}"))?;
    call(&mut agent, &url, "find_page", None).await?;
    call(&mut agent, &url, "delete_page", Some("Agents delete no pages.")).await?;
    call(&mut agent, &url, "find_page", None).await?;
    call(&mut agent, &url, "find_page", Some("2 calls")).await?;
    let names = called.names();
    expect(names == ["find_page", "find_page"], || format!("the server heard of {names:?}"))?;
    let mut events = agent.stream(&url).await?;
    expect(matches!(events.frame().await, Some(Ok(_))), || "the stream of the agent ended".to_owned())?;
    let disabled = Instant::now();
    send(scene, &format!("/users/{PERSON}/disable"), Value::Null).await?;
    let cut = tokio::time::timeout(PATIENCE, async { while let Some(Ok(_)) = events.frame().await {} }).await;
    cut.map_err(|_| "the stream of the agent went on")?;
    let delay = disabled.elapsed().as_millis();
    let refused = agent.stream(&url).await.err().unwrap_or_default();
    expect(refused.contains("401"), || format!("the agent of a disabled person: {refused}"))?;
    Ok(format!(
        "two calls passed; delete_page and the third were refused with reasons and not heard; {delay} ms after Mio was disabled the stream was cut"
    ))
}

/// The person, the agent, the server of tools and the policy.
async fn apply(scene: &Scene, port: u16) -> Result<(), Trouble> {
    let document =
        |kind: &str, id: &str, body: Value| json!({ "kind": kind, "id": id, "body": body, "origin": "demo" });
    let agent =
        json!({ "id": AGENT, "name": "Mio's assistant", "owner": "rin", "acts_for": PERSON, "calls_per_hour": 2 });
    let tools = json!({
        "id": "tools", "name": { "en": "Wiki tools", "ja": "ウィキのツール" }, "kind": "mcp", "host": "tools.localhost",
        "upstream": format!("http://127.0.0.1:{port}"), "sensitivity": 1,
    });
    let documents = [
        document("user", "rin", json!({ "id": "rin", "name": "Rin", "employment": "staff" })),
        document("user", PERSON, json!({ "id": PERSON, "name": "Mio", "employment": "staff" })),
        document("workload", AGENT, agent),
        document("resource", "tools", tools),
        document("policy", "tools", json!({ "text": POLICY })),
    ];
    send(scene, "/apply", json!({ "documents": documents })).await.map(drop)
}

/// The agent, which shows a new token.
async fn agent(scene: &Scene) -> Result<Browser, Trouble> {
    let issued = send(scene, &format!("/workloads/{AGENT}/tokens"), json!({ "days": 1 })).await?;
    let token = issued.get("token").and_then(Value::as_str).ok_or("no token was issued")?;
    let program = Browser::new(scene.server_roots().map_err(|failure| failure.to_string())?);
    Ok(program.showing(token))
}

/// Calls a tool, which must be refused with this reason if there is one.
async fn call(agent: &mut Browser, url: &str, tool: &str, reason: Option<&str>) -> Result<(), Trouble> {
    let answer = ask(agent, url, "tools/call", json!({ "name": tool, "arguments": {} })).await?;
    let message = answer.pointer("/error/message").and_then(Value::as_str);
    let is_as_expected = match (message, reason) {
        (Some(message), Some(reason)) => message.contains(reason),
        (None, None) => answer.get("result").is_some(),
        _ => false,
    };
    expect(is_as_expected, || format!("{tool} was answered {answer}"))
}

async fn ask(agent: &mut Browser, url: &str, method: &str, params: Value) -> Result<Value, Trouble> {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    agent.post_json(url, "", &message).await.map(|answer| answer.json())
}

async fn send(scene: &Scene, path: &str, body: Value) -> Result<Value, Trouble> {
    scene.admin().send("POST", path, Some(&body)).await.map_err(|failure| failure.to_string())
}
