//! The pages as people see them: in both languages, on a desk and on a phone. With `SEKISHO_SCREENSHOTS` naming a folder, pictures of
//! each in both themes are kept there: `cargo xtask pictures` does that.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::PathBuf;
use std::time::Duration;

use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::platform::Demo;
use serde_json::Value;
use tokio::time::timeout;

/// A desk's screen and a phone's.
const SCREENS: [(u16, u16); 2] = [(1280, 900), (390, 844)];
/// What a person's system may prefer.
const THEMES: [&str; 2] = ["light", "dark"];

/// Looks at a page on both screens and in both languages: nothing of it lies beside the screen.
async fn look(page: &Page, name: &str, url: &str) {
    for language in ["en", "ja"] {
        page.prefer_language(language).await.unwrap();
        for (width, height) in SCREENS {
            page.resize(width, height).await.unwrap();
            page.go(url).await.unwrap();
            for theme in THEMES {
                picture(page, &format!("{name}-{language}-{width}-{theme}"), theme).await;
            }
            let beside = page.evaluate("document.documentElement.scrollWidth - innerWidth").await.unwrap();
            assert!(
                beside.as_i64().is_some_and(|beside| beside <= 0),
                "{name} in {language} at {width}: {beside} beside"
            );
            let hidden = "[...document.querySelectorAll('.nav a, .rail a')].filter(a => a.getBoundingClientRect().right > innerWidth).length";
            assert_eq!(
                page.evaluate(hidden).await.unwrap(),
                0,
                "{name} in {language} at {width}: places beside the screen"
            );
        }
    }
    page.prefer_language("en").await.unwrap();
}

async fn picture(page: &Page, name: &str, theme: &str) {
    if let Some(folder) = std::env::var_os("SEKISHO_SCREENSHOTS").map(PathBuf::from) {
        page.prefer_theme(theme).await.unwrap();
        page.screenshot(&folder.join(format!("{name}.png"))).await.unwrap();
    }
}

async fn enrolled(browser: &Browser, demo: &Demo, person: &str) -> Page {
    let page = browser.page().await.unwrap();
    page.authenticator().await.unwrap();
    page.go(&demo.link(person).unwrap()).await.unwrap();
    page.follow("form.passkey[data-ceremony=create] button").await.unwrap();
    page
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_portal_fits_the_screen_and_leads_on() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    let stranger = browser.page().await.unwrap();
    let sign_in = demo.url("portal", "/sign-in").unwrap();
    look(&stranger, "sign-in", &sign_in).await;
    // The keyboard begins where a passkey is used, and one step further is the name for a password.
    stranger.go(&sign_in).await.unwrap();
    let focused = "document.activeElement.closest('form.passkey') ? 'passkey' : document.activeElement.id";
    assert_eq!(stranger.evaluate(focused).await.unwrap(), "passkey");
    stranger.press("Tab").await.unwrap();
    assert_eq!(stranger.evaluate(focused).await.unwrap(), "user");

    let erin = enrolled(&browser, &demo, "erin").await;
    let places = [
        ("home", "/"),
        ("devices", "/devices"),
        ("updates", "/updates"),
        ("device-code", "/devices/code?code=WDJBMJHT"),
        ("sessions", "/sessions"),
        ("requests", "/requests"),
        ("request-form", "/request/archive"),
        ("methods", "/methods"),
    ];
    for (name, path) in places {
        look(&erin, name, &demo.url("portal", path).unwrap()).await;
    }
    what_was_typed_is_kept(&erin, &demo).await;
    look(&erin, "nothing", &demo.url("portal", "/nothing").unwrap()).await;
    a_denial_is_read_in_both_languages_and_leads_to_the_portal(&erin, &demo).await;
}

