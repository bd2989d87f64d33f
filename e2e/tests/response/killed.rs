//! Kills at random moments leave no response half done, and none done twice.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sekisho_e2e::platform::Platform;
use serde_json::Value;

use crate::place::{Place, all, disable_playbook, fail, status, steps};
use crate::receiver::Receiver;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i51_a_few_kills_leave_nothing_half_done() {
    killed(5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn i51_a_hundred_kills_leave_nothing_half_done() {
    killed(100).await;
}

async fn killed(times: usize) {
    let (receiver, place) = (Receiver::start().await.unwrap(), Place::new().await);
    let victims: Vec<String> = (0..=times).map(|number| format!("victim-{number}")).collect();
    place.people(&victims.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let playbook = disable_playbook("lock", "automatic").replace("raise-risk\"", "raise-risk\", \"send-webhook\"");
    place.apply("lock.toml", &format!("{playbook}webhook = \"{}\"\n", receiver.url())).await;
    place.secret("lock").await;
    let mut platform = place.platform;
    for victim in victims.iter().take(times) {
        fail(&platform, victim).await;
        // Within the time in which the signal is written, the response begun, and its steps done.
        tokio::time::sleep(moment()).await;
        platform = platform.kill_and_restart().await.unwrap();
    }
    // The process that lives takes over when the lease of the killed one is over: once it did this one, it has seen those before.
    let last = victims.last().unwrap();
    fail(&platform, last).await;
    let responses = settled(&platform, last).await;
    println!("{} responses after {times} kills, {} messages", responses.len(), receiver.all().len());
    let users: BTreeSet<&str> = responses.iter().filter_map(|one| one["user"].as_str()).collect();
    assert_eq!(users.len(), responses.len(), "one response for each person");
    for response in &responses {
        let done = [("disable-account", "done"), ("raise-risk", "done"), ("send-webhook", "done")];
        assert_eq!(steps(response), done, "{response}");
        assert_eq!(status(&platform, response["user"].as_str().unwrap()).await, "disabled");
    }
    // One whose signal was lost with the process was not begun, and its account is as it was.
    for victim in victims.iter().filter(|victim| !users.contains(victim.as_str())) {
        assert_eq!(status(&platform, victim).await, "active");
    }
    // A message that was sent again has the identifier of the first, by which its receiver knows it.
    let identifiers: BTreeSet<String> =
        receiver.all().iter().map(|message| message.headers["webhook-id"].clone()).collect();
    let expected: BTreeSet<String> = responses.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(identifiers, expected);
    // What a kill interrupted is known well enough to be undone.
    for response in &responses {
        platform.command(&["response", "undo", response["id"].as_str().unwrap()]).await.unwrap();
    }
    until_undone(&platform).await;
    for victim in &victims {
        assert_eq!(status(&platform, victim).await, "active", "{victim}");
    }
}

/// Every response, once there is one about the last person and none is being done.
async fn settled(platform: &Platform, last: &str) -> Vec<Value> {
    until(platform, |all| all.iter().any(|one| one["user"] == last) && all.iter().all(|one| one["state"] == "done"))
        .await
}

async fn until_undone(platform: &Platform) {
    until(platform, |all| all.iter().all(|one| one["state"] == "undone")).await;
}

async fn until(platform: &Platform, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let began = std::time::Instant::now();
    loop {
        let responses = all(platform).await;
        if holds(&responses) {
            return responses;
        }
        assert!(began.elapsed() < Duration::from_secs(180), "{responses:?}");
    }
}

/// A random moment within a quarter of a second.
fn moment() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Duration::from_micros(u64::from(now.subsec_nanos()) % 250_000)
}
