//! Playbooks of the built binary: a password spray ends a session and sends a signed message, one click undoes it, and a kill leaves nothing
//! half done.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a field that is missing stops the test")]
#![expect(clippy::print_stdout, reason = "the figures of a run are its result")]

mod click;
mod killed;
mod place;
mod receiver;

use futures_util::StreamExt;
use place::{Place, SPRAY, disable_playbook};
use receiver::Receiver;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_spray_ends_the_session_and_a_signed_message_says_so() {
    let (receiver, mut place) = (Receiver::start().await.unwrap(), Place::new().await);
    place.apply("playbook.toml", &SPRAY.replace("URL", &receiver.url())).await;
    let secret = place.secret("spray").await;
    place.person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    let mut socket = place.person.socket(OPEN, "/socket").await.unwrap();
    assert!(socket.next().await.unwrap().is_ok());

    place.spray().await;
    let response = place.until("spray", ACCOUNT, "done").await;
    // The session has ended, and with it what was open.
    place::cut(&mut socket).await;
    assert_ne!(place.person.open(OPEN, "/").await.unwrap().body, "open", "it leads to the sign-in page");
    let steps: Vec<(&str, &str)> = place::steps(&response);
    assert_eq!(steps, [("end-sessions", "done"), ("raise-risk", "done"), ("send-webhook", "done")]);
    assert_eq!(response.pointer("/reach/people").unwrap(), 1);

    // The others are never touched, or beyond the limit of one person.
    let states = place.states("spray").await;
    assert_eq!(
        (states.get("done"), states.get("spared"), states.get("held")),
        (Some(&1), Some(&1), Some(&3)),
        "{states:?}"
    );

    // The peer verifies the message, and not one that was altered.
    let message = receiver.until(1).await.remove(0);
    assert!(message.body.contains("response.done") && message.body.contains(ACCOUNT), "{}", message.body);
    assert!(receiver::verifies(&secret, &message).await);
    let altered = receiver::Received { body: message.body.replace(ACCOUNT, "somebody"), ..message.clone() };
    assert!(!receiver::verifies(&secret, &altered).await);
    let other = place.secret("spray").await;
    assert!(!receiver::verifies(&other, &message).await, "a new secret is another one");

    // It is undone once.
    let id = response["id"].as_str().unwrap();
    let undone = place.command(&["response", "undo", id]).await;
    assert_eq!(place::steps(&undone)[..2], [("end-sessions", "final"), ("raise-risk", "undone")]);
    place.until("spray", ACCOUNT, "undone").await;
    let second = receiver.until(2).await.remove(1);
    assert!(second.body.contains("response.undone") && receiver::verifies(&other, &second).await);
    assert!(place.platform.command(&["response", "undo", id]).await.is_err());

    // What was held is done when somebody approves it, and what is never touched is not.
    let held = place.find("spray", |one| one["state"] == "held").await;
    let approved = place.command(&["response", "approve", held["id"].as_str().unwrap()]).await;
    assert!(approved["state"] == "done" || approved["state"] == "doing", "{approved}");
    let spared = place.find("spray", |one| one["state"] == "spared").await;
    assert!(place.platform.command(&["response", "approve", spared["id"].as_str().unwrap()]).await.is_err());
    let acts = place.command(&["act", "list", "--limit", "500"]).await.to_string();
    for act in
        ["response-begun", "response-cap-reached", "response-undone", "response-approved", "playbook-secret-made"]
    {
        assert!(acts.contains(act), "{act}");
    }
    assert!(!acts.contains(secret.trim_start_matches("whsec_")), "no secret is in the ledger");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proposal_waits_and_a_wrong_condition_is_said() {
    let place = Place::new().await;
    let wrong = disable_playbook("wrong", "propose").replace("lasts", "when = \"principal.salary > 3\"\nlasts");
    place.apply("playbooks.toml", &[disable_playbook("ask", "propose"), wrong].concat()).await;
    place.fail("sprayed-1").await;
    let proposed = place.until("ask", "sprayed-1", "proposed").await;
    assert_eq!(place.status("sprayed-1").await, "active");
    let playbooks = place.command(&["playbook", "list"]).await;
    let wrong = playbooks.as_array().unwrap().iter().find(|one| one["id"] == "wrong").unwrap();
    assert!(wrong["problem"].as_str().is_some_and(|problem| problem.contains("salary")), "{playbooks}");
    place.command(&["response", "approve", proposed["id"].as_str().unwrap()]).await;
    place.until("ask", "sprayed-1", "done").await;
    assert_eq!(place.status("sprayed-1").await, "disabled");
    place.command(&["response", "undo", proposed["id"].as_str().unwrap()]).await;
    place.until("ask", "sprayed-1", "undone").await;
    assert_eq!(place.status("sprayed-1").await, "active");
    assert!(place.find_all("wrong", |_| true).await.is_empty());
}
