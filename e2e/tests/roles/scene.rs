//! The demonstration with a member of each role, and the ways in which somebody may look at it.

use sekisho_e2e::browser::{Browser, Page};
use sekisho_e2e::origin::Streams;
use sekisho_e2e::platform::Demo;
use serde_json::{Value, json};

/// The members of the roles that the demonstration does not have: who watches, who writes policies, and who looks on.
const PEOPLE: &str = "[[group]]
id = \"policy-authors\"
name = \"Policy authors\"
[[group]]
id = \"auditors\"
name = \"Auditors\"
[[user]]
id = \"sora\"
name = \"Sora Mori · 森空\"
employment = \"staff\"
groups = [\"helpdesk\", \"auditors\"]
[[user]]
id = \"paul\"
name = \"Paul Ito · 伊藤ポール\"
employment = \"staff\"
groups = [\"policy-authors\"]
[[user]]
id = \"aiko\"
name = \"Aiko Ueda · 上田愛子\"
employment = \"staff\"
groups = [\"auditors\"]
";

/// A password that people of these tests choose.
pub(crate) const PASSWORD: &str = "a lantern over the seventh bridge";

/// How somebody looks at pages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) language: &'static str,
    pub(crate) size: (u16, u16),
    pub(crate) theme: &'static str,
}

/// In which views axe-core looks at every step of a walk, answers to forms included. `accessible` has the others.
const LOOKED_AT: [(&str, u16, &str); 2] = [("en", 1280, "light"), ("ja", 390, "dark")];

/// A desk's screen and a phone's.
pub(crate) const SCREENS: [(u16, u16); 2] = [(1280, 900), (390, 844)];

/// Both languages on both screens in both themes.
pub(crate) fn views() -> impl Iterator<Item = View> {
    let sizes = SCREENS.into_iter().flat_map(|size| ["light", "dark"].map(|theme| (size, theme)));
    sizes.flat_map(|(size, theme)| ["en", "ja"].map(|language| View { language, size, theme }))
}

impl View {
    pub(crate) async fn take(self, page: &Page) {
        page.prefer_language(self.language).await.unwrap();
        page.resize(self.size.0, self.size.1).await.unwrap();
        page.prefer_theme(self.theme).await.unwrap();
    }

    /// A name of its own for what one walk makes.
    pub(crate) fn name(self) -> String {
        format!("{}-{}-{}", self.language, self.size.0, self.theme)
    }
}

pub(crate) struct Scene {
    pub(crate) browser: Browser,
    pub(crate) demo: Demo,
    application: Streams,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let application = Streams::serve("<!doctype html><title>notes</title><h1>Notes</h1>").await.unwrap();
        let scene =
            Self { browser: Browser::launch("en").await.unwrap(), demo: Demo::start().await.unwrap(), application };
        scene.demo.apply("roles.toml", PEOPLE).await.unwrap();
        scene
    }

    /// A browser of its own in which that person has made a passkey and is signed in.
    pub(crate) async fn person(&self, id: &str) -> Page {
        let page = self.browser.stranger().await.unwrap();
        page.authenticator().await.unwrap();
        page.go(&self.link(id).await).await.unwrap();
        page.follow("form.passkey[data-ceremony=create] button").await.unwrap();
        page
    }

    /// A one-time link for a person.
    pub(crate) async fn link(&self, id: &str) -> String {
        let link = self.demo.command(&["user", "link", id]).await.unwrap();
        link.get("url").and_then(Value::as_str).unwrap().to_owned()
    }

    /// Has a person who is signed in choose the password of these tests.
    pub(crate) async fn choose_password(&self, page: &Page) {
        page.go(&self.url("/methods")).await.unwrap();
        page.fill("#new", PASSWORD).await.unwrap();
        page.follow("form[action='/methods/password'] button").await.unwrap();
        page.wait_for(".notice.pass").await.unwrap();
    }

    /// Somebody's further browser, signed in by password.
    pub(crate) async fn by_password(&self, id: &str) -> Page {
        let page = self.browser.stranger().await.unwrap();
        page.go(&self.url("/sign-in")).await.unwrap();
        page.fill("#user", id).await.unwrap();
        page.fill("#password", PASSWORD).await.unwrap();
        page.follow("form[action='/sign-in'] button").await.unwrap();
        page
    }

    /// The address of an application that is not published yet.
    pub(crate) fn application(&self) -> String {
        format!("http://127.0.0.1:{}", self.application.port())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.demo.url("portal", path).unwrap()
    }

    /// Opens a page of the portal and looks at it.
    pub(crate) async fn open(&self, page: &Page, path: &str, view: View) {
        page.go(&self.url(path)).await.unwrap();
        shows(page, view).await;
    }
}

/// The page is one of ours in the language that was asked for, nothing of it lies beside the screen, and it is as dark as was asked for.
pub(crate) async fn shows(page: &Page, view: View) {
    let url = page.url().await.unwrap();
    let facts = "(() => { const root = document.documentElement;
        const shade = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0);
        return [root.lang, root.scrollWidth <= innerWidth, shade < 384 ? 'dark' : 'light', !!document.querySelector('main h1')]; })()";
    let found = page.evaluate(facts).await.unwrap();
    let wanted = json!([view.language, true, view.theme, true]);
    assert_eq!(found, wanted, "{url}: language, fits, theme, heading; in {view:?}");
    if LOOKED_AT.contains(&(view.language, view.size.0, view.theme)) {
        let violations = page.violations().await.unwrap();
        assert!(violations.is_empty(), "{url} in {view:?}: {violations:#?}");
    }
}

/// Follows a link or button, and looks at where it leads.
pub(crate) async fn follow(page: &Page, selector: &str, view: View) {
    page.follow(selector).await.unwrap();
    shows(page, view).await;
}

/// How many elements there are.
pub(crate) async fn count(page: &Page, selector: &str) -> u64 {
    let script = format!("document.querySelectorAll({}).length", json!(selector));
    page.evaluate(&script).await.unwrap().as_u64().unwrap()
}
