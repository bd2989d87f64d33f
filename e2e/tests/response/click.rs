//! One click in a real browser undoes a response, and the page fits the screen. With `SEKISHO_SCREENSHOTS` naming a folder, pictures are kept
//! there.

use std::path::PathBuf;

use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::platform::Demo;

const LOCK: &str = r#"
[[user]]
id = "victim"
name = "Victim"
[[playbook]]
id = "lock"
name = { en = "Lock", ja = "ロック" }
trigger = "failed-sign-ins"
mode = "automatic"
actions = ["disable-account"]
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_click_undoes_a_response() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    demo.apply("lock.toml", LOCK).await.unwrap();
    let attacker = browser.stranger().await.unwrap();
    for _ in 0..3 {
        attacker.go(&demo.url("portal", "/sign-in").unwrap()).await.unwrap();
        attacker.fill("#user", "victim").await.unwrap();
        attacker.fill("#password", "spring-2026").await.unwrap();
        attacker.follow("form.fields button[type=submit]").await.unwrap();
    }
    let admin = browser.page().await.unwrap();
    admin.authenticator().await.unwrap();
    admin.go(&demo.link("admin").unwrap()).await.unwrap();
    admin.follow("form.passkey[data-ceremony=create] button").await.unwrap();
    let responses = demo.url("portal", "/console/responses").unwrap();
    let mut looked = 0;
    loop {
        admin.go(&responses).await.unwrap();
        let text = admin.text("main").await.unwrap().unwrap_or_default();
        if text.contains("In force") {
            break;
        }
        looked += 1;
        assert!(looked < 200, "{text}");
    }
    assert_eq!(status(&demo).await, "disabled");
    look(&admin, &responses).await;
    admin.follow("form[action$='/undo'] button").await.unwrap();
    admin.wait_for_text("main table", "Undone").await.unwrap();
    assert_eq!(status(&demo).await, "active");
    admin.prefer_language("ja").await.unwrap();
    admin.go(&responses).await.unwrap();
    admin.wait_for_text("main table", "取り消し済み").await.unwrap();
}

/// Nothing of the page lies beside the screen, in both languages.
async fn look(page: &Page, url: &str) {
    for language in ["ja", "en"] {
        page.prefer_language(language).await.unwrap();
        for (width, height) in [(390, 844), (1280, 900)] {
            page.resize(width, height).await.unwrap();
            page.go(url).await.unwrap();
            if let Some(folder) = std::env::var_os("SEKISHO_SCREENSHOTS").map(PathBuf::from) {
                page.screenshot(&folder.join(format!("responses-{language}-{width}.png"))).await.unwrap();
            }
            let beside = page.evaluate("document.documentElement.scrollWidth - innerWidth").await.unwrap();
            assert!(beside.as_i64().is_some_and(|beside| beside <= 0), "{language} at {width}: {beside} beside");
        }
    }
    assert_eq!(page.violations().await.unwrap(), Vec::<String>::new());
}

async fn status(demo: &Demo) -> String {
    demo.command(&["user", "show", "victim"]).await.unwrap()["document"]["body"]["status"].as_str().unwrap().to_owned()
}
