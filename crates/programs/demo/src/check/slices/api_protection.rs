//! API protection: an OpenAPI document of the wiki, and what it does not describe is refused before the wiki.

use sekisho::embedded::Failure;
use serde_json::{Value, json};

use super::Slice;
use crate::check::browser::Browser;
use crate::check::person::Person;
use crate::check::{Seen, expect};
use crate::scene::Scene;

const PERSON: &str = "nao";
const POLICY: &str = "@id(\"check-operations\")
@reason(\"The history of the wiki is not for you.\")
@reason_ja(\"このウィキの履歴は閲覧できません。\")
forbid (principal == Sekisho::User::\"nao\", action, resource == Sekisho::Resource::\"wiki\")
when { context has request.operation && context.request.operation == \"readHistory\" };
";
const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Wiki, version: '1' }
paths:
  /:
    get:
      operationId: readPage
      parameters: [{ name: page, in: query, schema: { type: integer, minimum: 1 } }]
  /history: { get: { operationId: readHistory } }
";
/// Path, status, and the reason on the page.
const ASKED: [(&str, u16, &str); 5] = [
    ("/", 200, ""),
    ("/?page=2", 200, ""),
    ("/?page=two", 400, "query page"),
    ("/history", 403, "history of the wiki is not for you"),
    ("/settings", 403, "no such path"),
];

pub(super) const SLICE: Slice = Slice {
    title: "API protection",
    expected: "a described operation opens; another type of parameter is 400; an operation that policy forbids and one that does not exist are 403",
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Seen {
    let failed = |failure: Failure| failure.to_string();
    let user = json!({ "id": PERSON, "name": "Nao", "employment": "staff", "groups": ["staff"] });
    let api = json!({ "id": "wiki", "document": DOCUMENT });
    let document = |kind: &str, id: &str, body: &Value| json!({ "kind": kind, "id": id, "body": body, "origin": kind });
    let documents = [
        document("user", PERSON, &user),
        document("api-document", "wiki", &api),
        document("policy", "check-operations.cedar", &json!({ "text": POLICY })),
    ];
    let body = json!({ "documents": documents, "prune": false, "plan_only": false });
    let link = {
        scene.admin().send("POST", "/apply", Some(&body)).await.map_err(failed)?;
        scene.enrolment_link(PERSON).await.map_err(failed)?
    };
    let mut person = Person::new(PERSON, scene.portal(), Browser::new(scene.server_roots().map_err(failed)?));
    person.enrol(&link).await?;
    let mut seen = Vec::new();
    for (path, status, reason) in ASKED {
        let page = person.browser.open(&format!("{}{path}", scene.wiki())).await?;
        expect(page.status.as_u16() == status, || format!("{path} answered {}", page.status))?;
        expect(page.body.contains(reason), || format!("{path} does not say why"))?;
        seen.push(format!("{path} {status}"));
    }
    // The steps after this one use the wiki as it was.
    scene.admin().send("DELETE", "/documents/api-document/wiki", None).await.map_err(failed)?;
    Ok(seen.join(", "))
}
