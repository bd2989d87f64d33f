//! Signing in beside applications that are open, in a real browser: tabs at the same time, back, reload, a page that was left, the
//! fragment of a deep link, a step-up next to a page that goes on asking, and applications whose pages call each other.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use futures_util::future::try_join_all;
use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::origin::Streams;
use sekisho_e2e::platform::Platform;
use serde_json::Value;

const PASSWORD: &str = "a lantern over the seventh bridge";
const PORTAL: &str = "portal.localhost";
const NOTES: &str = "notes.localhost";
const VAULT: &str = "vault.localhost";
/// To browsers, each host right below `localhost` is a site of its own, as `localhost` is no domain: the desk and the shelf are of
/// one site, the notes, the board and the shop of three.
const DESK: &str = "desk.corp.localhost";
/// The pages of the desk may call it.
const SHELF: &str = "shelf.corp.localhost";
/// The pages of the notes may call it.
const BOARD: &str = "board.localhost";
/// Its pages may call nothing.
const SHOP: &str = "shop.localhost";
const FLOW: &str = "__Host-sekisho-flow";

/// A page that stays open and asks by itself.
const PAGE: &str = "<!doctype html><title>notes</title><h1 id=here>Notes</h1><p id=asked>none</p>
<form method=post action=/upload><input name=text value=hello><button id=save>Save</button></form>
<script>
const ask = () => fetch('/download?10').then(r => r.arrayBuffer().then(b => `${r.status} ${b.byteLength}`));
</script>";

