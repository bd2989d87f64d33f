//! The files of the interoperability events, where somebody has them: `SEKISHO_AUTHZEN_VECTORS` names their folder.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::board::{Board, Scene};

#[tokio::test]
async fn the_files_of_the_interoperability_events_are_decided_as_they_say() {
    let Some(folder) = std::env::var_os("SEKISHO_AUTHZEN_VECTORS").map(PathBuf::from) else { return };
    let (todo, gateway) = (read(&folder, "todo-decisions-1_0-02.json"), read(&folder, "gateway-decisions.json"));
    let scene = board(&todo, &gateway).scene().await.unwrap();
    let mut asked = 0;
    for file in [&todo, &gateway] {
        for case in file["evaluation"].as_array().unwrap() {
            asked += 1;
            agrees(&scene, "evaluation", case, |body| body["decision"].clone()).await;
        }
        for case in file["evaluations"].as_array().into_iter().flatten() {
            asked += 1;
            let decisions = |body: &Value| {
                let one = |one: &Value| serde_json::json!({ "decision": one["decision"] });
                body["evaluations"].as_array().unwrap().iter().map(one).collect()
            };
            agrees(&scene, "evaluations", case, decisions).await;
        }
    }
    assert_eq!(asked, 68);
}

async fn agrees(scene: &Scene, path: &str, case: &Value, decision: impl Fn(&Value) -> Value) {
    let told = scene.application.post(&format!("/access/v1/{path}"), &case["request"]).await.unwrap();
    assert_eq!(decision(&told.body), case["expected"], "{}: {}", case["request"], told.body);
}

/// The board that the files speak of: they name the people in the order of their rights, and each task with its owner.
fn board(todo: &Value, gateway: &Value) -> Board {
    let (mut people, mut tasks, mut entries, mut routes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let add = |to: &mut Vec<String>, text: &Value| {
        let text = text.as_str().unwrap().to_owned();
        if !to.contains(&text) {
            to.push(text);
        }
    };
    for case in todo["evaluation"].as_array().unwrap() {
        let (subject, resource) = (&case["request"]["subject"]["id"], &case["request"]["resource"]);
        add(&mut people, subject);
        match resource["properties"]["ownerID"].as_str() {
            Some(owner) => tasks.push((resource["id"].as_str().unwrap().to_owned(), owner.to_owned())),
            None if resource["type"] == "user" => add(&mut entries, &resource["id"]),
            None => {}
        }
    }
    for case in gateway["evaluation"].as_array().unwrap() {
        add(&mut routes, &case["request"]["resource"]["id"]);
    }
    tasks.sort();
    tasks.dedup();
    let owners = ["rick", "morty", "summer", "beth", "jerry"];
    let place = |owner: &str| owners.iter().position(|name| owner.starts_with(name)).unwrap();
    Board {
        people: people.try_into().unwrap(),
        list: "todo-1".to_owned(),
        tasks: tasks.into_iter().map(|(task, owner)| (task, place(&owner))).collect(),
        entries,
        routes,
    }
}

fn read(folder: &Path, file: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap()
}
