//! An administrator: publishes an application and takes it back, changes a person and undoes it, and looks at the platform itself.

use sekisho_e2e::browser::Page;

use crate::scene::{Scene, View, count, follow, views};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_publishes_an_application_and_takes_it_back() {
    let scene = Scene::start().await;
    let admin = scene.person("admin").await;
    for view in views() {
        view.take(&admin).await;
        walk(&scene, &admin, view).await;
    }
}

async fn walk(scene: &Scene, admin: &Page, view: View) {
    let id = format!("notes-{}", view.name());
    scene.open(admin, "/console/applications/publish", view).await;
    admin.fill("#name-en", "Notes").await.unwrap();
    admin.fill("#name-ja", "ノート").await.unwrap();
    // The error of a wrong address stands beside its field, and what was typed stays.
    admin.fill("#address", "nowhere at all").await.unwrap();
    admin.fill("#id", &id).await.unwrap();
    admin.fill("#host", &format!("{id}.localhost")).await.unwrap();
    admin.click("#group-staff").await.unwrap();
    follow(admin, "button[name=check]", view).await;
    assert_eq!(count(admin, "#address[aria-invalid=true]").await, 1);
    assert_eq!(admin.evaluate("document.getElementById('name-ja').value").await.unwrap(), "ノート");
    admin.fill("#address", &scene.application()).await.unwrap();
    follow(admin, "button[name=check]", view).await;
    assert_eq!(count(admin, "[data-found] .tag.pass").await, 1, "the address answers");
    follow(admin, "button[name=publish]", view).await;
    assert!(admin.url().await.unwrap().contains(&format!("/console/applications/{id}/published")));
    // Who may use it is changed in the form in which it was published.
    follow(admin, "a[href$='/permission']", view).await;
    follow(admin, "button[name=check]", view).await;
    follow(admin, "a[href$='/published']", view).await;
    follow(admin, "form[action$='/take-back'] button", view).await;
    if count(admin, "main form button").await > 0 {
        follow(admin, "main form button", view).await;
    }
    // A person is changed; what that does is shown before, and it is undone.
    scene.open(admin, "/console/documents/user/erin/edit", view).await;
    admin.fill("form.fields [name$=department]", "research").await.unwrap();
    follow(admin, "form.fields button[type=submit]", view).await;
    follow(admin, "form[action$='/save'] button:not(.quiet)", view).await;
    follow(admin, ".notice.pass form[action$='/restore'] button", view).await;
    if count(admin, "form[action$='/save'] button:not(.quiet)").await > 0 {
        follow(admin, "form[action$='/save'] button:not(.quiet)", view).await;
    }
    scene.open(admin, "/console/users/erin", view).await;
    let erin = admin.text("#main").await.unwrap().unwrap();
    assert!(erin.contains("engineering") && !erin.contains("research"), "{erin}");
    for path in ["certificates", "tasks", "tokens", "enforcement-points", "grants", "checks", "groups"] {
        scene.open(admin, &format!("/console/{path}"), view).await;
    }
}
