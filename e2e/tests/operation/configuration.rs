//! The configuration changes under load.

use rustix::process::Signal;

use crate::place::{Place, SOME, still_carries};

#[tokio::test]
async fn a_configuration_change_loses_no_request_and_a_broken_file_changes_nothing() {
    let mut place = Place::start("").await;
    let mut load = place.load(&place.platform.connector().unwrap()).await;
    let mut shared = place.load_over_http2(&place.platform.connector().unwrap()).await;
    let calls = place.calls().await;
    let socket = place.socket().await;

    place.platform.configure("lease = \"30s\"\nshadow_sample = 7\nworkers = 3\n").unwrap();
    let told = place.platform.command(&["reload"]).await.unwrap();
    assert_eq!(told["changed"], serde_json::json!(["shadow_sample", "lease"]), "{told}");
    assert_eq!(told.pointer("/not_changed/0/setting").unwrap(), "workers", "{told}");
    let told = place.platform.command(&["reload"]).await.unwrap();
    assert_eq!(told["changed"], serde_json::json!([]), "what changed is not told twice: {told}");
    load.answers(SOME).await.unwrap();

    place.platform.configure("lease = \"2d\"\n").unwrap();
    let why = place.refusal("reload").await;
    assert!(why.contains("sekisho.toml:5: `lease`") && why.contains("60m"), "{why}");
    place.platform.configure("lease = \"20s\"\ncertificate = { chain = \"no.pem\", key = \"no.pem\" }\n").unwrap();
    let why = place.refusal("reload").await;
    assert!(why.contains("`chain`") && why.contains("no.pem"), "{why}");
    place.platform.signal(Signal::HUP).unwrap();
    load.answers(SOME).await.unwrap();
    place.platform.configure("lease = \"30s\"\nshadow_sample = 7\n").unwrap();
    let told = place.platform.command(&["reload"]).await.unwrap();
    assert_eq!(told["changed"], serde_json::json!([]), "the refused files left the lease as it was: {told}");

    still_carries(socket).await;
    shared.answers(SOME).await.unwrap();
    calls.end_well().await;
    println!("{} requests over HTTP/2, none failed", shared.stop().await.unwrap().len());
    println!("{} requests, none failed", load.stop().await.unwrap().len());
}
