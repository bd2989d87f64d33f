//! An auditor: reads everything that was done, and can do nothing.

use sekisho_e2e::browser::Page;
use serde_json::Value;

use crate::scene::{Scene, View, count, follow, views};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_reads_everything_and_does_nothing() {
    let scene = Scene::start().await;
    let erin = scene.person("erin").await;
    erin.go(&scene.demo.url("payroll", "/").unwrap()).await.unwrap();
    let aiko = scene.person("aiko").await;
    for view in views() {
        view.take(&aiko).await;
        walk(&scene, &aiko, view).await;
    }
}

async fn walk(scene: &Scene, aiko: &Page, view: View) {
    scene.open(aiko, "/console", view).await;
    let places = aiko.evaluate("[...document.querySelectorAll('.rail .places a')].map(a => a.pathname)").await.unwrap();
    let places: Vec<&str> = places.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(places.len() > 12 && places.contains(&"/console/acts"), "{places:?}");
    for place in places.into_iter().filter(|place| place.starts_with("/console")) {
        scene.open(aiko, place, view).await;
        let acts = count(aiko, "main form[method=post]").await;
        // A list of sessions has the auditor's own, which anybody may end.
        let own = count(aiko, "main tr:has(.tag.pass) form[action$='/revoke']").await;
        assert_eq!(acts, own, "{place}: an auditor has no button");
    }
    scene.open(aiko, "/console/decisions?outcome=deny", view).await;
    follow(aiko, "tbody tr td.count a", view).await;
    assert!(count(aiko, "#evidence ~ .table-wrap tbody tr").await > 0);
    scene.open(aiko, "/console/documents/policy", view).await;
    follow(aiko, "main td a[href*='/history'], main th a[href*='/history']", view).await;
    assert_eq!(count(aiko, "main form[method=post]").await, 0);
    scene.open(aiko, "/console/documents/user/erin/edit", view).await;
    assert_eq!(count(aiko, "main form").await, 0);
}
