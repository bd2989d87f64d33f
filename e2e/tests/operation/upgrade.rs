//! The binary changes under load.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use futures_util::StreamExt;
use sekisho_e2e::client::Load;
use sekisho_e2e::platform::example::{CLOSED, OPEN};
use sekisho_e2e::platform::{Platform, binary};
use tokio::net::UnixDatagram;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::place::{Place, SOME, still_carries};

#[tokio::test]
async fn an_upgrade_loses_no_request_no_stream_and_no_decision() {
    let mut place = Place::start("").await;
    let connector = place.platform.connector().unwrap();
    place.person.open(CLOSED, "/").await.unwrap().expect(403).unwrap();
    let mut load = place.load(&connector).await;
    let mut shared = place.load_over_http2(&connector).await;
    let calls = place.calls().await;
    let mut denied = Load::start(&connector, (CLOSED, &place.person.cookie(CLOSED), 403), 1, 1);
    denied.answers(10).await.unwrap();
    let socket = place.socket().await;

    place.platform.upgrade().await.unwrap();
    load.answers(SOME).await.unwrap();
    denied.answers(10).await.unwrap();
    shared.answers(SOME).await.unwrap();
    still_carries(socket).await;
    // The conversation is a stream of the old process, which ends with its last one.
    calls.end_well().await;
    let calls = place.calls().await;
    assert_eq!(place.platform.first_process_ended().await.unwrap(), Some(0), "it ends with its last stream");
    load.answers(SOME).await.unwrap();

    // The new process does the same in its turn.
    place.platform.upgrade().await.unwrap();
    load.answers(SOME).await.unwrap();
    shared.answers(SOME).await.unwrap();
    println!("{} requests over HTTP/2, none failed", shared.stop().await.unwrap().len());
    calls.end_well().await;
    let answered = load.stop().await.unwrap().len();
    let denied = denied.stop().await.unwrap();
    for request in &denied {
        let found = place.platform.command(&["decision", "show", request]).await.unwrap();
        assert_eq!(found.pointer("/decision/outcome").unwrap(), "deny", "{request}");
    }
    let folder = place.platform.data().join("ledger").display().to_string();
    place.platform.command(&["ledger", "verify", &folder]).await.unwrap();
    println!("{answered} requests, none failed; {} denials, all recorded", denied.len());
}

#[tokio::test]
async fn a_new_process_that_does_not_become_ready_leaves_the_old_one_as_it_was() {
    let mut place = Place::start("").await;
    let mut load = place.load(&place.platform.connector().unwrap()).await;
    let socket = place.socket().await;
    let link = place.folder.path().join("sekisho");

    std::fs::remove_file(&link).unwrap();
    let why = place.refusal("upgrade").await;
    assert!(why.contains("cannot be started") && why.contains("the old one goes on"), "{why}");
    std::fs::write(&link, "#!/bin/sh\nexit 3\n").unwrap();
    std::fs::set_permissions(&link, std::fs::Permissions::from_mode(0o755)).unwrap();
    let why = place.refusal("upgrade").await;
    assert!(why.contains("ended before it was ready (exit status: 3)"), "{why}");
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(binary().unwrap(), &link).unwrap();
    load.answers(SOME).await.unwrap();

    place.platform.configure("lease = \"2d\"\n").unwrap();
    let why = place.refusal("upgrade").await;
    assert!(why.contains("sekisho.toml:5: `lease`"), "{why}");
    place.platform.configure("domain = \"example.jp\"\n").unwrap();
    let why = place.refusal("upgrade").await;
    assert!(why.contains("`domain` cannot change in an upgrade"), "{why}");
    load.answers(SOME).await.unwrap();

    // It fails when it has the ledger already: the old one takes it back.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    place.platform.configure(&format!("listen = \"{address}\"\npublic_port = {}\n", place.platform.port())).unwrap();
    let why = place.refusal("upgrade").await;
    assert!(why.contains(&format!("cannot listen on {address}")), "{why}");
    load.answers(SOME).await.unwrap();
    let denial = place.person.open(CLOSED, "/").await.unwrap().expect(403).unwrap();
    place.platform.command(&["decision", "show", denial.header("x-request-id")]).await.unwrap();

    still_carries(socket).await;
    place.platform.configure("").unwrap();
    place.platform.upgrade().await.unwrap();
    load.answers(SOME).await.unwrap();
    println!("{} requests, none failed", load.stop().await.unwrap().len());
}

#[tokio::test]
async fn what_is_open_for_too_long_after_an_upgrade_is_told_and_cut() {
    let mut place = Place::start("drain = \"1s\"\n").await;
    let mut socket = place.socket().await;
    place.platform.upgrade().await.unwrap();
    let last = tokio::time::timeout(Duration::from_secs(30), socket.next()).await.unwrap();
    let restarted = |frame: &CloseFrame| frame.reason == "gateway-restarted";
    assert!(matches!(&last, Some(Ok(Message::Close(Some(frame)))) if restarted(frame)), "it ended with {last:?}");
    assert_eq!(place.platform.first_process_ended().await.unwrap(), Some(0));
    place.person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
}

#[tokio::test]
async fn a_supervisor_is_told_which_process_is_the_main_one() {
    let folder = tempfile::tempdir().unwrap();
    let (socket, script) = (folder.path().join("notify"), folder.path().join("start"));
    let supervisor = UnixDatagram::bind(&socket).unwrap();
    let text =
        format!("#!/bin/sh\nNOTIFY_SOCKET='{}' exec '{}' \"$@\"\n", socket.display(), binary().unwrap().display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut platform = Platform::start_from(&script, 1, "").await.unwrap();
    assert_eq!(told(&supervisor).await, format!("READY=1\nMAINPID={}\n", platform.process().unwrap()));
    let pid = platform.upgrade().await.unwrap();
    assert_eq!(told(&supervisor).await, format!("READY=1\nMAINPID={pid}\n"));
}

async fn told(supervisor: &UnixDatagram) -> String {
    let mut state = vec![0; 1024];
    let length = tokio::time::timeout(Duration::from_secs(30), supervisor.recv(&mut state)).await.unwrap().unwrap();
    state.truncate(length);
    String::from_utf8(state).unwrap()
}
