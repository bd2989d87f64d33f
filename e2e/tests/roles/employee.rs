//! An employee: opens what is theirs, reads why something is locked and whom to ask, and ends a session that was left somewhere.

use crate::scene::{Scene, View, count, follow, shows, views};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_employee_finds_the_way_to_what_is_locked_and_ends_what_was_left_open() {
    let scene = Scene::start().await;
    let erin = scene.person("erin").await;
    scene.choose_password(&erin).await;
    for view in views() {
        view.take(&erin).await;
        walk(&scene, &erin, view).await;
    }
}

async fn walk(scene: &Scene, erin: &sekisho_e2e::browser::Page, view: View) {
    // What is hers opens.
    scene.open(erin, "/", view).await;
    let wiki = scene.demo.url("wiki", "/").unwrap();
    assert!(count(erin, &format!(".cards a.button[href^='{wiki}']")).await == 1, "the wiki is hers");
    erin.follow(&format!(".cards a.button[href^='{wiki}']")).await.unwrap();
    erin.wait_for_url("the wiki", |url| url.starts_with(&wiki)).await.unwrap();
    // What is not hers is denied with a number and leads back.
    let payroll = scene.demo.url("payroll", "/").unwrap();
    erin.go(&payroll).await.unwrap();
    let section = format!("#{}", view.language);
    let told = erin.wait_for_text(&section, "r-").await;
    assert!(told.is_ok() || erin.text(&section).await.unwrap().is_some(), "a denial in {view:?}");
    erin.click(&format!("{section} > p:last-child a")).await.unwrap();
    let home = scene.url("/");
    erin.wait_for_url("the portal", |url| url == home).await.unwrap();
    // What can be asked for stands behind a link, with whom to ask; what cannot has no page.
    follow(erin, "a[href^='/?show=requestable']", view).await;
    follow(erin, ".cards a.button[href='/request/payroll']", view).await;
    let ask = erin.text("#main").await.unwrap().unwrap();
    assert!(ask.contains("payroll") && ask.contains("erin"), "{ask}");
    scene.open(erin, "/request/nothing-here", view).await;
    assert_eq!(count(erin, "form[action*=request]").await, 0);
    // A session that was left somewhere is ended, and its browser says why.
    let left = scene.by_password("erin").await;
    view.take(&left).await;
    scene.open(erin, "/sessions", view).await;
    assert_eq!(count(erin, "form[action$='/not-me']").await.min(1), 1);
    follow(erin, "tbody tr:not(:has(.tag.pass)) form[action$='/end'] button", view).await;
    left.go(&scene.url("/")).await.unwrap();
    left.wait_for("#ended").await.unwrap();
    shows(&left, view).await;
    // The one that ended it goes on.
    scene.open(erin, "/devices", view).await;
    scene.open(erin, "/methods", view).await;
}
