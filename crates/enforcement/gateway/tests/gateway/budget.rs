//! What one session holds of connections to upstreams is bounded, and others have theirs.

use std::time::Duration;

use sekisho_attacks::Response;
use sekisho_model::documents::Kind;
use sekisho_model::{Outcome, SessionId};
use sekisho_policy_enforcement::Audience;

use crate::connect::{connect, credential, line, refused, with_services};
use crate::platform::{ALICE, APP, Platform, TERMINALS, session};
use crate::streams::{open, until};

/// Well beyond what letting go takes, and well below every limit in time.
const SOON: Duration = Duration::from_secs(10);
/// Alice on another machine.
const ELSEWHERE: [u8; 16] = [9; 16];

fn sign_in_elsewhere(platform: &mut Platform) {
    let id = SessionId::from_bytes(ELSEWHERE).to_string();
    platform.change(Kind::Session, &id, Some(session(ELSEWHERE, "alice", &["password", "totp"])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_257th_tunnel_of_a_session_is_refused_and_another_session_is_served() {
    let (mut platform, echo) = with_services().await;
    sign_in_elsewhere(&mut platform);
    let (alice, elsewhere) = (credential(&platform, ALICE, None), credential(&platform, ELSEWHERE, None));
    let mut lines = Vec::new();
    for _ in 0..4 {
        lines.push(line(&platform, TERMINALS, false).await);
    }
    let mut tunnels = Vec::new();
    for number in 0..256 {
        tunnels.push(connect(&mut lines[number / 90], "open", Some(&alice)).await.expect("a tunnel"));
    }
    assert_eq!(refused(&mut lines[3], "open", Some(&alice)).await, (429, "too-many-exchanges".to_owned()));
    let other = connect(&mut lines[3], "open", Some(&elsewhere)).await;
    assert!(other.is_ok(), "another session has its own: {:?}", other.err());
    drop(other);
    // The first 257 that were let through; nothing was dialled for the one that was not.
    assert!(echo.came() <= 257, "{}", echo.came());
    tunnels.pop();
    let again = async { while connect(&mut lines[3], "open", Some(&alice)).await.is_err() {} };
    tokio::time::timeout(SOON, again).await.expect("the place of the one that ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exchange_beyond_a_sessions_share_is_refused_and_recorded() {
    let mut platform = Platform::with(|config| config.upstreams_per_session = 2).await;
    sign_in_elsewhere(&mut platform);
    let cookie = |session| {
        let audience = "app".parse().expect("an id");
        format!("Cookie: {}\r\n", platform.cookie(Audience::Application(&audience), session))
    };
    let (alice, elsewhere) = (cookie(ALICE), cookie(ELSEWHERE));
    let mut downloads = Vec::new();
    for _ in 0..2 {
        let mut download = open(&platform, "/download", "").await;
        until(&mut download, b"xxxxxxxx").await;
        downloads.push(download);
    }
    let reached = platform.recorder.recorded().strict.len();
    let answer: Response = platform.get(APP, "/", &alice).await;
    assert_eq!((answer.status, answer.field("retry-after")), (429, Some("5")), "{}", answer.text());
    assert!(answer.text().contains("too-many-exchanges"), "{}", answer.text());
    assert_eq!(platform.recorder.recorded().strict.len(), reached, "the upstream saw nothing of it");
    let request = answer.field("x-request-id").expect("an id");
    assert_eq!(platform.decision(request).await.map(|decision| decision.outcome), Some(Outcome::Permit));
    assert_eq!(platform.get(APP, "/", &elsewhere).await.status, 200, "another session has its own");
    downloads.pop();
    let again = async { while platform.get(APP, "/", &alice).await.status != 200 {} };
    tokio::time::timeout(SOON, again).await.expect("the place of the one that ended");
}
