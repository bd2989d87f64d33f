//! The helpdesk: finds a person, reads why they were denied, makes them a link, and ends a session; but not one of an administrator.

use sekisho_e2e::browser::Page;

use crate::scene::{Scene, View, count, follow, shows, views};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_helpdesk_finds_a_person_reads_a_denial_and_ends_a_session() {
    let scene = Scene::start().await;
    let erin = scene.person("erin").await;
    scene.choose_password(&erin).await;
    erin.go(&scene.demo.url("payroll", "/").unwrap()).await.unwrap();
    let _admin = scene.person("admin").await;
    let hana = scene.person("hana").await;
    for view in views() {
        view.take(&hana).await;
        walk(&scene, &hana, view).await;
    }
}

async fn walk(scene: &Scene, hana: &Page, view: View) {
    // The one box finds the person by the name in the other script.
    scene.open(hana, "/console", view).await;
    hana.fill("#find", "鈴木").await.unwrap();
    hana.press("Enter").await.unwrap();
    hana.wait_for("main a[href='/console/users/erin'], dialog[open] a[href='/console/users/erin']").await.unwrap();
    scene.open(hana, "/console/find?q=%E9%88%B4%E6%9C%A8", view).await;
    follow(hana, "main a[href='/console/users/erin']", view).await;
    // Why the person was denied.
    follow(hana, "a[href^='/console/decisions?user=erin']", view).await;
    follow(hana, "tbody tr:has(.tag.stop) td.count a", view).await;
    assert_eq!(count(hana, ".verdict .seal.stop").await, 1);
    assert!(count(hana, "#why ~ .reason").await > 0, "no reason in {view:?}");
    // A link to begin again; nobody who administers gets one from here.
    scene.open(hana, "/console/users/erin", view).await;
    follow(hana, "form[action='/console/users/erin/link'] button", view).await;
    scene.open(hana, "/console/users/admin", view).await;
    assert_eq!(count(hana, "main form").await, 0, "the helpdesk may do nothing to an administrator");
    // The session that was left somewhere ends; the administrator's has no button.
    let left = scene.by_password("erin").await;
    view.take(&left).await;
    scene.open(hana, "/console/sessions?q=erin", view).await;
    let of = |user: &str| format!("tbody tr:has(a[href='/console/users/{user}']) form[action$='/revoke'] button");
    follow(hana, &of("erin"), view).await;
    scene.open(hana, "/console/sessions", view).await;
    assert_eq!(count(hana, &of("admin")).await, 0);
    left.go(&scene.url("/")).await.unwrap();
    left.wait_for("form[action^='/sign-in']").await.unwrap();
    shows(&left, view).await;
    // What is not the helpdesk's is refused inside the console.
    scene.open(hana, "/console/tasks", view).await;
    assert_eq!(count(hana, "main table").await, 0);
    assert!(count(hana, "nav.rail a").await > 3, "the way on is there");
}
