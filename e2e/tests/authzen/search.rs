//! Searches list what evaluations would permit, in pages, under the caller's own names.

use serde_json::{Value, json};

use crate::board::{Board, Scene};

async fn found(scene: &Scene, what: &str, body: &Value, field: &str) -> Vec<String> {
    let told = scene.application.post(&format!("/access/v1/search/{what}"), body).await.unwrap();
    assert_eq!(told.status, 200, "{}", told.body);
    told.body["results"].as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn who_may_do_it() {
    let scene = Board::own().scene().await.unwrap();
    let body = |id: &str| {
        json!({
            "subject": { "type": "user" },
            "action": { "name": "can_delete_todo" },
            "resource": { "type": "todo", "id": id },
        })
    };
    assert_eq!(found(&scene, "subject", &body("task-1"), "id").await, ["P-01", "P-02"]);
    assert_eq!(found(&scene, "subject", &body("task-4"), "id").await, ["P-01"]);
    // Policy lets everybody on the board read it, and it is not the caller's to ask for.
    assert!(found(&scene, "subject", &body("elsewhere"), "id").await.is_empty());
}

#[tokio::test]
async fn with_what_they_may_do_it() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let body = |subject: &str, action: &str, kind: &str| {
        json!({
            "subject": { "type": "user", "id": subject },
            "action": { "name": action },
            "resource": { "type": kind },
        })
    };
    let own = found(&scene, "resource", &body(&board.people[2], "can_delete_todo", "todo"), "id").await;
    assert_eq!(own, ["task-2"]);
    let routes = found(&scene, "resource", &body(&board.people[2], "PUT", "route"), "id").await;
    assert_eq!(routes, ["/people/{id}", "/tasks", "/tasks/{id}"]);
    assert!(found(&scene, "resource", &body(&board.people[4], "PUT", "route"), "id").await.is_empty());
    let all = found(&scene, "resource", &body(&board.people[0], "read", "resource"), "id").await;
    assert!(!all.is_empty() && !all.contains(&"elsewhere".to_owned()), "{all:?}");
}

#[tokio::test]
async fn what_they_may_do() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let body = |subject: &str| json!({ "subject": { "type": "user", "id": subject }, "resource": { "type": "todo", "id": "task-1" } });
    let all = ["can_create_todo", "can_delete_todo", "can_read_todos", "can_read_user", "can_update_todo"];
    assert_eq!(found(&scene, "action", &body(&board.people[1]), "name").await, all);
    let read = found(&scene, "action", &body(&board.people[3]), "name").await;
    assert_eq!(read, ["can_read_todos", "can_read_user"]);
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let scene = Board::own().scene().await.unwrap();
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let body = json!({
            "subject": { "type": "user" },
            "action": { "name": "can_read_todos" },
            "resource": { "type": "todo", "id": "inbox" },
            "page": { "limit": 2, "token": token },
        });
        let told = scene.application.post("/access/v1/search/subject", &body).await.unwrap();
        let results = told.body["results"].as_array().unwrap();
        assert!(results.len() <= 2);
        seen.extend(results.iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        token = told.body["page"]["next_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["P-01", "P-02", "P-03", "P-04", "P-05"]);
}

#[tokio::test]
async fn a_search_that_takes_long_delays_no_decision_of_others() {
    use std::fmt::Write as _;
    const PEOPLE: usize = 2_000;
    const POLICIES: usize = 600;
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let (mut people, mut policies) = (String::new(), String::new());
    for n in 0..PEOPLE {
        writeln!(people, "[[user]]\nid = \"person-{n}\"\nname = \"P\"\ndepartment = \"d\"\n").unwrap();
    }
    // Each speaks about everybody and everything, so every question asks them all.
    for n in 0..POLICIES {
        writeln!(
            policies,
            "permit (principal is Sekisho::User, action, resource) when {{ principal has department && principal.department == \"d{n}\" }};"
        )
        .unwrap();
    }
    scene.platform.apply(&[("people.toml", &people), ("open.cedar", &policies)]).await.unwrap();
    let body = json!({
        "subject": { "type": "user" }, "action": { "name": "can_delete_todo" }, "resource": { "type": "todo", "id": "task-1" },
    });
    let searched = std::time::Instant::now();
    let mut search = Box::pin(scene.application.post("/access/v1/search/subject", &body));
    let (mut decided, mut longest) = (0, std::time::Duration::ZERO);
    let told = loop {
        let began = std::time::Instant::now();
        let other = scene.evaluate(&board.people[0], "can_read_todos", "todo", "inbox");
        tokio::select! {
            told = &mut search => break told.unwrap(),
            told = other => {
                assert_eq!(told.body["decision"], json!(true), "{}", told.body);
                (decided, longest) = (decided + 1, longest.max(began.elapsed()));
            }
        }
    };
    assert_eq!(told.status, 200, "{}", told.body);
    println!("{decided} decisions during a search of {:?}, the longest after {longest:?}", searched.elapsed());
    assert!(decided >= 3, "decisions wait for a search: {decided}");
}
