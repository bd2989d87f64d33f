//! A list of 120,430 addresses: it is loaded whole once, and a later reading writes only what changed.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::place::Place;

const ADDRESSES: u32 = 120_430;

#[tokio::test]
#[ignore = "writes a list of 120,430 addresses"]
async fn a_large_list_is_loaded_once_and_then_changed_by_what_changed() {
    let place = Place::new().await;
    let (list, listed) = watch::channel(Arc::new(text("")));
    let address = serve(listed).await;
    let feed = format!(
        "[[threat-feed]]\nid = \"large\"\nurl = \"http://{address}/\"\nformat = \"plain\"\nscore = 90\nevery = \"1h\"\n"
    );
    let before = place.platform.most_memory().unwrap();
    let began = Instant::now();
    place.apply("feed.toml", &feed).await;
    place.until_networks("large", u64::from(ADDRESSES)).await;
    let loaded = began.elapsed();
    let grown = place.platform.most_memory().unwrap().saturating_sub(before) / (1024 * 1024);
    assert_eq!(place.command(&["threat", "show", "10.1.214.109"]).await["threat"], 90, "the last of the list");
    assert_eq!(place.command(&["threat", "show", "10.1.214.110"]).await["threat"], 0, "the one behind it");
    // One address more.
    list.send_replace(Arc::new(text("127.0.0.1\n")));
    let began = Instant::now();
    place.read("large").await;
    place.until_closed([127, 0, 0, 1]).await;
    let changed = began.elapsed();
    place.until_networks("large", u64::from(ADDRESSES) + 1).await;
    let acts = place.command(&["act", "list"]).await;
    let renewed = acts
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["act"])
        .find(|act| act["act"] == "threat-feed-renewed")
        .unwrap();
    assert_eq!(renewed["detail"], json!({ "put": 1, "removed": 0, "networks": ADDRESSES + 1 }), "{renewed}");
    println!(
        "{ADDRESSES} addresses loaded in {} ms (peak memory grew by {grown} MiB); one more refused after {} ms",
        loaded.as_millis(),
        changed.as_millis()
    );
}

fn text(more: &str) -> String {
    let first = u32::from(Ipv4Addr::new(10, 0, 0, 0));
    let lines = (0..ADDRESSES).map(|number| format!("{}\t3\n", Ipv4Addr::from(first + number)));
    format!("# a list\n{}{more}", lines.collect::<String>())
}

async fn serve(list: watch::Receiver<Arc<String>>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let list = list.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let list = list.borrow().clone();
                async move { Ok::<_, Infallible>(answer(&request, &list)) }
            });
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

/// The list, with its length as entity tag.
fn answer(request: &Request<Incoming>, list: &str) -> Response<Full<Bytes>> {
    let tag = format!("\"{}\"", list.len());
    if request.headers().get("if-none-match").is_some_and(|asked| *asked == *tag) {
        return Response::builder().status(StatusCode::NOT_MODIFIED).body(Full::default()).unwrap();
    }
    Response::builder().header("etag", tag).body(Full::from(list.to_owned())).unwrap()
}
