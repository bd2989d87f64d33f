//! Threat feeds: an address that a feed names is cut off, and let in again when the feed names it no longer.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Slice;
use crate::check::browser::Trouble;
use crate::check::person::Person;
use crate::check::{Seen, expect};
use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(15);
const FEED: &str = "check-feed";
const PERSON: &str = "nao";
/// An address of which the check does not come.
const OTHER: &str = "192.0.2.7\n";
const OURS: &str = "192.0.2.7\n127.0.0.1\n";

pub(super) const SLICE: Slice = Slice {
    title: "threats",
    expected: "a feed names another address: the wiki's events go on; it names ours: they are cut; it withdraws it: the wiki opens",
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Seen {
    let (list, listed) = watch::channel(OTHER);
    let feed = serve(listed).await.map_err(|error| error.to_string())?;
    apply(scene, feed).await?;
    let mut person = Person::newcomer(scene, PERSON).await?;
    let wiki = scene.wiki();
    let page = person.browser.open(&format!("{wiki}/")).await?;
    expect(page.status == StatusCode::OK, || format!("the wiki answered {}", page.status))?;
    let mut events = person.browser.stream(&format!("{wiki}/events")).await?;
    until_named(scene, 1).await?;
    expect(goes_on(&mut events).await, || "the events ended although another address is named".to_owned())?;
    // Ours is named now.
    list.send_replace(OURS);
    let named = Instant::now();
    read(scene).await?;
    let cut = tokio::time::timeout(PATIENCE, async { while goes_on(&mut events).await {} }).await;
    cut.map_err(|_| "the events went on")?;
    let delay = named.elapsed();
    let refused = person.browser.open_once(&format!("{wiki}/")).await?;
    expect(refused.status == StatusCode::FORBIDDEN, || format!("the wiki then answered {}", refused.status))?;
    // And withdrawn.
    list.send_replace(OTHER);
    read(scene).await?;
    until_open(&mut person, &wiki).await?;
    Ok(format!(
        "the events were cut {} ms after the feed named 127.0.0.1, with 403; withdrawn, the wiki opens",
        delay.as_millis()
    ))
}

/// A person for this step, and the feed.
async fn apply(scene: &Scene, feed: SocketAddr) -> Result<(), Trouble> {
    let user = json!({ "id": PERSON, "name": "Nao", "employment": "staff", "groups": ["staff"] });
    let feed =
        json!({ "id": FEED, "url": format!("http://{feed}/list.txt"), "format": "plain", "score": 90, "every": "1h" });
    let document = |kind: &str, body: &serde_json::Value| json!({ "kind": kind, "id": body.get("id"), "body": body, "origin": kind });
    let documents = [document("user", &user), document("threat-feed", &feed)];
    let body = json!({ "documents": documents, "prune": false, "plan_only": false });
    scene.admin().send("POST", "/apply", Some(&body)).await.map(drop).map_err(|failure| failure.to_string())
}

async fn read(scene: &Scene) -> Result<(), Trouble> {
    let read = scene.admin().send("POST", &format!("/threats/feeds/{FEED}/read"), None).await;
    read.map(drop).map_err(|failure| failure.to_string())
}

/// Waits until the feed was read and names that number of networks.
async fn until_named(scene: &Scene, networks: u64) -> Result<(), Trouble> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let feeds = scene.admin().list("/threats").await.map_err(|failure| failure.to_string())?;
        let found = feeds.iter().find(|feed| feed.get("feed").is_some_and(|id| id == FEED));
        if found.is_some_and(|feed| feed.get("networks").is_some_and(|count| *count == networks)) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("the feed was not read".to_owned())
}

async fn until_open(person: &mut Person, wiki: &str) -> Result<(), Trouble> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if person.browser.open_once(&format!("{wiki}/")).await?.status == StatusCode::OK {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("the wiki stayed closed after the feed withdrew the address".to_owned())
}

/// Whether one more event comes.
async fn goes_on(events: &mut Incoming) -> bool {
    matches!(events.frame().await, Some(Ok(_)))
}

/// Serves a list on a free port of loopback, as it is at each request.
async fn serve(list: watch::Receiver<&'static str>) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // The whole request is in the first bytes, and what it asks for is the list.
            let _ = stream.read(&mut [0; 4096]).await;
            let text = *list.borrow();
            let answer =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{text}", text.len());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    Ok(address)
}
