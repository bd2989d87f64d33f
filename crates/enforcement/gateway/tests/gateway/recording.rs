//! What cannot be recorded does not happen.

use std::time::Duration;

use crate::platform::{APP, Platform};

#[tokio::test]
async fn i9_what_cannot_be_recorded_is_denied() {
    let platform = Platform::start().await;
    let cookie = format!("Cookie: {}\r\n", platform.app_cookie("app"));
    assert_eq!(platform.get(APP, "/before", &cookie).await.status, 200);
    platform.ledger.close().await;
    let response = platform.get(APP, "/after", &cookie).await;
    assert_eq!(response.status, 503, "{}", response.text());
    let seen: Vec<String> = platform.recorder.recorded().strict.into_iter().map(|request| request.line).collect();
    assert_eq!(seen, ["GET /before"]);
}

#[tokio::test]
async fn i9_a_remembered_decision_needs_its_record_too() {
    let platform = Platform::with(|config| config.memory = 100).await;
    let cookie = format!("Cookie: {}\r\n", platform.app_cookie("app"));
    let mut client = platform.client(APP).await;
    let request = format!("GET /page HTTP/1.1\r\nHost: {APP}\r\n{cookie}\r\n");
    let size = platform.ledger.size();
    for _ in 0..5 {
        client.send(request.as_bytes()).await.unwrap();
        assert_eq!(client.response("GET").await.unwrap().unwrap().status, 200);
    }
    assert!(platform.ledger.size() - size < 5, "one decision covers requests that read the same facts");
    platform.ledger.close().await;
    // The first batch that is not taken is noticed when its millisecond is over; from then on nothing is covered.
    let mut last = 0;
    for _ in 0..1000 {
        client.send(request.as_bytes()).await.unwrap();
        last = client.response("GET").await.unwrap().unwrap().status;
        if last == 503 {
            break;
        }
    }
    assert_eq!(last, 503);
}

