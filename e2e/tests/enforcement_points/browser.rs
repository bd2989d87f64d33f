//! A person with a real browser signs in to an application behind nginx.

use std::net::{Ipv4Addr, SocketAddr};

use sekisho_e2e::browser::Browser;
use sekisho_e2e::origin::Origin;
use sekisho_e2e::peer::{Program, Proxy, Wiring, server_port};
use sekisho_e2e::platform::Platform;

use crate::scene::{WIKI, organise};

#[tokio::test]
async fn a_browser_signs_in_to_an_application_behind_nginx() {
    let (platform, port) = (Platform::start(1).await.unwrap(), server_port().unwrap());
    organise(&platform, Program::Nginx, port).await.unwrap();
    let origin =
        Origin::serve(&[("/", "<p id=wiki>the wiki</p>"), ("/secret", "<p id=wiki>the plan</p>")]).await.unwrap();
    let wiring = Wiring {
        platform: &platform,
        point: "edge",
        hosts: &[WIKI],
        origin: SocketAddr::from((Ipv4Addr::LOCALHOST, origin.port())),
        port,
    };
    let _proxy = Proxy::start(Program::Nginx, wiring).await.unwrap();
    let link = platform.command(&["user", "link", "alice"]).await.unwrap();
    let browser = Browser::launch("en").await.unwrap();
    let alice = browser.page().await.unwrap();
    alice.authenticator().await.unwrap();
    alice.go(link["url"].as_str().unwrap()).await.unwrap();
    alice.follow("form.passkey[data-ceremony=create] button").await.unwrap();

    let wiki = format!("https://{WIKI}:{port}/");
    alice.go(&wiki).await.unwrap();
    if alice.url().await.unwrap().contains("/sign-in") {
        alice.click("form.passkey[data-ceremony=get] button").await.unwrap();
    }
    alice.wait_for_url(&wiki, |url| url == wiki).await.unwrap();
    alice.wait_for_text("#wiki", "the wiki").await.unwrap();

    // What is closed shows the page with its reason, and nothing of the application.
    alice.go(&format!("{wiki}secret")).await.unwrap();
    alice.wait_for_text("main", "The secret pages are closed.").await.unwrap();
    assert_eq!(alice.text("#wiki").await.unwrap(), None);
}
