//! Proving a device where the browser may not reach the agent: the page says so, and a code that the agent confirms gets through.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::platform::Demo;

/// The portal at an address of the public network, as a browser sees it, and alice signed in there.
async fn from_elsewhere() -> (Browser, Demo, Page) {
    let demo = Demo::start().await.unwrap();
    let portal = demo.url("portal", "").unwrap();
    let port = portal.rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    let public = format!("--ip-address-space-overrides=127.0.0.1:{port}=public");
    let browser = Browser::launch_with("en", &[public]).await.unwrap();
    let alice = browser.page().await.unwrap();
    alice.authenticator().await.unwrap();
    alice.go(&demo.link("alice").unwrap()).await.unwrap();
    alice.follow("form.passkey[data-ceremony=create] button").await.unwrap();
    (browser, demo, alice)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_blocks_the_way_to_the_agent_says_so_and_a_code_gets_through() {
    let (_browser, demo, alice) = from_elsewhere().await;
    let devices = demo.url("portal", "/devices").unwrap();
    alice.go(&devices).await.unwrap();
    alice.click("form.device-proof button").await.unwrap();
    // Nobody answers the browser's question here, so it stays blocked: the page does not say that no agent answered.
    let said = alice.wait_for_text("form.device-proof [data-status]", "rowser").await.unwrap();
    assert!(!said.contains("No agent answered"), "{said}");

    // The page still moves while it says so, so the link is followed wherever it stands.
    alice.evaluate("document.querySelector(\"a[href='/devices/code']\").click()").await.unwrap();
    alice.wait_for_url("the page of codes", |url| url.ends_with("/devices/code")).await.unwrap();
    alice.follow("form[action='/devices/code'] button").await.unwrap();
    let command = alice.text("p.command code").await.unwrap().unwrap();
    let code = command.rsplit(' ').next().unwrap().to_owned();

    // A refusal binds nothing.
    let refused = demo.agent_open(&code, "no\n").await.unwrap();
    assert_eq!(refused.pointer("/confirmed").unwrap(), false, "{refused}");
    alice.wait_for_text("form.device-code [data-status]", "Show a new one").await.unwrap();

    alice.go(&demo.url("portal", "/devices/code").unwrap()).await.unwrap();
    alice.follow("form[action='/devices/code'] button").await.unwrap();
    let command = alice.text("p.command code").await.unwrap().unwrap();
    let code = command.rsplit(' ').next().unwrap().to_owned();
    let confirmed = demo.agent_open(&code, "yes\n").await.unwrap();
    assert_eq!(confirmed.pointer("/confirmed").unwrap(), true, "{confirmed}");
    assert_eq!(confirmed.pointer("/user").unwrap(), "alice", "{confirmed}");
    // The page goes on by itself.
    alice.wait_for_url("the devices", |url| url.contains("done=device-proven")).await.unwrap();
    alice.wait_for_text("main", "runs on").await.unwrap();
    alice.go(&demo.url("payroll", "/").unwrap()).await.unwrap();
    alice.wait_for_text("#subject", "alice").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_gets_through_without_script() {
    let (_browser, demo, alice) = from_elsewhere().await;
    alice.without_scripts().await.unwrap();
    alice.go(&demo.url("portal", "/devices/code").unwrap()).await.unwrap();
    alice.follow("form[action='/devices/code'] button").await.unwrap();
    let command = alice.text("p.command code").await.unwrap().unwrap();
    let code = command.rsplit(' ').next().unwrap().to_owned();
    alice.follow("form.device-code button").await.unwrap();
    alice.wait_for_text("#problem", "has not confirmed the code yet").await.unwrap();
    let confirmed = demo.agent_open(&code, "yes\n").await.unwrap();
    assert_eq!(confirmed.pointer("/confirmed").unwrap(), true, "{confirmed}");
    alice.follow("form.device-code button").await.unwrap();
    alice.wait_for_text("main", "runs on").await.unwrap();
}
