//! Provisioning: an identity provider makes an account, puts it into a group, and disables it while a WebSocket is open.
//!
//! In place of an identity provider, this asks the SCIM server over the local socket.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use http::StatusCode;
use sekisho::embedded::AdminClient;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::Slice;
use crate::check::browser::{Trouble, WebSocket};
use crate::check::person::Person;
use crate::check::{Seen, expect};
use crate::scene::Scene;

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "directory",
    expected: "an account made by SCIM opens the wiki; `active: false` cuts its WebSocket within one second; the role groups stay out of reach",
    run: |scene| Box::pin(run(scene)),
};

/// The account that is provisioned.
const ACCOUNT: &str = "sora";
/// The group that it is put into.
const GROUP: &str = "staff";
/// How long a cut may take.
const CUT_WITHIN: Duration = Duration::from_secs(1);
/// How long anything that should happen may take before the check gives up on it.
const PATIENCE: Duration = Duration::from_secs(15);

async fn run(scene: &Scene) -> Seen {
    let provider = Provider(scene.admin());
    let made = json!({ "userName": ACCOUNT, "displayName": "Sora Mori · 森そら", "userType": "staff", "externalId": "e-1042" });
    let made = provider.ask("POST", "/scim/v2/Users", Some(&made)).await?;
    let id = text(&made, "/id").ok_or("the account has no identifier")?;
    let role = provider.ask("POST", "/scim/v2/Groups", Some(&json!({ "displayName": "administrators" }))).await;
    expect(role.is_err(), || "the group of administrators was provisioned".to_owned())?;
    provider.ask("POST", "/directory/hand-over", Some(&json!({ "kind": "group", "name": GROUP }))).await?;
    let groups = provider.ask("GET", "/scim/v2/Groups", None).await?;
    let group = text(&groups, "/Resources/0/id").ok_or("the group is not listed")?;
    let members = json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
    provider.patch(&format!("/scim/v2/Groups/{group}"), &members).await?;
    let mut person = Person::newcomer(scene, ACCOUNT).await?;
    let wiki = format!("{}/", scene.wiki());
    let page = person.browser.open(&wiki).await?;
    expect(page.status == StatusCode::OK, || format!("the wiki answered {}", page.status))?;
    let mut socket = person.browser.web_socket(&format!("{}live", wiki.replacen("https", "wss", 1))).await?;
    let disabled = Instant::now();
    let off = json!({ "op": "replace", "path": "active", "value": false });
    provider.patch(&format!("/scim/v2/Users/{id}"), &off).await?;
    let reason = closed(&mut socket).await?;
    let delay = disabled.elapsed();
    expect(delay < CUT_WITHIN, || format!("cut after {} ms", delay.as_millis()))?;
    let again = person.browser.open_once(&wiki).await?;
    expect(again.status == StatusCode::SEE_OTHER, || format!("the wiki then answered {}", again.status))?;
    provider.ask("POST", "/directory/release", Some(&json!({ "kind": "group", "name": GROUP }))).await?;
    Ok(format!(
        "{ACCOUNT} was provisioned and used the wiki; cut after {} ms with `{reason}`; a role's group was refused",
        delay.as_millis()
    ))
}

/// Stands in for an identity provider.
struct Provider(AdminClient);

impl Provider {
    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Trouble> {
        self.0.send(method, path, body).await.map_err(|failure| failure.to_string())
    }

    async fn patch(&self, path: &str, operation: &Value) -> Result<Value, Trouble> {
        self.ask("PATCH", path, Some(&json!({ "Operations": [operation] }))).await
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// Reads until the other side closes, and returns why.
async fn closed(socket: &mut WebSocket) -> Result<String, Trouble> {
    let end = async {
        while let Some(Ok(message)) = socket.next().await {
            if let Message::Close(Some(frame)) = message {
                return Some(frame.reason.as_str().to_owned());
            }
        }
        None
    };
    let end = tokio::time::timeout(PATIENCE, end).await.map_err(|_| "the WebSocket stayed open")?;
    end.ok_or_else(|| "the WebSocket broke without a close frame".to_owned())
}