#[tokio::test]
async fn every_decision_and_access_is_in_a_ledger_that_verifies() {
    let mut platform = Platform::with(|config| config.memory = 100).await;
    let cookie = format!("Cookie: {}\r\n", platform.app_cookie("app"));
    for path in ["/1", "/2", "/admin/x", "/1"] {
        platform.get(APP, path, &cookie).await;
    }
    let (ledger, key) = (platform.ledger.clone(), platform.ledger.public_key().clone());
    platform.gateway.shutdown().await;
    ledger.close().await;
    let report = sekisho_ledger::verify(platform.folder.path(), &key, &[]);
    assert!(report.findings.is_empty(), "{report:?}");
    let events: String = std::fs::read_dir(platform.folder.path().join("access"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    assert_eq!(events.lines().count(), 4, "{events}");
    assert!(!events.contains("__Host-sekisho"), "no secret is recorded");
}

/// The lines of the access events that name a path, once there are `count` of them.
pub(crate) async fn events_of(platform: &Platform, path: &str, count: usize) -> Vec<String> {
    let folder = platform.folder.path().join("access");
    let found = async {
        loop {
            let files = std::fs::read_dir(&folder).unwrap();
            let text: String =
                files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap_or_default()).collect();
            let lines: Vec<String> =
                text.lines().filter(|line| line.contains(&format!("\"{path}\""))).map(str::to_owned).collect();
            if lines.len() >= count {
                return lines;
            }
            // The ledger has then written what it was given before.
            platform.ledger.head().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect("an event for each")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i9_who_goes_away_before_the_answer_is_recorded_all_the_same() {
    let mut platform = Platform::with(|config| config.memory = 100).await;
    let cookie = platform.app_cookie("app");
    // The decision is remembered from here on: nothing but its event would tell of a request.
    assert_eq!(platform.get(APP, "/", &format!("Cookie: {cookie}\r\n")).await.status, 200);
    let reached = async |count| {
        while platform.recorder.recorded().strict.len() < count {
            tokio::task::yield_now().await;
        }
    };
    let mut client = platform.client(APP).await;
    client.send(format!("GET /never HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n").as_bytes()).await.unwrap();
    reached(2).await;
    drop(client);
    events_of(&platform, "/never", 1).await;
    let mut send = crate::http2::connect(&platform, APP).await;
    let ask = || {
        let request = http::Request::get(format!("https://{APP}/never")).header("cookie", &cookie);
        request.body(()).unwrap()
    };
    let (_response, mut stream) = send.send_request(ask(), true).unwrap();
    reached(3).await;
    stream.send_reset(h2::Reason::CANCEL);
    events_of(&platform, "/never", 2).await;
    // What the end of the gateway breaks off is recorded too.
    let _unanswered = send.send_request(ask(), true).unwrap();
    reached(4).await;
    let requests = platform.recorder.recorded().strict;
    let (ledger, key) = (platform.ledger.clone(), platform.ledger.public_key().clone());
    platform.gateway.shutdown().await;
    ledger.close().await;
    let events = events_of(&platform, "/never", 3).await;
    assert_eq!(events.len(), 3, "{events:?}");
    for (request, event) in requests[1..].iter().zip(&events) {
        let id = request.values("x-request-id")[0];
        assert!(event.contains(&format!("\"request\":\"{id}\"")) && event.contains("\"status\":499"), "{event}");
    }
    assert!(sekisho_ledger::verify(platform.folder.path(), &key, &[]).findings.is_empty());
}

#[tokio::test]
async fn a_silent_control_plane_ends_what_it_permitted() {
    let platform = Platform::with(|config| config.world_lease = Duration::from_millis(400)).await;
    let cookie = format!("Cookie: {}\r\n", platform.app_cookie("app"));
    platform.alive.send_replace(crate::platform::now());
    assert_eq!(platform.get(APP, "/", &cookie).await.status, 200);
    let mut client = platform.client(APP).await;
    client.send(format!("GET /events HTTP/1.1\r\nHost: {APP}\r\n{cookie}\r\n").as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while let Some(bytes) = client.bytes().await.unwrap() {
        seen.extend(bytes);
        if seen.ends_with(b"0\r\n\r\n") {
            break;
        }
    }
    assert!(String::from_utf8_lossy(&seen).contains("policy-snapshot-expired"));
    assert_eq!(platform.get(APP, "/", &cookie).await.status, 503);
}

#[test]
fn i8_only_the_function_that_takes_a_permit_dials() {
    let (mut dialling, mut borrowing) = (Vec::new(), Vec::new());
    let enforcement = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut folders: Vec<_> = ["gateway", "http-server", "upstream"].map(|of| enforcement.join(of).join("src")).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if text.contains("::connect(") || text.contains("TcpSocket") {
                dialling.push((name, text));
            } else if text.contains("dial(") {
                borrowing.push(name);
            }
        }
    }
    let [(file, text)] = dialling.as_slice() else { panic!("more than one file reaches out: {dialling:?}") };
    assert_eq!(file, "forward.rs");
    // One way in from outside the file for requests and one for tunnels, and each demands the permit; the third is a health
    // check's, which takes nothing of anybody's and gives nothing back. The fourth dials for the trial of an address before it is
    // published, and for nothing else.
    assert_eq!((text.matches("pub async fn ").count(), text.matches("pub(crate) async fn ").count()), (2, 2));
    assert_eq!(borrowing, ["trial.rs"]);
    let probe = text.split("pub(crate) async fn probe(").nth(1).and_then(|rest| rest.split(" {\n").next()).unwrap();
    assert!(!probe.contains("Request") && probe.ends_with("Option<Result<(), String>>"), "{probe}");
    assert!(text.contains("pub async fn forward(\n    upstreams: &Upstreams,\n    permit: &Permit,"));
    assert!(text.contains("pub async fn open(upstreams: &Upstreams, permit: &Permit, world"));
    assert_eq!(text.matches("dial(").count(), 4);
}
