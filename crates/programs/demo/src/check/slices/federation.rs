//! Sign-in through an identity provider: only a link opens an account, and what it opened ends with it.

mod provider;

use http::StatusCode;
use serde_json::{Value, json};

use super::Slice;
use crate::check::browser::Browser;
use crate::check::{Seen, Trouble, expect};
use crate::scene::Scene;

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "identity provider",
    expected: "an unlinked subject is refused, a linked one signs in with the groups of its claims, and unlinking ends the session",
    run: |scene| Box::pin(run(scene)),
};

/// The person whom the provider vouches for.
const USER: &str = "fumi";

async fn run(scene: &Scene) -> Seen {
    let failed = |failure: sekisho::embedded::Failure| failure.to_string();
    let issuer = provider::start(scene).await?;
    let admin = scene.admin();
    let document =
        |kind: &str, id: &str, body: Value| json!({ "kind": kind, "id": id, "body": body, "origin": "demo" });
    let provider = json!({ "id": "acme", "name": "Acme", "issuer": issuer, "client_id": "sekisho",
        "authorities": scene.authority_text().map_err(failed)?, "groups_claim": "groups", "groups": { "staff": "staff" } });
    let documents = [
        document("user", USER, json!({ "id": USER, "name": "Fumi Mori · 森文", "employment": "staff" })),
        document("identity-provider", "acme", provider),
    ];
    admin.send("POST", "/apply", Some(&json!({ "documents": documents }))).await.map_err(failed)?;

    let mut browser = Browser::new(scene.server_roots().map_err(failed)?);
    let start = format!("{}/sign-in/with/acme?after=/", scene.portal());
    let refused = browser.open(&start).await?;
    expect(refused.status == StatusCode::FORBIDDEN && refused.body.contains(provider::SUBJECT), || {
        format!("an unlinked subject got {} at {}", refused.status, refused.url)
    })?;

    let wanted = json!({ "provider": "acme", "subject": provider::SUBJECT });
    let linked = admin.send("POST", &format!("/users/{USER}/identities"), Some(&wanted)).await.map_err(failed)?;
    let link = linked.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    browser.open(&start).await?;
    let wiki = scene.wiki();
    let page = browser.open(&format!("{wiki}/")).await?;
    expect(page.status == StatusCode::OK && page.body.contains("<b id=\"subject\">fumi</b>"), || {
        format!("a linked subject got {} at {}", page.status, page.url)
    })?;

    let path = format!("/users/{USER}/identities/{link}/remove");
    let ended = admin.send("POST", &path, Some(&Value::Null)).await.map_err(failed)?;
    let ended = ended.get("sessions_ended").and_then(Value::as_u64);
    let after = browser.open_once(&format!("{wiki}/")).await?;
    expect(ended == Some(1) && after.status == StatusCode::SEE_OTHER, || {
        format!("unlinking ended {ended:?} sessions, and the wiki answered {}", after.status)
    })?;
    Ok::<_, Trouble>(
        "the unlinked subject was refused; linked, it opened the wiki; unlinked, its session ended".to_owned(),
    )
}
