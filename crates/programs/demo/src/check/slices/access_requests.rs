//! Access for a time: requested, approved by somebody else, cut when it ends.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use http::StatusCode;

use super::Slice;
use crate::check::browser::{Answer, Trouble};
use crate::check::page::Form;
use crate::check::person::Person;
use crate::check::{Seen, expect};
use crate::scene::Scene;

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "access requests",
    expected: "the archive refuses Erin; her request is hers to make and not to approve; Alice approves; the WebSocket is cut at expiry",
    run: |scene| Box::pin(run(scene)),
};

/// For how many seconds Erin asks.
const SECONDS: u64 = 3;
/// How long after the end the cut may come.
const CUT_WITHIN: Duration = Duration::from_secs(1);

async fn run(scene: &Scene) -> Seen {
    let (mut erin, mut alice) = (Person::newcomer(scene, "erin").await?, Person::newcomer(scene, "alice").await?);
    let portal = scene.portal();
    let page = erin.browser.open(&format!("{}/", scene.archive())).await?;
    let leads = page.status == StatusCode::FORBIDDEN && page.body.contains(&format!("{portal}/request/archive"));
    expect(leads, || format!("the archive answered Erin {} without the way to ask", page.status))?;
    let page = erin.browser.open(&format!("{portal}/request/archive")).await?;
    let seconds = SECONDS.to_string();
    let fields = [("reason", "the audit of last year"), ("seconds", seconds.as_str())];
    let sent = submit(&mut erin, &page, "action=\"/request/archive\"", &fields).await?;
    expect(sent.status == StatusCode::OK, || format!("the request was answered {}", sent.status))?;
    let waiting = alice.browser.open(&format!("{portal}/requests")).await?;
    let form = Form::find(&waiting.body, "/approve\"").ok_or("Alice sees no request")?;
    let address = format!("{portal}{}", form.attribute("action").ok_or("the form has no address")?);
    let own =
        Form::find(&sent.body, "/withdraw\"").and_then(|form| form.value("csrf")).ok_or("Erin's page has no token")?;
    let by_herself = erin.browser.submit(&address, &[("csrf", own.as_str())]).await?;
    expect(by_herself.status == StatusCode::FORBIDDEN, || format!("her own approval got {}", by_herself.status))?;
    submit(&mut alice, &waiting, "/approve\"", &[]).await?;
    let approved = Instant::now();
    let page = erin.browser.open(&format!("{}/", scene.archive())).await?;
    expect(page.status == StatusCode::OK, || format!("the archive then answered Erin {}", page.status))?;
    let mut socket = erin.browser.web_socket(&format!("{}/live", scene.archive().replacen("https", "wss", 1))).await?;
    let ended = async { while let Some(Ok(_)) = socket.next().await {} };
    let life = Duration::from_secs(SECONDS);
    tokio::time::timeout(life + 10 * CUT_WITHIN, ended).await.map_err(|_| "the WebSocket outlived the grant")?;
    let late = approved.elapsed().saturating_sub(life);
    expect(late < CUT_WITHIN, || format!("cut {} ms after the end", late.as_millis()))?;
    let page = erin.browser.open(&format!("{}/", scene.archive())).await?;
    expect(page.status == StatusCode::FORBIDDEN, || format!("the archive answered {} after the end", page.status))?;
    Ok(format!(
        "403 with the way to ask; 403 for her own approval; 200 after Alice's; cut {} ms after the end; 403",
        late.as_millis()
    ))
}

/// Sends a form of a page, and follows where it leads.
async fn submit(person: &mut Person, page: &Answer, marker: &str, fields: &[(&str, &str)]) -> Result<Answer, Trouble> {
    let form = Form::find(&page.body, marker).ok_or_else(|| format!("{} has no form {marker}", page.url))?;
    let (action, token) = form.attribute("action").zip(form.value("csrf")).ok_or("the form has no address or token")?;
    let mut all = vec![("csrf", token.as_str())];
    all.extend_from_slice(fields);
    person.browser.submit(&super::super::browser::absolute(&page.url, &action), &all).await
}
