//! DOS-20 and AUD-17: no descriptors left, strangers everywhere, and somebody signed in who wants to fill the disk.

use std::net::Ipv4Addr;
use std::path::Path;

use sekisho_attacks::Client;
use tokio::net::TcpSocket;

use crate::ground::{APP, Ground};
use crate::record::{Happened, files, holds};

/// More connections than the process has descriptors: whoever is signed in is served, and the process goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_in_people_are_served_when_strangers_take_every_place() {
    let ground = Ground::under(&["prlimit", "--nofile=240:240"]).await;
    let work = ground.bystander.work();
    let mut strangers = Vec::new();
    for number in 0..600_u32 {
        let socket = TcpSocket::new_v4().unwrap();
        let last = u8::try_from(number % 100).unwrap() + 1;
        socket.bind((Ipv4Addr::new(127, 0, 2, last), 0).into()).unwrap();
        // What the gateway does not take any more stays in the queue, or is refused: both are fine.
        if let Ok(Ok(stream)) =
            tokio::time::timeout(std::time::Duration::from_secs(2), socket.connect(ground.setting.address)).await
        {
            strangers.push(stream);
        }
    }
    // Strangers crowd the gateway: who shows no session has to wait, and is told so.
    let mut client = Client::connect(ground.setting.address, ground.setting.tls.clone(), APP).await.unwrap();
    client.send(format!("GET / HTTP/1.1\r\nHost: {APP}\r\n\r\n").as_bytes()).await.unwrap();
    let crowded = client.response("GET").await.unwrap().unwrap();
    assert_eq!((crowded.status, crowded.field("retry-after")), (503, Some("5")), "{}", crowded.text());
    ground.bystander.asks().await.unwrap();
    let worked = work.ends_well().await.unwrap();
    println!("{} strangers; {worked}", strangers.len());
    drop(strangers);
    assert_eq!(holds(ground, &Happened::default()).await, Vec::<String>::new());
}

/// 3,000 denials with the longest paths: they are bounded on the disk, none is lost from the count, and permits go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn denials_do_not_fill_the_disk() {
    let ground = Ground::quietly().await;
    let ledger = ground.platform.data().join("ledger");
    let before = size(&ledger);
    let (mut denied, mut counted) = (0_u64, 0_u64);
    let mut client = Client::connect(ground.setting.address, ground.setting.tls.clone(), APP).await.unwrap();
    for number in 0..3_000 {
        let path = format!("/admin/{number}/{}", "a".repeat(8_000));
        let request = format!("GET {path} HTTP/1.1\r\nHost: {APP}\r\nCookie: {}\r\n\r\n", ground.setting.cookie);
        client.send(request.as_bytes()).await.unwrap();
        let response = client.response("GET").await.unwrap().unwrap();
        match response.status {
            403 => denied += 1,
            429 => counted += 1,
            other => panic!("{other}: {}", response.text()),
        }
    }
    assert!(ground.recorder.recorded().strict.iter().all(|request| !request.line.contains("/admin/")));
    assert!(denied >= 500 && counted > 0, "{denied} denied, {counted} counted");
    client
        .send(format!("GET /still HTTP/1.1\r\nHost: {APP}\r\nCookie: {}\r\n\r\n", ground.setting.cookie).as_bytes())
        .await
        .unwrap();
    assert_eq!(client.response("GET").await.unwrap().unwrap().status, 200, "permits go on");
    let grown = size(&ledger) - before;
    println!("3,000 denials with 8 KB paths: {denied} recorded, {counted} counted, {grown} bytes written");
    assert!(grown < 3_000 * 8_000 / 4, "{grown} bytes for {denied} denials");
    assert_eq!(sum_of_refused(&ground, "too-many-denials", counted).await, counted, "none is lost");
    assert_eq!(holds(ground, &Happened::default()).await, Vec::<String>::new());
}

/// What was refused without a decision is in the record, added up, so that its number can be explained.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_without_a_decision_is_added_up() {
    let ground = Ground::quietly().await;
    let mut numbers = Vec::new();
    for _ in 0..20 {
        let mut client = Client::connect(ground.setting.address, ground.setting.tls.clone(), APP).await.unwrap();
        client.send(b"GET /a%00 HTTP/1.1\r\nHost: app.localhost\r\n\r\n").await.unwrap();
        let response = client.response("GET").await.unwrap().unwrap();
        numbers.push(response.field("x-request-id").unwrap().to_owned());
    }
    assert_eq!(sum_of_refused(&ground, "malformed-request", 20).await, 20);
    let found = ground.platform.command(&["decision", "show", &numbers[7]]).await.unwrap();
    assert_eq!(found.pointer("/refused/detail/kind").unwrap(), "malformed-request", "{found}");
    let unknown = ground.platform.command(&["decision", "show", "01M809QSAC7GG14A05J2XYT7JQ"]).await;
    assert!(unknown.is_err(), "{unknown:?}");
}

/// The sum of the record's counts of a kind, once it is there: it is written once a second.
async fn sum_of_refused(ground: &Ground, kind: &str, expected: u64) -> u64 {
    let began = std::time::Instant::now();
    loop {
        let acts = ground.platform.command(&["decision", "refused"]).await.unwrap();
        let of_kind = acts
            .as_array()
            .into_iter()
            .flatten()
            .filter(|act| act.pointer("/act/detail/kind").is_some_and(|it| it == kind));
        let sum = of_kind.filter_map(|act| act.pointer("/act/detail/count").and_then(serde_json::Value::as_u64)).sum();
        if sum >= expected || began.elapsed() > std::time::Duration::from_secs(10) {
            return sum;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

fn size(folder: &Path) -> u64 {
    files(folder).iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}
