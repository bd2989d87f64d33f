//! The decision tables of the two scenes: a board of tasks, and a gateway in front of its routes.

use serde_json::json;

use crate::board::{Board, USERS};

/// Whether each of the five users may: keeper, editors, readers.
const ALL: [bool; 5] = [true; 5];
const EDITORS: [bool; 5] = [true, true, true, false, false];

#[tokio::test]
async fn the_board_is_decided_as_its_table_says() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let own = |owner: usize| [0, 1, 2, 3, 4].map(|user| user == 0 || (user == owner && user < 3));
    let mut table = vec![
        ("can_read_todos", "todo", board.list.clone(), ALL),
        ("can_create_todo", "todo", board.list.clone(), EDITORS),
    ];
    for entry in &board.entries {
        table.push(("can_read_user", "user", entry.clone(), ALL));
    }
    for (task, owner) in &board.tasks {
        table.push(("can_update_todo", "todo", task.clone(), own(*owner)));
        table.push(("can_delete_todo", "todo", task.clone(), own(*owner)));
    }
    let mut asked = 0;
    for (action, kind, id, expected) in table {
        for (user, expected) in USERS.iter().enumerate().map(|(at, _)| (at, expected[at])) {
            let told = scene.evaluate(&board.people[user], action, kind, &id).await;
            assert_eq!(
                (told.status, &told.body["decision"]),
                (200, &json!(expected)),
                "{} {action} {id}: {}",
                USERS[user],
                told.body
            );
            asked += 1;
        }
    }
    assert_eq!(asked, 85);
}

#[tokio::test]
async fn the_routes_are_decided_as_their_table_says() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    for (method, route, expected) in [
        ("GET", 0, ALL),
        ("GET", 1, ALL),
        ("POST", 1, EDITORS),
        ("PUT", 2, EDITORS),
        ("DELETE", 2, EDITORS),
        ("TRACE", 1, [false; 5]),
    ] {
        for (user, expected) in expected.into_iter().enumerate() {
            let told = scene.evaluate(&board.people[user], method, "route", &board.routes[route]).await;
            assert_eq!(told.body["decision"], json!(expected), "{} {method} {route}: {}", USERS[user], told.body);
        }
    }
}

#[tokio::test]
async fn what_a_caller_says_of_things_is_no_fact() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let mut question = crate::board::question(&board.people[1], "can_update_todo", "todo", "task-2");
    question["resource"]["properties"] = json!({ "ownerID": "ren@board.example", "owner": "ren" });
    question["subject"]["properties"] = json!({ "roles": ["keeper"], "groups": ["keepers"] });
    let told = scene.application.post("/access/v1/evaluation", &question).await.unwrap();
    assert_eq!(told.body["decision"], json!(false), "{}", told.body);
}
