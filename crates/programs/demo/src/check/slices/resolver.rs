//! The resolver: a name on a list is denied to whom no policy permits it, with the decision in the record, and answered once one does.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::Slice;
use crate::check::browser::{Browser, Trouble};
use crate::check::{Seen, expect};
use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(15);
const PERSON: &str = "rin";
const LISTED: &str = "tracker.example";
const OTHER: &str = "library.example";
const RESOURCE: &str = "check-names";
const POLICY: &str = "@id(\"check-names\")
permit (principal == Sekisho::User::\"rin\", action == Sekisho::Action::\"connect\", resource == Sekisho::Resource::\"check-names\");
";

pub(super) const SLICE: Slice = Slice {
    title: "resolver",
    expected: "a name on no list is answered; a listed one is denied and recorded with the person; with a policy for it, it is answered; an unknown token gets nothing",
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Seen {
    let user = json!({ "id": PERSON, "name": "Rin", "employment": "staff", "groups": ["staff"] });
    let resource =
        json!({ "id": RESOURCE, "name": { "en": "Trackers", "ja": "追跡サイト" }, "kind": "data", "sensitivity": 1 });
    let list = json!({ "id": RESOURCE, "resource": RESOURCE, "names": [LISTED] });
    apply(scene, &[("user", PERSON, &user), ("resource", RESOURCE, &resource), ("name-list", RESOURCE, &list)]).await?;
    let wanted = json!({ "id": "check-phone", "user": PERSON, "days": 1 });
    let made =
        scene.admin().send("POST", "/resolver-tokens", Some(&wanted)).await.map_err(|failure| failure.to_string())?;
    let address = made.get("address").and_then(Value::as_str).ok_or("the token has no address")?.to_owned();
    let mut browser = Browser::new(scene.server_roots().map_err(|failure| failure.to_string())?);
    until(&mut browser, &address, LISTED, NXDOMAIN).await?;
    let code = ask(&mut browser, &address, OTHER).await?;
    expect(code == NO_ERROR, || format!("the name on no list was answered with code {code}"))?;
    let path = format!("/decisions?resource={RESOURCE}&outcome=deny");
    let denials = scene.admin().list(&path).await.map_err(|failure| failure.to_string())?;
    let says = |one: &Value, field: &str, text: &str| one.pointer(field).is_some_and(|said| said == text);
    let is_ours = |one: &Value| says(one, "/decision/subject", PERSON) && says(one, "/decision/host", LISTED);
    expect(denials.iter().any(is_ours), || "the denial is not in the record with person and name".to_owned())?;
    apply(scene, &[("policy", "check-names.cedar", &json!({ "text": POLICY }))]).await?;
    until(&mut browser, &address, LISTED, NO_ERROR).await?;
    let unknown = format!("{}{}", address.get(..address.len().saturating_sub(4)).unwrap_or_default(), "0000");
    let refused = ask(&mut browser, &unknown, OTHER).await;
    expect(refused.is_err(), || "an unknown token was answered".to_owned())?;
    Ok(format!(
        "{OTHER} answered; {LISTED} denied to {PERSON} and recorded; permitted: answered; unknown token: refused"
    ))
}

async fn apply(scene: &Scene, documents: &[(&str, &str, &Value)]) -> Result<(), Trouble> {
    let document =
        |(kind, id, body): &(&str, &str, &Value)| json!({ "kind": kind, "id": id, "body": body, "origin": kind });
    let documents: Vec<Value> = documents.iter().map(document).collect();
    let body = json!({ "documents": documents, "prune": false, "plan_only": false });
    scene.admin().send("POST", "/apply", Some(&body)).await.map(drop).map_err(|failure| failure.to_string())
}

const NO_ERROR: u8 = 0;
const NXDOMAIN: u8 = 3;

/// Asks about a name until it is answered with this code.
async fn until(browser: &mut Browser, address: &str, name: &str, code: u8) -> Result<(), Trouble> {
    let began = Instant::now();
    loop {
        let found = ask(browser, address, name).await;
        if found == Ok(code) {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{name} was answered with {found:?} instead of code {code}"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The code with which a question about a name is answered.
async fn ask(browser: &mut Browser, address: &str, name: &str) -> Result<u8, Trouble> {
    let mut message = vec![0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).map_err(|error| error.to_string())?);
        message.extend(label.as_bytes());
    }
    message.extend([0, 0, 1, 0, 1]);
    let answer = browser.stream(&format!("{address}?dns={}", URL_SAFE_NO_PAD.encode(message))).await?;
    let answer = answer.collect().await.map_err(|error| error.to_string())?.to_bytes();
    answer.get(3).map(|flags| flags & 15).ok_or_else(|| "the answer is no message".to_owned())
}
