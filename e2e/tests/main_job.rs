//! The main job, done by a person in a real browser: one access, from the first anonymous request to the verified record.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::net::TcpListener;
use std::time::{Duration, Instant};

use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::platform::Demo;

const PASSWORD: &str = "a lantern over the seventh bridge";

#[tokio::test]
async fn one_access_in_eight_steps() {
    let (demo, browser) = (Demo::start().await.unwrap(), Browser::launch("en").await.unwrap());
    let (portal, wiki, payroll) = ["portal", "wiki", "payroll"].map(|host| demo.url(host, "/").unwrap()).into();
    let alice = browser.page().await.unwrap();
    alice.authenticator().await.unwrap();

    // 1: an anonymous request is sent to sign-in.
    alice.go(&wiki).await.unwrap();
    let url = alice.url().await.unwrap();
    assert!(url.starts_with(&portal) && url.contains("/sign-in"), "{url}");

    // 2: a passkey is made through a one-time link, and opens the wiki.
    make_passkey(&alice, &demo.link("alice").unwrap()).await;
    set_password(&alice, &portal).await;
    sign_out(&alice, &portal).await;
    sign_in(&alice, &wiki).await;
    alice.wait_for_text("#subject", "alice").await.unwrap();

    // 3: the device's facts have arrived, it is compliant, and this browser proves it.
    prove_device(&alice, &portal).await;

    // 4: the risk is weighed and shown.
    alice.go(&portal).await.unwrap();
    alice.wait_for_text(".meter", "/ 100").await.unwrap();

    // 5: payroll is allowed; an engineer is denied with reason and remedy; a weaker sign-in is challenged.
    alice.go(&payroll).await.unwrap();
    alice.wait_for_text("#subject", "alice").await.unwrap();
    an_engineer_is_denied(&browser, &demo, &payroll).await;
    a_weaker_sign_in_is_challenged(&browser, &portal, &payroll).await;

    // 6: a WebSocket to payroll is open and watched.
    let mut sockets = alice.sockets();
    alice.go(&payroll).await.unwrap();
    sockets.text_with("count").await.unwrap();
    alice.wait_for("#state[data-open=yes]").await.unwrap();

    // 7: a program listens on a forbidden port; the WebSocket is cut, the page says why, and it heals. How
    // fast is for `sekisho-demo --check` and the benchmark, which run alone.
    let listener = TcpListener::bind(("127.0.0.1", demo.forbidden_port().unwrap())).unwrap();
    sockets.closed().await.unwrap();
    alice.wait_for_text("#state", "cut").await.unwrap();
    alice.go(&payroll).await.unwrap();
    alice.wait_for_text("main", "forbidden").await.unwrap();
    drop(listener);
    opens_again(&alice, &payroll).await;

    // 8: sign-out ends everything, and the record verifies.
    sign_out(&alice, &portal).await;
    for place in [&wiki, &payroll] {
        alice.go(place).await.unwrap();
        alice.wait_for_url("the sign-in page", |url| url.contains("/sign-in")).await.unwrap();
    }
    the_record_verifies(&demo).await;
}

async fn make_passkey(page: &Page, link: &str) {
    page.go(link).await.unwrap();
    page.follow("form.passkey[data-ceremony=create] button").await.unwrap();
}

async fn sign_in(page: &Page, to: &str) {
    page.go(to).await.unwrap();
    page.click("form.passkey[data-ceremony=get] button").await.unwrap();
    page.wait_for_url(to, |url| url == to).await.unwrap();
}

async fn set_password(page: &Page, portal: &str) {
    page.go(&format!("{portal}methods")).await.unwrap();
    page.fill("form[action='/methods/password'] input[name=new]", PASSWORD).await.unwrap();
    page.follow("form[action='/methods/password'] button").await.unwrap();
    page.wait_for(".notice.pass").await.unwrap();
}

async fn prove_device(page: &Page, portal: &str) {
    page.go(&format!("{portal}devices")).await.unwrap();
    page.wait_for_text("main", "Compliant").await.unwrap();
    page.follow("form.device-proof button").await.unwrap();
}

async fn sign_out(page: &Page, portal: &str) {
    page.go(portal).await.unwrap();
    page.follow("form[action='/sign-out'] button").await.unwrap();
}

async fn an_engineer_is_denied(browser: &Browser, demo: &Demo, payroll: &str) {
    let erin = browser.stranger().await.unwrap();
    erin.authenticator().await.unwrap();
    make_passkey(&erin, &demo.link("erin").unwrap()).await;
    erin.go(payroll).await.unwrap();
    if erin.url().await.unwrap().contains("/sign-in") {
        erin.follow("form.passkey[data-ceremony=get] button").await.unwrap();
    }
    erin.wait_for("section[aria-labelledby=why] .reason").await.unwrap();
    let request = erin.text(".idline code").await.unwrap().unwrap();
    let found = demo.command(&["decision", "show", &request]).await.unwrap();
    assert_eq!(found.pointer("/decision/outcome").unwrap(), "deny", "{found}");
    assert_eq!(found.pointer("/decision/subject").unwrap(), "erin", "{found}");
    assert_eq!(found.pointer("/decision/resource").unwrap(), "payroll", "{found}");
}

async fn a_weaker_sign_in_is_challenged(browser: &Browser, portal: &str, payroll: &str) {
    let alice = browser.stranger().await.unwrap();
    alice.go(&format!("{portal}sign-in")).await.unwrap();
    alice.fill("#user", "alice").await.unwrap();
    alice.fill("#password", PASSWORD).await.unwrap();
    alice.follow("form.fields button").await.unwrap();
    alice.wait_for("form[action='/sign-out']").await.unwrap();
    prove_device(&alice, portal).await;
    alice.go(payroll).await.unwrap();
    let url = alice.url().await.unwrap();
    assert!(url.contains("/step-up"), "a password alone led to {url}");
}

/// The agent reports the repaired device at once; the page is asked for again until it is served.
async fn opens_again(page: &Page, url: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        page.go(url).await.unwrap();
        if page.text("#subject").await.unwrap().is_some() {
            return;
        }
        assert!(Instant::now() < deadline, "access did not return: {:?}", page.text("main").await.unwrap());
    }
}

async fn the_record_verifies(demo: &Demo) {
    let folder = demo.data().join("ledger");
    demo.command(&["ledger", "verify", &folder.display().to_string()]).await.unwrap();
    let decisions = demo.command(&["decision", "list", "--subject", "erin", "--outcome", "deny"]).await.unwrap();
    assert!(!decisions.as_array().unwrap().is_empty());
}
