//! Agents: the client of the official MCP SDK calls a server of the same SDK through the gateway, each allowed thing beside its refused neighbour.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod node;
mod place;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use place::{HOST, Place};
use serde_json::{Value, json};
use tokio::time::Instant;

/// The year 2100 in milliseconds since 1970.
const FAR: i64 = 4_102_444_800_000;
const CARD: &str = "card number 4111 1111 1111 1111";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i57_each_call_is_decided_by_its_tool_and_refused_in_the_protocol() {
    let mut place = Place::new().await;
    let mut agent = place.connected("assistant").await;
    let listed = agent.ask(&json!(["list"])).await;
    assert_eq!(listed["done"]["tools"].as_array().map(Vec::len), Some(4), "{listed}");

    let found = agent.ask(&json!(["call", "find_customer", { "name": "Yamada" }])).await;
    let text = found["done"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{found}"));
    assert!(text.starts_with("Yamada Hanako") && !text.contains("4111 1111"), "the result is masked: {text}");
    assert_eq!(place.server.next().await, "called find_customer");

    for (tool, arguments, reason) in [
        ("delete_customer", json!({ "name": "Yamada" }), "Agents do not delete customers."),
        ("find_customer", json!({ "note": CARD }), "Card numbers are not given to tools."),
        ("send_money", json!({ "yen": 100 }), "Money is sent with approval only."),
    ] {
        let refused = agent.ask(&json!(["call", tool, arguments])).await;
        let (message, data) = (refused["failed"].as_str().unwrap_or_else(|| panic!("{refused}")), &refused["data"]);
        assert!(message.contains(reason), "{message}");
        assert_eq!((&refused["code"], &data["type"]), (&json!(-32003), &json!("urn:sekisho:problem:access-denied")));
        assert!(message.contains(data["request"].as_str().unwrap()), "the number of the request: {message}");
        assert!(data["reasons"][0]["text_ja"].as_str().is_some_and(|text| text.ends_with('。')), "{data}");
        recorded(&place, data["request"].as_str().unwrap(), tool).await;
    }
    shown(&place).await;
    // The connection goes on, and nothing of what was refused reached the server.
    assert!(agent.ask(&json!(["call", "find_customer", {}])).await.get("done").is_some());
    assert_eq!(place.server.next().await, "called find_customer");
    assert_eq!(place.server.heard(), [""; 0]);

    // Who acts for somebody of another department, and who acts for nobody, is not let in.
    for other in ["of-finance", "job"] {
        let refused = place.agent(other).await.ask(&json!(["connect"])).await;
        assert!(refused["failed"].as_str().is_some_and(|text| text.contains("request")), "{other}: {refused}");
    }
    // Without a token nobody is heard at all.
    let nobody = place.platform.connector().unwrap();
    let mut nobody = nobody.keep(HOST).await.unwrap();
    let request = post(&place, None, r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    assert_eq!(nobody.send(request).await.unwrap().status(), 401);
}

/// The page of the console, the route and the command show agents and calls to those who may look, in both languages, and to nobody else.
async fn shown(place: &Place) {
    let mut auditor = place.platform.signed_in("rita").await.unwrap();
    let page = auditor.portal("/console/agents").await.unwrap().expect(200).unwrap();
    for said in ["assistant", "find_customer", "delete_customer", "alice", "No limit"] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let mut helper = place.platform.signed_in("hana").await.unwrap();
    for (person, role, status) in [(&mut auditor, "auditors", 200), (&mut helper, "helpdesk", 403)] {
        let (_, program) = place.platform.token(person, role, role).await.unwrap();
        assert_eq!(program.ask("GET", "/ai-agents", None).await.unwrap().status, status, "{role}");
        assert_eq!(program.ask("GET", "/ai-agents/assistant", None).await.unwrap().status, status, "{role}");
    }
    let agent = place.command(&["ai-agent", "show", "limited"]).await;
    assert_eq!((&agent["calls_per_hour"], &agent["calls"]), (&json!(3), &json!([])), "{agent}");
    let agent = place.command(&["ai-agent", "show", "assistant"]).await;
    let newest = &agent["calls"][0];
    assert_eq!((&newest["tool"], &newest["outcome"]), (&json!("send_money"), &json!("deny")), "{agent}");
    let mut person = place.platform.signed_in("alice").await.unwrap();
    assert_eq!(person.portal("/console/agents").await.unwrap().status, 403);
}

/// The decision is in the ledger with the tool and the person.
async fn recorded(place: &Place, request: &str, tool: &str) {
    let decisions = place.command(&["decision", "list", "--subject", "workload:assistant", "--limit", "50"]).await;
    let decision =
        decisions.as_array().unwrap().iter().map(|one| &one["decision"]).find(|one| one["request"] == request);
    let decision = decision.unwrap_or_else(|| panic!("{decisions}"));
    assert_eq!((&decision["tool"], &decision["acts_for"]), (&json!(tool), &json!("alice")), "{decision}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_of_the_person_lets_the_agent_do_what_needs_approval() {
    let mut place = Place::new().await;
    let mut agent = place.connected("assistant").await;
    let money = json!(["call", "send_money", { "yen": 100 }]);
    let refused = agent.ask(&money).await;
    let remedies = refused["data"]["remedies"].to_string();
    assert!(remedies.contains("/request/tools"), "the refusal says where the person asks: {refused}");
    let grant = format!(
        "[[grant]]\nid = \"g\"\nuser = \"alice\"\nresource = \"tools\"\nuntil = {FAR}\nreason = \"invoice 7\"\n"
    );
    place.platform.apply(&[("grant.toml", &grant)]).await.unwrap();
    assert!(agent.ask(&money).await.get("done").is_some());
    assert_eq!(place.server.next().await, "called send_money");
    // A grant of somebody else is not the agent's.
    let grant = grant.replace("alice", "bob");
    place.platform.apply(&[("grant.toml", &grant)]).await.unwrap();
    assert!(agent.ask(&money).await.get("failed").is_some());
    assert_eq!(place.server.heard(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i58_a_budget_is_spent_by_what_is_permitted_and_then_refuses() {
    let mut place = Place::new().await;
    let mut agent = place.connected("limited").await;
    let find = json!(["call", "find_customer", {}]);
    assert!(agent.ask(&json!(["call", "delete_customer", {}])).await.get("failed").is_some());
    for _ in 0..3 {
        let found = agent.ask(&find).await;
        assert!(found.get("done").is_some(), "{found}");
        assert_eq!(place.server.next().await, "called find_customer");
    }
    let refused = agent.ask(&find).await;
    assert_eq!(refused["data"]["reasons"][0]["code"], "budget-exhausted", "{refused}");
    assert!(agent.ask(&json!(["list"])).await.get("done").is_some(), "only calls are counted");
    // The budget is the agent's own.
    let mut other = place.connected("assistant").await;
    assert!(other.ask(&find).await.get("done").is_some());
    assert_eq!(place.server.next().await, "called find_customer");
    assert_eq!(place.server.heard(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i59_disabling_the_person_cuts_the_agent() {
    let mut place = Place::new().await;
    let mut agent = place.connected("assistant").await;
    agent.tell(&json!(["call", "wait"])).await;
    assert_eq!(place.server.next().await, "called wait");
    let began = Instant::now();
    place.command(&["user", "disable", "alice"]).await;
    let text = agent.ended("wait").await;
    let took = began.elapsed();
    println!("from the command that disables the person to the end of the agent's stream: {} ms", took.as_millis());
    assert!(text.contains("workload-ended"), "{text}");
    let refused = agent.ask(&json!(["list"])).await;
    assert!(
        refused["failed"].as_str().is_some_and(|text| text.contains("401") || text.contains("Unauthorized")),
        "{refused}"
    );
    let listed = place.command(&["ai-agent", "list"]).await;
    let assistant = listed.as_array().unwrap().iter().find(|one| one["id"] == "assistant").unwrap();
    assert_eq!((&assistant["acts_for"], &assistant["state"]), (&json!("alice"), &json!("person-unusable")), "{listed}");
    assert_eq!(place.server.heard(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i57_what_is_not_one_clear_message_reaches_no_server() {
    let mut place = Place::new().await;
    let token = place.token("assistant").await;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find_customer"}}"#;
    let mut connection = place.platform.connector().unwrap().keep(HOST).await.unwrap();
    for body in [
        format!("[{call}]"),
        call.replace("find_customer", "find_customer\",\"name\":\"delete_customer"),
        call.replace("\"name\"", "\"Name\""),
        call.replace("tools/call", "Tools/Call"),
        call.replace("2.0", "1.0"),
        "{".to_owned(),
    ] {
        let (status, said) = answered(connection.send(post(&place, Some(&token), &body)).await.unwrap()).await;
        let reasons = if status == 200 { &said["error"]["data"]["reasons"] } else { &said["reasons"] };
        assert_eq!(reasons[0]["code"], "message-unclear", "{body}: {status} {said}");
    }
    let mut request = post(&place, Some(&token), call);
    request.headers_mut().insert("Content-Type", "text/plain".parse().unwrap());
    let (status, said) = answered(connection.send(request).await.unwrap()).await;
    assert_eq!((status, &said["reasons"][0]["code"]), (403, &json!("message-unclear")), "{said}");
    assert_eq!(place.server.heard(), [""; 0]);
}

fn post(place: &Place, token: Option<&str>, body: &str) -> Request<Full<Bytes>> {
    let request = Request::post("/mcp").header("Host", format!("{HOST}:{}", place.platform.port()));
    let request =
        request.header("Content-Type", "application/json").header("Accept", "application/json, text/event-stream");
    let request = match token {
        Some(token) => request.header("Authorization", format!("Bearer {token}")),
        None => request,
    };
    request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()
}

async fn answered(answer: http::Response<hyper::body::Incoming>) -> (u16, Value) {
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
}
