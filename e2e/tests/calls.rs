//! gRPC with the client and the server that people use: calls, streams in both directions, deadlines, and the cut.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Instant;

use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use sekisho_e2e::services::Calls;
use serde_json::Value;

/// The next step of the client, which must come out like this.
async fn step(client: &mut Calls, name: &str, code: &str) -> Value {
    let step: Value = serde_json::from_str(&client.line().await.unwrap()).unwrap();
    assert_eq!((step.get("step"), step.get("code")), (Some(&name.into()), Some(&code.into())), "{step}");
    step
}

#[tokio::test]
async fn calls_pass_in_both_directions_and_are_cut_with_a_status() {
    let mut server = Calls::start("server.py", &[]).unwrap();
    let port: u16 = server.line().await.unwrap().parse().unwrap();
    let platform = Platform::start(1).await.unwrap();
    let mut person = platform.example(port).await.unwrap();
    let upstream = format!(
        "[[resource]]\nid = \"open\"\nname = {{ en = \"open\", ja = \"open\" }}\nhost = \"{OPEN}\"\nsensitivity = 1\n\
         [resource.upstream]\naddresses = [\"127.0.0.1:{port}\"]\nprotocol = \"http2\"\n"
    );
    platform.apply(&[("calls.toml", &upstream)]).await.unwrap();
    // The hand-over from the portal; what a server of calls answers to a page is not looked at.
    person.open(OPEN, "/").await.unwrap();
    let authority = platform.authority().display().to_string();
    let arguments = [&platform.port().to_string(), OPEN, &authority, &person.cookie(OPEN)];
    let mut client = Calls::start("client.py", &arguments).unwrap();

    step(&mut client, "stranger", "UNAUTHENTICATED").await;
    let who = step(&mut client, "who", "OK").await;
    let metadata = who["answer"].as_str().unwrap();
    assert!(metadata.contains("x-mine: yes") && metadata.contains("sekisho-assertion: "), "{metadata}");
    assert!(!metadata.contains("mallory") && !metadata.contains("__Host-"), "{metadata}");
    let left: f64 = step(&mut client, "deadline", "OK").await["answer"].as_str().unwrap().parse().unwrap();
    assert!(left > 0.0 && left < 16.0, "{left}");
    let failed = step(&mut client, "fail", "ALREADY_EXISTS").await;
    assert_eq!((&failed["details"], &failed["first"]), (&"is there already".into(), &"one".into()));
    let trailing = failed["trailing"].to_string();
    assert!(trailing.contains("x-detail") && !trailing.contains("set-cookie"), "{trailing}");

    step(&mut client, "talk", "OPEN").await;
    let cut = Instant::now();
    platform.command(&["user", "disable", ACCOUNT]).await.unwrap();
    let end = step(&mut client, "end", "PERMISSION_DENIED").await;
    assert!(!end["details"].as_str().unwrap().is_empty());
    println!("a conversation was cut {:?} after the command began", cut.elapsed());
}
