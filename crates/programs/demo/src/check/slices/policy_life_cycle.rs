//! The life cycle of policies: a draft says what it would do, is published, and rolled back byte for byte.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Seen, Slice};
use crate::check::browser::Trouble;
use crate::check::expect;
use crate::check::person::Person;
use crate::scene::Scene;

const PERSON: &str = "rin";
const DRAFT: &str = "check-draft";
/// What nobody may open any more once the draft is in force.
const TEXT: &str = "@id(\"check-closed\")\n@reason(\"The wiki is closed for the check.\")\nforbid (principal == Sekisho::User::\"rin\", action, resource == Sekisho::Resource::\"wiki\");\n";

pub(super) const SLICE: Slice = Slice {
    title: "policy-life-cycle",
    expected: "a draft would take the wiki from one person; published, the wiki answers 403 to her; rolled back, it opens and the policy is gone",
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Seen {
    let user = json!({ "id": PERSON, "name": "Rin", "employment": "staff", "groups": ["staff"] });
    let document = json!({ "kind": "user", "id": PERSON, "body": user, "origin": "user" });
    let body = json!({ "documents": [document], "prune": false, "plan_only": false });
    send(scene, "POST", "/apply", Some(&body)).await?;
    let mut person = Person::newcomer(scene, PERSON).await?;
    let wiki = scene.wiki();
    let open = person.browser.open(&format!("{wiki}/")).await?;
    expect(open.status == StatusCode::OK, || format!("the wiki answered {}", open.status))?;
    let begun = json!({ "draft": DRAFT, "policy": "check-closed", "text": TEXT });
    send(scene, "POST", "/policy-drafts", Some(&begun)).await?;
    let shown = send(scene, "GET", &format!("/policy-drafts/{DRAFT}"), None).await?;
    let people = |name: &str| shown.pointer(&format!("/people/{name}")).and_then(Value::as_u64).unwrap_or_default();
    expect(people("lose") == 1, || format!("{} would lose access", people("lose")))?;
    step(scene, "publish").await?;
    let refused = person.browser.open_once(&format!("{wiki}/")).await?;
    expect(refused.status == StatusCode::FORBIDDEN, || format!("the wiki then answered {}", refused.status))?;
    step(scene, "roll-back").await?;
    let again = person.browser.open(&format!("{wiki}/")).await?;
    expect(again.status == StatusCode::OK, || format!("rolled back, the wiki answered {}", again.status))?;
    Ok(format!("1 person would lose access, {} session cut; published: 403; rolled back: 200", people("sessions_cut")))
}

async fn step(scene: &Scene, act: &str) -> Result<Value, Trouble> {
    send(scene, "POST", &format!("/policy-drafts/{DRAFT}/{act}"), None).await
}

async fn send(scene: &Scene, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Trouble> {
    scene.admin().send(method, path, body).await.map_err(|failure| failure.to_string())
}