async fn what_was_typed_is_kept(erin: &Page, demo: &Demo) {
    let methods = demo.url("portal", "/methods").unwrap();
    erin.go(&methods).await.unwrap();
    let typed = "document.getElementById('passkey-name').value";
    erin.fill("#passkey-name", "Blue laptop").await.unwrap();
    erin.fill("#new", "a secret sentence of mine").await.unwrap();
    erin.follow("form[data-language] button[lang=ja]").await.unwrap();
    erin.wait_for_text("h1", "サインイン方法").await.unwrap();
    assert_eq!(erin.evaluate(typed).await.unwrap(), "Blue laptop");
    assert_eq!(erin.evaluate("document.getElementById('new').value").await.unwrap(), "", "no secret is kept");
    erin.follow("form[data-language] button[lang=en]").await.unwrap();
    // A form that a stronger sign-in interrupted: its page comes back with `confirmed`, and with nothing after any other end.
    let interrupted =
        "document.getElementById('passkey-name').form.dispatchEvent(new Event('submit', { bubbles: true }))";
    for (end, kept) in [("confirmed", "Blue laptop"), ("renamed", "")] {
        erin.go(&methods).await.unwrap();
        erin.fill("#passkey-name", "Blue laptop").await.unwrap();
        erin.evaluate(&format!("document.querySelector('main').addEventListener('submit', e => e.stopImmediatePropagation(), true); {interrupted}")).await.unwrap();
        erin.go(&format!("{methods}?done={end}")).await.unwrap();
        assert_eq!(erin.evaluate(typed).await.unwrap(), kept, "{end}");
    }
    // From here on the browser's own language counts again.
    erin.forget_cookie(&methods, "__Host-sekisho-language").await.unwrap();
}

