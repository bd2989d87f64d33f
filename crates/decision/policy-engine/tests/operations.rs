//! A resource with an API document is used by its operations only, and policies name them.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::sync::Arc;

use sekisho_model::documents::Kind;
use sekisho_model::{AccessRequest, Action, AskedAs, HttpFacts, RequestParts};
use sekisho_policy_engine::{Memory, decide, is_permitted, shadow};
use sekisho_policy_information::World;
use serde_json::json;
use support::{Ask, NOON, Office, codes};

const POLICIES: &str = r#"
@id("open") permit(principal, action, resource == Sekisho::Resource::"wiki");
@id("no-history") forbid(principal, action, resource == Sekisho::Resource::"wiki")
when { context has request.operation && context.request.operation == "readHistory" };
"#;
const DOCUMENT: &str = "openapi: 3.1.0
paths:
  /: { get: { operationId: readPage } }
  /pages/{page}: { get: { operationId: readOther, parameters: [{ name: page, in: path, required: true }] } }
  /history: { get: { operationId: readHistory } }
";

fn office() -> Office {
    let mut office = Office::new(POLICIES);
    let resource =
        json!({"id": "wiki", "name": {"en": "Wiki"}, "host": "wiki.localhost", "upstream": "http://127.0.0.1:80"});
    office.put(Kind::Resource, "wiki", resource);
    office
}

fn asks(world: &World, method: &str, path: &str) -> AccessRequest {
    asks_as(world, HttpFacts::new(method.into(), path.into(), "wiki.localhost".parse().unwrap()))
}

fn asks_as(world: &World, http: HttpFacts) -> AccessRequest {
    let base = Ask::new("alice", "wiki").request(world, NOON);
    AccessRequest::new(RequestParts {
        id: base.id().clone(),
        session: base.session().clone(),
        device: *base.device(),
        resource: base.resource(),
        action: Action::Read,
        network: base.network().clone(),
        http: Some(http),
    })
}

/// The codes of the refusal; none for a permit. The reference must agree.
fn refused(world: &Arc<World>, request: &AccessRequest) -> Vec<String> {
    let decision = decide(world.policies(), world, request, NOON);
    assert_eq!(shadow::agrees(world.policies(), world, request, &decision, NOON), Ok(()));
    assert_eq!(is_permitted(world.policies(), world, request, NOON), decision.is_permit());
    if decision.is_permit() { Vec::new() } else { codes(&decision).into_iter().map(ToOwned::to_owned).collect() }
}

#[test]
fn i47_a_policy_permits_one_operation_and_denies_another_and_what_is_none_is_denied() {
    let mut office = office();
    let world = office.world();
    assert!(refused(&world, &asks(&world, "GET", "/anything")).is_empty(), "there is no document yet");
    office.put(Kind::ApiDocument, "wiki", json!({"id": "wiki", "document": DOCUMENT}));
    let world = office.world();
    for path in ["/", "/pages/a", "/pages/%E6%97%A5"] {
        assert!(refused(&world, &asks(&world, "GET", path)).is_empty(), "{path}");
    }
    assert_eq!(refused(&world, &asks(&world, "GET", "/history")), ["no-history"]);
    for (method, path) in [
        ("POST", "/"),
        ("HEAD", "/"),
        ("GET", "/anything"),
        ("GET", "//"),
        ("GET", "/pages/a%2fb"),
        ("GET", "/history;v=1"),
    ] {
        assert_eq!(refused(&world, &asks(&world, method, path)), ["api-operation-unknown"], "{method} {path}");
    }
    // The document describes no second method in a field.
    let mut http = HttpFacts::new("GET".into(), "/".into(), "wiki.localhost".parse().unwrap());
    http.asked_as = Some(AskedAs { method: "DELETE".into(), action: Action::Delete });
    assert_eq!(refused(&world, &asks_as(&world, http)), ["api-operation-unknown"]);
    office.delete(Kind::ApiDocument, "wiki");
    let world = office.world();
    assert!(refused(&world, &asks(&world, "GET", "/anything")).is_empty(), "the document is gone");
}

#[test]
fn i47_a_document_that_cannot_be_enforced_closes_its_resource() {
    let mut office = office();
    let broken = json!({"id": "wiki", "document": "openapi: 3.1.0\npaths: { /: { get: { parameters: 3 } } }"});
    assert!(office.put_with_a_problem(Kind::ApiDocument, "wiki", broken));
    let world = office.world_at(NOON);
    assert_eq!(refused(&world, &asks(&world, "GET", "/")), ["api-document-unreadable"]);
    assert_eq!(world.problems().count(), 1);
    office.put(Kind::ApiDocument, "wiki", json!({"id": "wiki", "document": DOCUMENT}));
    let world = office.world();
    assert!(refused(&world, &asks(&world, "GET", "/")).is_empty());
}

#[test]
fn i47_a_remembered_answer_covers_operations_of_the_same_document_only() {
    let mut office = office();
    let world = office.world();
    let mut memory = Memory::new(16);
    let recalled = |memory: &mut Memory, world: &Arc<World>, path: &str| {
        memory.recall(world, &asks(world, "GET", path), NOON).is_some()
    };
    let remember = |memory: &mut Memory, world: &Arc<World>, path: &str| {
        let request = asks(world, "GET", path);
        let decision = decide(world.policies(), world, &request, NOON);
        assert!(decision.is_permit(), "{path}");
        memory.remember(world, &request, &decision, NOON);
    };
    remember(&mut memory, &world, "/");
    assert!(recalled(&mut memory, &world, "/"));
    office.put(Kind::ApiDocument, "wiki", json!({"id": "wiki", "document": DOCUMENT}));
    let world = office.world();
    assert!(!recalled(&mut memory, &world, "/"), "it was decided without a document");
    remember(&mut memory, &world, "/");
    assert!(recalled(&mut memory, &world, "/"));
    for path in ["/history", "/anything", "/pages/a"] {
        assert!(!recalled(&mut memory, &world, path), "{path}");
    }
    office.put(Kind::ApiDocument, "wiki", json!({"id": "wiki", "document": DOCUMENT.replace("/history", "/past")}));
    assert!(!recalled(&mut memory, &office.world(), "/"), "it is another document");
}
