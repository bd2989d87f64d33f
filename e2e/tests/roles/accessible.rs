//! axe-core finds nothing wrong with any page of the portal and of the console, on both screens and in both themes. The pages are those of
//! the program's own table, found by following links, so that a new page is looked at without being named here.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_e2e::browser::Page;
use serde_json::Value;

use crate::scene::{SCREENS, Scene, View};

/// What answers `GET` and is no page: a stream, files, and a way on. The page of what was published is looked at by the administrator who
/// publishes.
const NO_PAGES: [&str; 8] = [
    "/console/overview/events",
    "/console/export/users.csv",
    "/console/export/devices.csv",
    "/console/export/applications.csv",
    "/console/applications/{id}/permission",
    "/sign-in/to/{resource}",
    "/sign-in/with/{provider}",
    "/sign-in/with/{provider}/callback",
];
/// How many addresses of one row of the table are looked at.
const EACH: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_has_a_violation_on_any_screen_in_any_theme() {
    let scene = Scene::start().await;
    let table: Vec<String> = scene.demo.pages().unwrap();
    let mut seen = Seen::default();
    let erin = scene.person("erin").await;
    scene.choose_password(&erin).await;
    erin.go(&scene.demo.url("payroll", "/").unwrap()).await.unwrap();
    let link = scene.link("alice").await;
    let code = "/devices/code?code=WDJBMJHT";
    let stranger = scene.browser.stranger().await.unwrap();
    let of_strangers =
        ["/sign-in", "/sign-in/recovery?only=1", "/sign-in/code", link.trim_start_matches(&scene.url(""))];
    seen.walk(&scene, &stranger, &table, &of_strangers).await;
    let of_employees = ["/", "/?show=requestable", "/step-up", "/terminal", code, "/nothing"];
    seen.walk(&scene, &erin, &table, &of_employees).await;
    let admin = scene.person("admin").await;
    let of_administrators = [
        "/console",
        "/console/find?q=a",
        "/console/find?q=nothing-has-this-name",
        "/console/users?q=nobody",
        "/console/decisions?own=show",
        "/console/cuts?ends=all",
        "/console/policies/by-resource?resource=payroll",
        "/console/documents/user/erin/edit",
        "/console/documents/user/erin/edit?as=text",
        "/console/documents/policy/new",
        "/console/documents/settings",
        "/console/documents/user",
        "/console/applications/payroll/published",
        "/console/nowhere",
    ];
    seen.walk(&scene, &admin, &table, &of_administrators).await;
    assert!(seen.wrong.is_empty(), "{:#?}", seen.wrong);
    let left: Vec<&String> =
        table.iter().filter(|row| !seen.rows.contains_key(*row) && !NO_PAGES.contains(&row.as_str())).collect();
    assert!(left.is_empty(), "no link leads to {left:?}: name an address of it here");
    let gone: Vec<&&str> = NO_PAGES.iter().filter(|row| !table.iter().any(|other| other == **row)).collect();
    assert!(gone.is_empty(), "no longer in the table: {gone:?}");
}

/// What was looked at: how many addresses of each row of the table, and what was found.
#[derive(Default)]
struct Seen {
    rows: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Seen {
    /// Looks at these pages, and at those that are reached from them.
    async fn walk(&mut self, scene: &Scene, page: &Page, table: &[String], from: &[&str]) {
        let mut left: Vec<String> = from.iter().rev().map(|path| (*path).to_owned()).collect();
        let mut known: BTreeSet<String> = left.iter().cloned().collect();
        while let Some(path) = left.pop() {
            if let Some(row) = row(table, &path) {
                let count = self.rows.entry(row.to_owned()).or_default();
                if *count >= EACH && !from.contains(&path.as_str()) {
                    continue;
                }
                *count += 1;
            }
            for link in self.look(scene, page, &path).await {
                let is_page = row(table, &link).is_some_and(|row| !NO_PAGES.contains(&row));
                if is_page && known.insert(link.clone()) {
                    left.push(link);
                }
            }
        }
    }

    /// Looks at a page in every way, and gives the paths that it leads to.
    async fn look(&mut self, scene: &Scene, page: &Page, path: &str) -> Vec<String> {
        for (size, language) in SCREENS.into_iter().zip(["en", "ja"]) {
            View { language, size, theme: "light" }.take(page).await;
            page.go(&scene.url(path)).await.unwrap();
            for theme in ["light", "dark"] {
                page.prefer_theme(theme).await.unwrap();
                let found = page.violations().await.unwrap();
                self.wrong.extend(found.into_iter().map(|one| format!("{path} at {} in {theme}: {one}", size.0)));
            }
        }
        let links = "[...document.links].filter(a => a.origin === location.origin).map(a => a.pathname)";
        let links = page.evaluate(links).await.unwrap();
        links.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// The row of the table that answers a path: the one with the most words of its own.
fn row<'t>(table: &'t [String], path: &str) -> Option<&'t str> {
    let parts: Vec<&str> = path.split('?').next().unwrap_or_default().split('/').collect();
    let is_open = |part: &str| part.starts_with('{');
    let fits = |row: &&String| {
        let wanted: Vec<&str> = row.split('/').collect();
        wanted.len() == parts.len() && wanted.iter().zip(&parts).all(|(want, part)| is_open(want) || want == part)
    };
    table.iter().filter(fits).min_by_key(|row| row.split('/').filter(|part| is_open(part)).count()).map(String::as_str)
}