async fn a_denial_is_read_in_both_languages_and_leads_to_the_portal(erin: &Page, demo: &Demo) {
    let payroll = demo.url("payroll", "/").unwrap();
    look(erin, "denied", &payroll).await;
    erin.go(&payroll).await.unwrap();
    erin.wait_for_text("#en h1", "Access was denied").await.unwrap();
    let shown =
        "[...document.querySelectorAll('.refusal')].filter(one => one.offsetHeight > 0).map(one => one.id).join()";
    assert_eq!(erin.evaluate(shown).await.unwrap(), "en");
    erin.click(".languages a[lang=ja]").await.unwrap();
    assert_eq!(erin.evaluate(shown).await.unwrap(), "ja");
    erin.wait_for_text("#ja h1", "アクセスは拒否されました").await.unwrap();
    // Whom to ask is named, for there is no page that gives a grant.
    let who = erin.text("#ja").await.unwrap().unwrap();
    assert!(who.contains("佐藤アリス") && who.contains("依頼してください"), "{who}");
    picture(erin, "denied-other-language", "light").await;
    erin.click("#ja > p:last-child a").await.unwrap();
    let home = demo.url("portal", "/").unwrap();
    erin.wait_for_url(&home, |url| url == home).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_fits_the_screen() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    let admin = enrolled(&browser, &demo, "admin").await;
    // Every place that the navigation shows, so that a new one is looked at too.
    admin.go(&demo.url("portal", "/console").unwrap()).await.unwrap();
    let places =
        admin.evaluate("[...document.querySelectorAll('.rail .places a')].map(a => a.pathname)").await.unwrap();
    let places: Vec<&str> = places.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(places.len() > 12 && places.contains(&"/console/users"), "{places:?}");
    for path in places.into_iter().filter(|path| path.starts_with("/console/")) {
        let name = path.trim_start_matches('/').replace('/', "-");
        look(&admin, &name, &demo.url("portal", path).unwrap()).await;
    }
    for (name, path) in [
        ("user", "users/alice"),
        ("device", "devices/this-machine"),
        ("found", "find?q=a"),
        ("nothing-found", "users?q=nobody"),
        ("nowhere", "nowhere"),
    ] {
        look(&admin, &format!("console-{name}"), &demo.url("portal", &format!("/console/{path}")).unwrap()).await;
    }
    let decisions = demo.command(&["decision", "list", "--limit", "1"]).await.unwrap();
    let request = decisions.pointer("/0/decision/request").and_then(Value::as_str).unwrap();
    look(&admin, "console-decision", &demo.url("portal", &format!("/console/decisions/{request}")).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_overview_is_live_and_goes_when_it_is_no_longer_permitted() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    let admin = enrolled(&browser, &demo, "admin").await;
    overview(&admin, &demo).await;
    an_overview_that_is_not_permitted_goes(&admin, &demo).await;
}

/// The overview fits and takes new figures by itself.
async fn overview(admin: &Page, demo: &Demo) {
    let console = demo.url("portal", "/console").unwrap();
    // The figures are counted a moment after the start.
    admin.go(&console).await.unwrap();
    admin.wait_for("#as-of time").await.unwrap();
    look(admin, "console-overview", &console).await;
    admin.go(&console).await.unwrap();
    let at = admin.text("#as-of time").await.unwrap().unwrap();
    let newer = format!(
        "new Promise(done => {{ const look = () => document.querySelector('#as-of time')?.textContent !== '{at}' && done(true); \
         new MutationObserver(look).observe(document.querySelector('[data-live]'), {{ childList: true, subtree: true }}); look(); }})"
    );
    assert_eq!(admin.evaluate(&newer).await.unwrap(), true, "the page is not live");
}

/// An overview that is no longer permitted goes by itself, and its cut is recorded.
async fn an_overview_that_is_not_permitted_goes(admin: &Page, demo: &Demo) {
    let console = demo.url("portal", "/console").unwrap();
    admin.go(&console).await.unwrap();
    admin.wait_for("#as-of time").await.unwrap();
    demo.command(&["session", "end", "--user", "admin"]).await.unwrap();
    admin.wait_for_url("the sign-in page", |url| url.contains("/sign-in")).await.unwrap();
    assert_eq!(admin.text("#as-of").await.unwrap(), None);
    let entries = demo.command(&["decision", "list", "--limit", "1"]).await.unwrap();
    assert!(entries.is_array(), "{entries}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_is_approved_once_and_its_page_asks_for_nothing_more() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    let alice = enrolled(&browser, &demo, "alice").await;
    look(&alice, "terminal", &demo.url("portal", "/terminal").unwrap()).await;
    let terminal = demo.terminal().unwrap();
    let (code, process) = terminal.begin_login().await.unwrap();
    let address = demo.url("portal", &format!("/terminal?code={code}")).unwrap();
    look(&alice, "terminal-code", &address).await;
    alice.follow("form[action='/terminal/approve'] button").await.unwrap();
    alice.wait_for_text(".notice.pass", "The terminal is signed in").await.unwrap();
    alice.wait_for_text("main", "Go back to the terminal").await.unwrap();
    assert_eq!(alice.text("#code").await.unwrap(), None, "the code is asked for again");
    let done = alice.url().await.unwrap();
    look(&alice, "terminal-done", &done).await;
    let output = timeout(Duration::from_secs(60), process.wait_with_output()).await.unwrap().unwrap();
    assert!(output.status.success());
    // The code stands for nothing any more, and the page says what to do.
    alice.go(&address).await.unwrap();
    alice.wait_for_text("#problem", "Run sekisho login again").await.unwrap();
    look(&alice, "terminal-used", &address).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_search_opens_by_the_keyboard_and_leads_on_and_the_menu_of_a_phone_needs_no_script() {
    let (browser, demo) = (Browser::launch("en").await.unwrap(), Demo::start().await.unwrap());
    let admin = enrolled(&browser, &demo, "admin").await;
    let policies = demo.url("portal", "/console/policies").unwrap();
    admin.go(&policies).await.unwrap();
    assert_eq!(admin.text("dialog[open]").await.unwrap(), None);
    admin.press("/").await.unwrap();
    admin.wait_for("dialog[open] input").await.unwrap();
    for key in ["a", "l", "i", "c"] {
        admin.press(key).await.unwrap();
    }
    admin.wait_for("dialog[open] a[href='/console/users/alice']").await.unwrap();
    picture(&admin, "palette", "light").await;
    admin.follow("dialog[open] a[href='/console/users/alice']").await.unwrap();
    admin.wait_for_text("h1", "Alice").await.unwrap();
    // Without a script the same box is a form, and the menu opens all the same.
    admin.without_scripts().await.unwrap();
    admin.resize(390, 844).await.unwrap();
    admin.go(&policies).await.unwrap();
    let shown =
        "[...document.querySelectorAll('.rail a')].filter(a => a.offsetHeight > 0 && a.checkVisibility()).length";
    assert_eq!(admin.evaluate(shown).await.unwrap(), 0);
    admin.click(".rail summary").await.unwrap();
    assert!(admin.evaluate(shown).await.unwrap().as_u64().is_some_and(|count| count > 10));
    picture(&admin, "menu", "light").await;
    admin.fill("#find", "alice").await.unwrap();
    admin.press("Enter").await.unwrap();
    let found = admin.wait_for_url("that of the search", |url| url.ends_with("/console/find?q=alice")).await.unwrap();
    admin.go(&found).await.unwrap();
    assert!(admin.text("#found").await.unwrap().is_some_and(|text| text.contains("Alice Sato")));
}
