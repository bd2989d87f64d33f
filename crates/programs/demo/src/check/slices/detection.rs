//! Detection: a password spray is found, and raises the risk of the accounts.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Slice;
use crate::check::browser::Browser;
use crate::check::page::Form;
use crate::check::{Seen, expect};
use crate::scene::Scene;

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "detection",
    expected: "four failed sign-ins from one address raise nothing; a fifth account makes it a password spray, a finding and a signal about each",
    run: |scene| Box::pin(run(scene)),
};

/// How long a finding may take on a busy machine before the step gives up on it.
const PATIENCE: Duration = Duration::from_secs(15);
/// The accounts, which the step makes.
const ACCOUNTS: [&str; 5] = ["sprayed-1", "sprayed-2", "sprayed-3", "sprayed-4", "sprayed-5"];

async fn run(scene: &Scene) -> Seen {
    let mut attacker = Browser::new(scene.server_roots().map_err(|failure| failure.to_string())?);
    for account in ACCOUNTS {
        let made = scene
            .admin()
            .send("PUT", &format!("/documents/user/{account}"), Some(&json!({ "id": account, "name": account })))
            .await;
        made.map_err(|failure| failure.to_string())?;
    }
    let mut last = Instant::now();
    for (number, account) in ACCOUNTS.into_iter().enumerate() {
        if number + 1 == ACCOUNTS.len() {
            let found = findings(scene).await?;
            expect(found.is_empty(), || format!("four accounts were {} finding(s)", found.len()))?;
        }
        let page = attacker.open(&format!("{}/sign-in", scene.portal())).await?;
        let form = Form::find(&page.body, "class=\"fields\"").ok_or("the sign-in page has no password form")?;
        let action = form.attribute("action").ok_or("the sign-in form has no address")?;
        let token = form.value("csrf").ok_or("the sign-in form has no token")?;
        let fields = [("csrf", token.as_str()), ("user", account), ("password", "spring-2026")];
        last = Instant::now();
        attacker.submit(&format!("{}{action}", scene.portal()), &fields).await?;
    }
    loop {
        let found = findings(scene).await?;
        if let Some(finding) =
            found.iter().find(|finding| finding.get("person").and_then(Value::as_str) == Some("sprayed-5"))
        {
            let title = finding.pointer("/ocsf/finding_info/title").and_then(Value::as_str).unwrap_or_default();
            return Ok(format!(
                "four accounts: nothing; {title} about sprayed-5 {} ms after the fifth",
                last.elapsed().as_millis()
            ));
        }
        expect(last.elapsed() < PATIENCE, || "no finding about sprayed-5".to_owned())?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn findings(scene: &Scene) -> Result<Vec<Value>, String> {
    let found = scene.admin().send("GET", "/events?class=2004&reason=password-spray", None).await;
    let found = found.map_err(|failure| failure.to_string())?;
    Ok(found.get("items").and_then(Value::as_array).cloned().unwrap_or_default())
}
