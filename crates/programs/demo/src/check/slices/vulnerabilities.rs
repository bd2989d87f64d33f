//! Vulnerable software: a crate of the wiki becomes known to be exploited, and the wiki is closed until it is repaired.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::Slice;
use crate::check::browser::{Browser, Trouble};
use crate::check::person::Person;
use crate::check::{Seen, expect};
use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(15);
const PERSON: &str = "rin";
const POLICY: &str = "@id(\"check-exploited\")
@reason(\"The wiki has a vulnerability that is known to be exploited.\")
@reason_ja(\"社内ウィキには、悪用が確認された脆弱性があります。\")
forbid (principal == Sekisho::User::\"rin\", action, resource == Sekisho::Resource::\"wiki\")
when { resource has known_exploited && resource.known_exploited };
";

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "vulnerabilities",
    expected: "the wiki has a crate with an advisory: its events go on; that is known to be exploited now: they are cut; the crate is repaired: the wiki opens",
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Seen {
    let sources = Sources::new(scene)?;
    sources.write("check/advisory.json", &advisory())?;
    sources.write("check-kev.json", &kev("CVE-2026-0002"))?;
    apply(scene).await?;
    inventory(scene, "1.0.0").await?;
    until_sound(scene).await?;
    let browser = Browser::new(scene.server_roots().map_err(|failure| failure.to_string())?);
    let mut person = Person::new(PERSON, scene.portal(), browser);
    let link = scene.enrolment_link(PERSON).await.map_err(|failure| failure.to_string())?;
    person.enrol(&link).await?;
    let wiki = scene.wiki();
    let page = person.browser.open(&format!("{wiki}/")).await?;
    expect(page.status == StatusCode::OK, || format!("the wiki answered {}", page.status))?;
    let mut events = person.browser.stream(&format!("{wiki}/events")).await?;
    expect(goes_on(&mut events).await, || "the events ended although nothing is exploited".to_owned())?;
    // The catalogue names it now.
    sources.write("check-kev.json", &kev("CVE-2026-0001"))?;
    let began = Instant::now();
    send(scene, "/vulnerability-sources/check-kev/read", None).await?;
    let cut = tokio::time::timeout(PATIENCE, async { while goes_on(&mut events).await {} }).await;
    cut.map_err(|_| "the events went on")?;
    let delay = began.elapsed();
    let refused = person.browser.open_once(&format!("{wiki}/")).await?;
    let says_why = refused.body.contains("known to be exploited");
    expect(refused.status == StatusCode::FORBIDDEN && says_why, || {
        format!("the wiki then answered {}", refused.status)
    })?;
    // And it is repaired.
    inventory(scene, "1.0.1").await?;
    until_open(&mut person, &wiki).await?;
    Ok(format!(
        "the events were cut {} ms after the catalogue was read, with 403 and the reason; repaired, the wiki opens",
        delay.as_millis()
    ))
}

/// The folder of sources of the demo.
struct Sources(PathBuf);

impl Sources {
    fn new(scene: &Scene) -> Result<Self, Trouble> {
        let folder = scene.folder().join("vulnerabilities");
        std::fs::create_dir_all(folder.join("check")).map_err(|error| error.to_string())?;
        Ok(Self(folder))
    }

    /// Writes a file, whole or not at all.
    fn write(&self, name: &str, content: &Value) -> Result<(), Trouble> {
        let (file, new) = (self.0.join(Path::new(name)), self.0.join("new"));
        std::fs::write(&new, content.to_string()).map_err(|error| error.to_string())?;
        std::fs::rename(new, file).map_err(|error| error.to_string())
    }
}

fn advisory() -> Value {
    json!({ "id": "CHECK-2026-0001", "aliases": ["CVE-2026-0001"], "summary": "A bug", "affected": [{
        "package": { "ecosystem": "crates.io", "name": "check" },
        "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "1.0.1" }] }] }] })
}

fn kev(name: &str) -> Value {
    json!({ "vulnerabilities": [{ "cveID": name }] })
}

async fn apply(scene: &Scene) -> Result<(), Trouble> {
    let document = |kind: &str, id: &str, body: Value| json!({ "kind": kind, "id": id, "body": body, "origin": kind });
    let source = |id: &str, path: &str, format: &str| {
        document("vulnerability-source", id, json!({ "id": id, "path": path, "format": format }))
    };
    let documents = [
        document("user", PERSON, json!({ "id": PERSON, "name": "Rin", "employment": "staff", "groups": ["staff"] })),
        document("policy", "check-exploited.cedar", json!({ "text": POLICY })),
        source("check-advisories", "check", "osv"),
        source("check-kev", "check-kev.json", "kev"),
    ];
    send(scene, "/apply", Some(&json!({ "documents": documents, "prune": false, "plan_only": false }))).await
}

/// Says what the wiki is made of.
async fn inventory(scene: &Scene, version: &str) -> Result<(), Trouble> {
    let purl = format!("pkg:cargo/check@{version}");
    let bill =
        json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{ "type": "library", "purl": purl }] });
    let body = json!({ "content": STANDARD.encode(bill.to_string()) });
    send(scene, "/software-inventories/wiki", Some(&body)).await
}

async fn send(scene: &Scene, path: &str, body: Option<&Value>) -> Result<(), Trouble> {
    scene.admin().send("POST", path, body).await.map(drop).map_err(|failure| failure.to_string())
}

/// Waits until it is known that the wiki has no exploited vulnerability.
async fn until_sound(scene: &Scene) -> Result<(), Trouble> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let found = scene.admin().list("/vulnerabilities").await.map_err(|failure| failure.to_string())?;
        let wiki = found.iter().find(|one| one.get("name").is_some_and(|name| name == "wiki"));
        if wiki.is_some_and(|wiki| wiki.get("known_exploited") == Some(&Value::Bool(false))) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("it is not known that the wiki has no exploited vulnerability".to_owned())
}

async fn until_open(person: &mut Person, wiki: &str) -> Result<(), Trouble> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if person.browser.open_once(&format!("{wiki}/")).await?.status == StatusCode::OK {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("the wiki stayed closed after it was repaired".to_owned())
}

/// Whether one more event comes.
async fn goes_on(events: &mut Incoming) -> bool {
    matches!(events.frame().await, Some(Ok(_)))
}
