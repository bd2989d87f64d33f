//! The security operations centre: sees the figures, follows a denial to its person, shuts the account and opens it again.

use sekisho_e2e::browser::Page;

use crate::scene::{Scene, View, count, follow, shows, views};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_follow_a_denial_to_its_person_and_shut_the_account() {
    let scene = Scene::start().await;
    let erin = scene.person("erin").await;
    scene.choose_password(&erin).await;
    erin.go(&scene.demo.url("payroll", "/").unwrap()).await.unwrap();
    let sora = scene.person("sora").await;
    for view in views() {
        view.take(&sora).await;
        walk(&scene, &sora, view).await;
    }
}

async fn walk(scene: &Scene, sora: &Page, view: View) {
    scene.open(sora, "/console", view).await;
    sora.wait_for("#as-of time").await.unwrap();
    shows(sora, view).await;
    scene.open(sora, "/console/decisions?outcome=deny&resource=payroll", view).await;
    assert_eq!(count(sora, "tbody .tag.pass").await, 0, "only denials");
    follow(sora, "tbody tr td.count a", view).await;
    let request = sora.url().await.unwrap();
    follow(sora, "dl.facts a[href='/console/users/erin']", view).await;
    // The account is shut, what was open is cut, and the person signs in again.
    let open = scene.by_password("erin").await;
    view.take(&open).await;
    follow(sora, "form[action='/console/users/erin/disable'] button", view).await;
    open.go(&scene.url("/")).await.unwrap();
    open.wait_for("form[action^='/sign-in']").await.unwrap();
    shows(&open, view).await;
    scene.open(sora, "/console/cuts?ends=all", view).await;
    scene.open(sora, "/console/acts?user=erin", view).await;
    assert!(count(sora, "tbody tr").await > 0, "the act is in the record");
    // It opens again; the denial stays as it was.
    scene.open(sora, "/console/users/erin", view).await;
    follow(sora, "form[action='/console/users/erin/enable'] button", view).await;
    sora.go(&request).await.unwrap();
    shows(sora, view).await;
    // Who watches changes no policy.
    scene.open(sora, "/console/documents/policy/new", view).await;
    assert_eq!(count(sora, "main form").await, 0);
}
