//! An application published and a policy written in a real browser, with and without scripts; and the pages of documents on a desk and
//! on a phone. With `SEKISHO_SCREENSHOTS` naming a folder, a picture of each is kept there.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::PathBuf;

use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::platform::Demo;

/// A desk's screen and a phone's.
const SCREENS: [(u16, u16); 2] = [(1280, 900), (390, 844)];

async fn picture(page: &Page, name: &str) {
    if let Some(folder) = std::env::var_os("SEKISHO_SCREENSHOTS").map(PathBuf::from) {
        page.screenshot(&folder.join(format!("{name}.png"))).await.unwrap();
    }
}

/// Nothing of a page lies beside the screen, in both languages.
async fn look(page: &Page, name: &str, url: &str) {
    for language in ["en", "ja"] {
        page.prefer_language(language).await.unwrap();
        for (width, height) in SCREENS {
            page.resize(width, height).await.unwrap();
            page.go(url).await.unwrap();
            picture(page, &format!("{name}-{language}-{width}")).await;
            let beside = page.evaluate("document.documentElement.scrollWidth - innerWidth").await.unwrap();
            assert!(
                beside.as_i64().is_some_and(|beside| beside <= 0),
                "{name} in {language} at {width}: {beside} beside"
            );
            // Every field has a name that assistive technology reads.
            let unnamed = "[...document.querySelectorAll('input:not([type=hidden]),select,textarea')].filter(f => !f.labels?.length && !f.ariaLabel && !f.closest('[aria-hidden]')).map(f => f.id || f.name).join()";
            assert_eq!(page.evaluate(unnamed).await.unwrap(), "", "{name}");
        }
    }
    page.prefer_language("en").await.unwrap();
    page.resize(1280, 900).await.unwrap();
}

async fn administrator(browser: &Browser, demo: &Demo) -> Page {
    let page = browser.page().await.unwrap();
    page.authenticator().await.unwrap();
    page.go(&demo.link("admin").unwrap()).await.unwrap();
    page.follow("form.passkey[data-ceremony=create] button").await.unwrap();
    page
}

/// Publishes the wiki's application under another name, and opens it.
async fn publishes(admin: &Page, demo: &Demo, address: &str, id: &str) {
    admin.go(&demo.url("portal", "/console/applications/publish").unwrap()).await.unwrap();
    admin.fill("#name-en", id).await.unwrap();
    admin.fill("#address", address).await.unwrap();
    admin.fill("#people", "admin").await.unwrap();
    admin.evaluate("document.querySelector('#devices').value = 'any'").await.unwrap();
    admin.follow("button[name=check]").await.unwrap();
    admin.wait_for_text("main", "Reached").await.unwrap();
    picture(admin, &format!("publish-found-{id}")).await;
    admin.follow("button[name=publish]").await.unwrap();
    admin.wait_for_text(".notice.pass", "The application is published.").await.unwrap();
    picture(admin, &format!("published-{id}")).await;
}

/// The address of the demonstration's wiki.
async fn wiki(demo: &Demo) -> String {
    let shown = demo.command(&["resource", "show", "wiki"]).await.unwrap().to_string();
    let (_, rest) = shown.split_once("\"upstream\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_is_published_opened_and_taken_back() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    let admin = administrator(&browser, &demo).await;
    let address = wiki(&demo).await;
    publishes(&admin, &demo, &address, "board").await;
    admin.go(&demo.url("wiki", "/").unwrap().replacen("//wiki.", "//board.", 1)).await.unwrap();
    admin.wait_for_text("h1", "Internal wiki").await.unwrap();
    admin.go(&demo.url("portal", "/console/applications/board/published").unwrap()).await.unwrap();
    admin.follow("form[action$='take-back'] button").await.unwrap();
    admin.wait_for_text("main", "Lose access").await.unwrap();
    picture(&admin, "take-back").await;
    admin.follow("form[action$='take-back'] button").await.unwrap();
    admin.wait_for_text(".notice.pass", "Removed.").await.unwrap();
    // The same without scripts.
    admin.without_scripts().await.unwrap();
    publishes_without_scripts(&admin, &demo, &address).await;
}

async fn publishes_without_scripts(admin: &Page, demo: &Demo, address: &str) {
    admin.go(&demo.url("portal", "/console/applications/publish").unwrap()).await.unwrap();
    admin.fill("#name-en", "Plain board").await.unwrap();
    admin.fill("#address", address).await.unwrap();
    admin.fill("#people", "admin").await.unwrap();
    admin.follow("button[name=check]").await.unwrap();
    admin.wait_for_text("main", "Reached").await.unwrap();
    admin.follow("button[name=publish]").await.unwrap();
    admin.wait_for_text(".notice.pass", "The application is published.").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_written_with_checks_and_completion() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    let admin = administrator(&browser, &demo).await;
    admin.go(&demo.url("portal", "/console/documents/policy/new").unwrap()).await.unwrap();
    admin.fill("#id", "more").await.unwrap();
    admin.fill("#f-text", "permit (principal, action, resource)\nwhen { context.nothing };").await.unwrap();
    admin.wait_for_text(".policy-status", "2:").await.unwrap();
    picture(&admin, "policy-wrong").await;
    let completed = "(() => { const f = document.querySelector('#f-text'); f.value = 'permit (principal, action, resource) when { context.device.comp'; f.setSelectionRange(f.value.length, f.value.length); f.dispatchEvent(new KeyboardEvent('keydown', { key: ' ', ctrlKey: true })); return document.querySelector('.policy-names').textContent; })()";
    assert_eq!(admin.evaluate(completed).await.unwrap(), "compliant");
    let text = "@id(\"more\")\n@reason(\"Bob may use the wiki.\")\n@reason_ja(\"ボブは Wiki を利用できます。\")\npermit (principal == Sekisho::User::\"admin\", action, resource == Sekisho::Resource::\"payroll\");";
    admin.fill("#f-text", text).await.unwrap();
    admin.wait_for_text(".policy-status", "Gain access: 1").await.unwrap();
    picture(&admin, "policy-right").await;
    admin.follow("form[action$='/plan'] button:not([name])").await.unwrap();
    picture(&admin, "policy-confirm").await;
    admin.follow("form[action$='/save'] button:not([name])").await.unwrap();
    admin.wait_for_text(".notice.pass", "Saved, and in force.").await.unwrap();
    picture(&admin, "policy-saved").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_of_documents_fit_the_screen() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    let admin = administrator(&browser, &demo).await;
    for (name, path) in [
        ("kinds", "documents"),
        ("users", "documents/user"),
        ("user-edit", "documents/user/alice/edit"),
        ("user-text", "documents/user/alice/edit?as=text"),
        ("user-history", "documents/user/alice/history"),
        ("resource-edit", "documents/resource/wiki/edit"),
        ("check-new", "documents/check/new"),
        ("settings", "documents/settings/settings/edit"),
        ("policy-edit", "documents/policy/payroll/edit"),
        ("policies-of", "policies/by-resource?resource=payroll"),
        ("publish", "applications/publish"),
        ("bulk-users", "bulk/users"),
        ("bulk-sessions", "bulk/sessions"),
        ("import", "import/users"),
    ] {
        look(&admin, &format!("documents-{name}"), &demo.url("portal", &format!("/console/{path}")).unwrap()).await;
    }
}
