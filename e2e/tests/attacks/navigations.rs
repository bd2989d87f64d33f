//! HOST-22: where a browser is sent to sign in is the portal that is configured, whatever the request says of hosts.

use crate::ground::{APP, Ground, OTHER};
use crate::moments::connect;
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};

/// Lines of a request for a page, and whether it is sent to the portal or refused.
const LINES: [(&str, &str, bool); 14] = [
    ("HOST-22d", "Host: {app}\r\nX-Forwarded-Host: mallory.test", true),
    ("HOST-22e", "Host: {app}\r\nForwarded: host=mallory.test;proto=http", true),
    ("HOST-22f", "Host: {app}\r\nX-Host: mallory.test\r\nX-Original-Host: mallory.test", true),
    ("HOST-22g", "Host: {app}\r\nX-HTTP-Host-Override: mallory.test\r\nX-Forwarded-Server: mallory.test", true),
    (
        "HOST-22h",
        "Host: {app}\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\nX-Forwarded-Prefix: //mallory.test",
        true,
    ),
    ("HOST-22i", "Host: {app}\r\nOrigin: https://mallory.test\r\nReferer: https://mallory.test/", true),
    ("HOST-22j", "Host: {app}\r\nX-Original-URL: https://mallory.test/\r\nX-Rewrite-URL: //mallory.test", true),
    ("HOST-22k", "Host: {APP}", true),
    ("HOST-22l", "Host: {app}:81", false),
    ("HOST-22m", "Host: {app}@mallory.test", false),
    ("HOST-22n", "Host: mallory.test", false),
    ("HOST-22o", "Host: {app}.mallory.test", false),
    ("HOST-22p", "Host: {other}", false),
    ("HOST-22q", "Host: {app}\r\nHost: mallory.test", false),
];

pub(crate) fn scenarios() -> Vec<Scenario> {
    LINES
        .into_iter()
        .map(|(id, lines, sent)| Scenario::new(id, move |ground| Box::pin(leads_to_the_portal(ground, lines, sent))))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_no_request_says_where_people_sign_in() {
    let ground = Ground::start().await;
    let scenarios = scenarios();
    let mut failures = run(&ground.bystander, &ground, &scenarios, 1).await;
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("HOST (navigations)", scenarios.len(), &failures);
}

async fn leads_to_the_portal(ground: &Ground, lines: &str, sent: bool) -> Outcome {
    ground.recorder.forget();
    let mut client = connect(ground).await?;
    let (upper, port) = (APP.to_ascii_uppercase(), ground.platform.port());
    let lines = lines.replace("{app}", APP).replace("{APP}", &upper).replace("{other}", OTHER);
    let accept = "Accept: text/html\r\nSec-Fetch-Mode: navigate";
    let request = format!("GET /page?a=b HTTP/1.1\r\n{lines}\r\n{accept}\r\n\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let answer = client.response("GET").await.map_err(|error| error.to_string())?.ok_or("no answer")?;
    let location = answer.field("location").unwrap_or_default().to_owned();
    let portal = format!("https://portal.localhost:{port}/sign-in/to/app?return=/page%3Fa%3Db&flow=");
    let right = match sent {
        true => answer.status == 303 && location.starts_with(&portal) && !location.contains("mallory"),
        false => matches!(answer.status, 400 | 421) && location.is_empty() && !answer.text().contains("mallory.test/"),
    };
    let seen = ground.recorder.recorded().bytes.len();
    if right && seen == 0 { Ok(()) } else { Err(format!("{} to {location:?}, and {seen} connections", answer.status)) }
}
