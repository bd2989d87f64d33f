//! An author of policies: finds the policies of an application, tries a change, and proposes what somebody else puts in force.

use sekisho_e2e::browser::Page;

use crate::scene::{Scene, View, count, follow, views};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_author_tries_a_policy_and_puts_none_in_force() {
    let scene = Scene::start().await;
    let paul = scene.person("paul").await;
    for view in views() {
        view.take(&paul).await;
        walk(&scene, &paul, view).await;
    }
}

async fn walk(scene: &Scene, paul: &Page, view: View) {
    scene.open(paul, "/console/policies", view).await;
    scene.open(paul, "/console/policies/by-resource?resource=payroll", view).await;
    assert!(count(paul, "main article").await > 0);
    scene.open(paul, "/console/documents/policy/new", view).await;
    paul.fill("#id", &format!("try-{}", view.name())).await.unwrap();
    paul.fill("textarea.code", "permit (principal, action, resource) when { resource.colour == \"red\" };")
        .await
        .unwrap();
    follow(paul, "button[name=check]", view).await;
    assert_eq!(count(paul, "main [role=alert]").await, 1, "a policy that the schema refuses");
    let right =
        "permit (principal in Sekisho::Group::\"engineering\", action, resource == Sekisho::Resource::\"payroll\");";
    paul.fill("textarea.code", right).await.unwrap();
    follow(paul, "button[name=check]", view).await;
    assert_eq!(count(paul, ".notice.pass[role=status]").await, 1);
    follow(paul, "form.fields button[type=submit]:not([name])", view).await;
    assert_eq!(count(paul, "form[action$='/save'] button:not(.quiet)").await, 0, "an author puts none in force");
    follow(paul, "button[name=back]", view).await;
    assert_eq!(paul.evaluate("document.querySelector('textarea.code').value").await.unwrap(), right);
    // An author does not read about people.
    scene.open(paul, "/console/users", view).await;
    assert_eq!(count(paul, "main table").await, 0);
}