const DOCUMENTS: &str = "[[group]]
id = \"staff\"
name = \"Staff\"
[[user]]
id = \"alice\"
name = \"Alice\"
employment = \"staff\"
groups = [\"staff\"]
";

const POLICY: &str = "@id(\"notes\")
permit (principal in Sekisho::Group::\"staff\", action, resource == Sekisho::Resource::\"notes\");
@id(\"others\")
permit (principal in Sekisho::Group::\"staff\", action, resource in Sekisho::Category::\"others\");
@id(\"vault\")
permit (principal in Sekisho::Group::\"staff\", action, resource == Sekisho::Resource::\"vault\")
when { context.session.phishing_resistant };
";

/// A platform with two applications, and Alice's browser, in which nobody is signed in. The first tab has her passkey.
struct Scene {
    platform: Platform,
    browser: Browser,
    first: Page,
}

impl Scene {
    async fn start() -> Self {
        Self::start_in(Browser::launch("en").await.unwrap()).await
    }

    async fn start_in(browser: Browser) -> Self {
        let platform = Platform::start(1).await.unwrap();
        let origin = Streams::serve(PAGE).await.unwrap();
        let resource = |id: &str, host: &str| {
            format!(
                "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\nhost = \"{host}\"\nsensitivity = 1\n\
                 upstream = \"http://127.0.0.1:{}\"\n",
                origin.port()
            )
        };
        let other = |id: &str, host: &str, caller: &str| {
            let more = format!("categories = [\"others\"]\nallowed_origins = [{caller}]\n");
            [resource(id, host), more].concat()
        };
        let page = |host: &str| format!("\"https://{host}:{}\"", platform.port());
        let documents = [
            DOCUMENTS.to_owned(),
            resource("notes", NOTES),
            resource("vault", VAULT),
            other("board", BOARD, &page(NOTES)),
            other("shop", SHOP, ""),
            other("desk", DESK, ""),
            other("shelf", SHELF, &page(DESK)),
        ]
        .concat();
        platform.apply(&[("all.toml", &documents), ("all.cedar", POLICY)]).await.unwrap();
        let first = browser.page().await.unwrap();
        first.authenticator().await.unwrap();
        let link = platform.command(&["user", "link", "alice"]).await.unwrap();
        let scene = Self { platform, browser, first };
        scene.first.go(link.get("url").and_then(Value::as_str).unwrap()).await.unwrap();
        scene.first.follow("form.passkey[data-ceremony=create] button").await.unwrap();
        scene.first.go(&scene.url(PORTAL, "/methods")).await.unwrap();
        scene.first.fill("form[action='/methods/password'] input[name=new]", PASSWORD).await.unwrap();
        scene.first.follow("form[action='/methods/password'] button").await.unwrap();
        scene.first.wait_for(".notice.pass").await.unwrap();
        scene.first.follow("form[action='/sign-out'] button").await.unwrap();
        scene
    }

    fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.platform.port())
    }

    /// Opens a page of an application in a tab, and is asked to sign in.
    async fn asked(&self, page: &Page, url: &str) {
        page.go(url).await.unwrap();
        page.wait_for("form.fields #password").await.unwrap();
    }

    async fn arrives(&self, page: &Page, url: &str) {
        page.wait_for_url(url, |shown| shown == url).await.unwrap();
        page.wait_for("#here").await.unwrap();
    }
}

async fn by_password(page: &Page) {
    page.fill("#user", "alice").await.unwrap();
    page.fill("#password", PASSWORD).await.unwrap();
    page.click("form.fields button[type=submit]").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_tabs_that_open_at_once_all_arrive() {
    let scene = Scene::start().await;
    let deep: Vec<String> = (0..8).map(|number| scene.url(NOTES, &format!("/?tab={number}"))).collect();
    let tabs = try_join_all(deep.iter().map(|_| scene.browser.page())).await.unwrap();
    // None has a cookie of the application or of the portal when the others are sent to sign in.
    try_join_all(tabs.iter().zip(&deep).map(|(tab, url)| tab.go(url))).await.unwrap();
    for (number, (tab, url)) in tabs.iter().zip(&deep).enumerate() {
        tab.wait_for("form.fields #password").await.unwrap();
        match number {
            // A tab left at sign-in, once another has signed in.
            3 => drop(tab.evaluate("location.reload()").await),
            _ => by_password(tab).await,
        }
        scene.arrives(tab, url).await;
    }
    // Every one of them is served again, and Back leads to no dead page.
    for (tab, url) in tabs.iter().zip(&deep).take(2) {
        drop(tab.evaluate("location.reload()").await);
        scene.arrives(tab, url).await;
        drop(tab.evaluate("history.back()").await);
        scene.arrives(tab, url).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_waited_longer_than_its_cookie_leads_on() {
    let scene = Scene::start().await;
    let tab = scene.browser.page().await.unwrap();
    let url = scene.url(NOTES, "/?tab=old");
    scene.asked(&tab, &url).await;
    // What is left of the flow when its cookie has expired.
    tab.forget_cookie(&scene.url(NOTES, "/"), FLOW).await.unwrap();
    by_password(&tab).await;
    // No cookie says that the browser keeps any: it is asked to go on, once.
    tab.wait_for_text("main", "The sign-in was not completed").await.unwrap();
    tab.click("#en a.button").await.unwrap();
    scene.arrives(&tab, &url).await;
    // A form of which the portal knows nothing any more is shown again, and leads to the same place.
    let left = scene.browser.stranger().await.unwrap();
    scene.asked(&left, &url).await;
    left.forget_cookie(&scene.url(PORTAL, "/"), "__Host-sekisho-browser").await.unwrap();
    by_password(&left).await;
    left.wait_for_text(".notice", "That page was too old").await.unwrap();
    by_password(&left).await;
    scene.arrives(&left, &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fragment_of_a_deep_link_arrives() {
    let scene = Scene::start().await;
    let url = scene.url(NOTES, "/?page=1#/ns/run-7");
    // By password, after a wrong one.
    let tab = scene.browser.stranger().await.unwrap();
    scene.asked(&tab, &url).await;
    tab.fill("#user", "alice").await.unwrap();
    tab.fill("#password", "not the right phrase").await.unwrap();
    tab.click("form.fields button[type=submit]").await.unwrap();
    tab.wait_for("#problem").await.unwrap();
    by_password(&tab).await;
    scene.arrives(&tab, &url).await;
    assert_eq!(tab.evaluate("location.hash").await.unwrap(), "#/ns/run-7");
    // By passkey.
    scene.asked(&scene.first, &url).await;
    scene.first.click("form.passkey[data-ceremony=get] button").await.unwrap();
    scene.arrives(&scene.first, &url).await;
    // By a step-up: a password opened the session, and the vault asks for more.
    let vault = scene.url(VAULT, "/#/box/9");
    scene.first.go(&scene.url(PORTAL, "/")).await.unwrap();
    scene.first.follow("form[action='/sign-out'] button").await.unwrap();
    scene.asked(&scene.first, &vault).await;
    by_password(&scene.first).await;
    scene.first.wait_for_url("the step-up", |url| url.contains("/step-up")).await.unwrap();
    scene.first.click("form.passkey[data-ceremony=get] button").await.unwrap();
    scene.arrives(&scene.first, &vault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_works_without_script() {
    let scene = Scene::start().await;
    let tab = scene.browser.page().await.unwrap();
    tab.without_scripts().await.unwrap();
    let url = scene.url(NOTES, "/?page=1");
    scene.asked(&tab, &url).await;
    by_password(&tab).await;
    scene.arrives(&tab, &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_in_one_tab_leaves_what_is_open_in_others() {
    let scene = Scene::start().await;
    let (notes, vault) = (scene.url(NOTES, "/?tab=1"), scene.url(VAULT, "/"));
    let open = scene.browser.page().await.unwrap();
    scene.asked(&open, &notes).await;
    by_password(&open).await;
    scene.arrives(&open, &notes).await;
    assert_eq!(open.evaluate("ask()").await.unwrap(), "200 10");

    // The other tab steps up, and its application opens.
    scene.first.go(&vault).await.unwrap();
    scene.first.wait_for_url("the step-up", |url| url.contains("/step-up")).await.unwrap();
    scene.first.click("form.passkey[data-ceremony=get] button").await.unwrap();
    scene.arrives(&scene.first, &vault).await;

    // The page that was open asks on, and its form is taken.
    assert_eq!(open.evaluate("ask()").await.unwrap(), "200 10");
    open.click("#save").await.unwrap();
    open.wait_for_text("body", "10").await.unwrap();
    assert_eq!(open.url().await.unwrap(), scene.url(NOTES, "/upload"));
    // Opened again, it is given the new cookie without anybody being asked, and asks on.
    let cookie = async || {
        let cookies = open.cookies(&notes).await.unwrap();
        cookies.into_iter().find(|(name, _)| name == "__Host-sekisho").map(|(_, value)| value)
    };
    let before = cookie().await;
    open.go(&notes).await.unwrap();
    scene.arrives(&open, &notes).await;
    let after = cookie().await;
    assert!(after.is_some() && before != after);
    assert_eq!(open.evaluate("ask()").await.unwrap(), "200 10");
}

/// What a page of one application does with another: a call with a field of its own, one without anything that a browser asks
/// about beforehand, and a WebSocket.
const CALLS: &str = "(async board => {
  const fetched = async options => {
    try { const answer = await fetch(`${board}/upload`, options); return `${answer.status} ${await answer.text()}`; }
    catch (error) { return error.name; }
  };
  const put = { method: 'PUT', credentials: 'include', headers: { 'x-asked-by': 'notes' }, body: 'hello' };
  const socket = () => new Promise(done => {
    const socket = new WebSocket(`${board.replace('https', 'wss')}/socket`);
    socket.onmessage = () => done('a message');
    socket.onerror = () => done('an error');
  });
  return [
    await fetched(put), await fetched({ method: 'POST', credentials: 'include', body: 'hello!' }),
    await fetched({ ...put, credentials: 'omit' }), await socket(),
  ].join(', ');
})";
/// A page of another application sends a form, as every page can.
const FORM: &str = "(board => {
  const form = document.body.appendChild(document.createElement('form'));
  form.method = 'post'; form.action = `${board}/upload`; form.submit();
})";

/// Signs in at `caller`, and opens `called` too; what the pages of the first get of the second before and after.
async fn calls(scene: &Scene, tab: &Page, caller: &str, called: &str) -> [String; 2] {
    let (page, script) = (scene.url(caller, "/"), format!("{CALLS}('{}')", scene.url(called, "")));
    let call = async || tab.evaluate(&script).await.unwrap().as_str().unwrap().to_owned();
    scene.asked(tab, &page).await;
    by_password(tab).await;
    scene.arrives(tab, &page).await;
    let before = call().await;
    for url in [scene.url(called, "/"), page] {
        tab.go(&url).await.unwrap();
        scene.arrives(tab, &url).await;
    }
    [before, call().await]
}

fn is_refused_readably(calls: &str) -> bool {
    calls.starts_with("401 ") && calls.ends_with(", an error")
}

fn all_but_one_without_cookies_arrive(calls: &str) -> bool {
    calls.starts_with("200 5, 200 6, 401 ") && calls.ends_with(", a message")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_pages_of_an_allowed_origin_call_another_application_of_their_site() {
    let scene = Scene::start().await;
    let tab = scene.browser.page().await.unwrap();
    let [before, after] = calls(&scene, &tab, DESK, SHELF).await;
    assert!(is_refused_readably(&before), "{before}");
    assert!(all_but_one_without_cookies_arrive(&after), "{after}");
    // The other way round nothing was allowed. What needs no leave beforehand is sent, as by every page; its answer is not read.
    tab.go(&scene.url(SHELF, "/")).await.unwrap();
    let other = tab.evaluate(&format!("{CALLS}('{}')", scene.url(DESK, ""))).await.unwrap();
    assert_eq!(other, "TypeError, TypeError, TypeError, an error");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_pages_of_an_allowed_origin_call_an_application_of_another_site_and_others_cannot() {
    let scene = Scene::start_in(Browser::launch_with_cookies_of_other_sites().await.unwrap()).await;
    let tab = scene.browser.page().await.unwrap();
    let [before, after] = calls(&scene, &tab, NOTES, BOARD).await;
    assert!(is_refused_readably(&before), "{before}");
    assert!(all_but_one_without_cookies_arrive(&after), "{after}");
    // The shop was never named: its pages read nothing, and what they send without asking is in nobody's session.
    let board = scene.url(BOARD, "");
    tab.go(&scene.url(SHOP, "/")).await.unwrap();
    scene.arrives(&tab, &scene.url(SHOP, "/")).await;
    let other = tab.evaluate(&format!("{CALLS}('{board}')")).await.unwrap();
    assert_eq!(other, "TypeError, TypeError, TypeError, an error");
    tab.evaluate(&format!("{FORM}('{board}')")).await.unwrap();
    tab.wait_for_url("the board", |url| url.contains(BOARD)).await.unwrap();
    tab.wait_for_text("body", "Sign in").await.unwrap();
}
