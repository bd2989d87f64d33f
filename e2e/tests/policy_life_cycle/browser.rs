//! A draft in a real browser: begun, changed and published with the page's own forms, and the pages fit the screen.

use sekisho_e2e::browser::Browser;
use sekisho_e2e::platform::Demo;

const POLICY: &str =
    "@id(\"hours\")\nforbid (principal, action, resource == Sekisho::Resource::\"wiki\") when { context.risk > 90 };\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_walks_a_draft_through_its_life() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    demo.apply("hours.cedar", POLICY).await.unwrap();
    let admin = browser.page().await.unwrap();
    admin.authenticator().await.unwrap();
    admin.go(&demo.link("admin").unwrap()).await.unwrap();
    admin.follow("form.passkey[data-ceremony=create] button").await.unwrap();
    admin.go(&demo.url("portal", "/console/policy-drafts").unwrap()).await.unwrap();
    admin.fill("#draft", "walk").await.unwrap();
    admin.evaluate("document.querySelector('#policy').value = 'hours'").await.unwrap();
    admin.follow("form[action='/console/policy-drafts'] button").await.unwrap();
    admin.fill("#draft-text", &POLICY.replace("90", "80")).await.unwrap();
    admin.follow("form[action$='/text'] button").await.unwrap();
    admin.follow("form[action$='/report-only'] button").await.unwrap();
    admin.wait_for_text("main", "Report-only").await.unwrap();
    let url = demo.url("portal", "/console/policy-drafts/walk").unwrap();
    for language in ["ja", "en"] {
        admin.prefer_language(language).await.unwrap();
        for (width, height) in [(390, 844), (1280, 900)] {
            admin.resize(width, height).await.unwrap();
            admin.go(&url).await.unwrap();
            let beside = admin.evaluate("document.documentElement.scrollWidth - innerWidth").await.unwrap();
            assert!(beside.as_i64().is_some_and(|beside| beside <= 0), "{language} at {width}: {beside} beside");
        }
    }
    assert_eq!(admin.violations().await.unwrap(), Vec::<String>::new());
    admin.follow("form[action$='/publish'] button").await.unwrap();
    admin.wait_for_text("main", "Published").await.unwrap();
    admin.follow("form[action$='/roll-back'] button").await.unwrap();
    admin.wait_for_text("main", "Rolled back").await.unwrap();
    let shown = demo.command(&["policy-draft", "list"]).await.unwrap();
    assert_eq!(shown.pointer("/0/state").and_then(serde_json::Value::as_str), Some("rolled-back"), "{shown}");
}
