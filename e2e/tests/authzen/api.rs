//! The forms of questions and answers: semantics, obligations, discovery, identifiers, errors, and who may ask.

use sekisho_e2e::peer::Caller;
use serde_json::{Value, json};

use crate::board::{Board, question};

#[tokio::test]
async fn several_evaluations_end_where_their_semantic_says() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let resource = |id: &str| json!({ "resource": { "type": "todo", "id": id } });
    for (semantic, expected) in [
        (None, vec![false, true, false]),
        (Some("execute_all"), vec![false, true, false]),
        (Some("deny_on_first_deny"), vec![false]),
        (Some("permit_on_first_permit"), vec![false, true]),
    ] {
        let mut body = json!({
            "subject": { "type": "user", "id": board.people[1] },
            "action": { "name": "can_update_todo" },
            "evaluations": [resource("task-2"), resource("task-1"), resource("task-3")],
        });
        if let Some(semantic) = semantic {
            body["options"] = json!({ "evaluations_semantic": semantic });
        }
        let told = scene.application.post("/access/v1/evaluations", &body).await.unwrap();
        let decisions: Vec<bool> =
            told.body["evaluations"].as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect();
        assert_eq!(decisions, expected, "{semantic:?}: {}", told.body);
    }
    // Without a list it is one evaluation.
    let one = question(&board.people[1], "can_update_todo", "todo", "task-1");
    let told = scene.application.post("/access/v1/evaluations", &one).await.unwrap();
    assert_eq!(told.body["decision"], json!(true), "{}", told.body);
}

#[tokio::test]
async fn answers_explain_themselves_and_are_on_record() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let permitted = scene.evaluate(&board.people[1], "can_create_todo", "todo", &board.list).await;
    assert_eq!(permitted.fields["x-request-id"], "asked-1");
    assert_eq!(permitted.body["context"]["obligations"], json!([{ "id": "record" }]), "{}", permitted.body);
    let denied = scene.evaluate(&board.people[3], "can_create_todo", "todo", &board.list).await;
    let context = &denied.body["context"];
    assert_eq!(context["reasons"][0]["code"], "no-policy-permits", "{}", denied.body);
    assert!(context["reason_user"]["ja"].as_str().is_some_and(|text| !text.is_empty()), "{}", denied.body);
    for (told, outcome) in [(&permitted, "permit"), (&denied, "deny")] {
        let id = told.body["context"]["id"].as_str().unwrap();
        let found = scene.platform.command(&["decision", "show", id]).await.unwrap();
        assert_eq!(found["decision"]["outcome"], outcome, "{found}");
    }
}

#[tokio::test]
async fn i23_a_caller_gets_no_permit_for_what_is_not_assigned() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    for (action, kind, id, code) in [
        ("read", "resource", "elsewhere", "resource-not-assigned"),
        ("read", "resource", "nowhere", "resource-not-assigned"),
        ("can_read_todos", "todo", "elsewhere", "resource-not-assigned"),
        ("can_read_todos", "unheard", "inbox", "resource-not-assigned"),
        ("can_burn", "todo", "inbox", "action-unknown"),
    ] {
        let told = scene.evaluate(&board.people[0], action, kind, id).await;
        assert_eq!((told.status, &told.body["decision"]), (200, &json!(false)), "{id}");
        assert_eq!(told.body["context"]["outcome"], code, "{}", told.body);
    }
    let told = scene.evaluate("P-99", "can_read_todos", "todo", "inbox").await;
    assert_eq!(told.body["context"]["outcome"], "subject-unknown", "{}", told.body);
    let told = scene.application.get("/verify", &[("x-forwarded-host", "x")]).await.unwrap();
    assert_eq!(told.status, 400);
}

#[tokio::test]
async fn i21_who_is_no_caller_gets_no_answer() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let asked = question(&board.people[0], "can_read_todos", "todo", "inbox");
    let nobody = Caller::nobody(&scene.platform).unwrap();
    for caller in
        [&nobody, &nobody.claiming("Bearer x"), &nobody.claiming("bearer"), &nobody.claiming("Basic Ym9hcmQ6eA==")]
    {
        for path in ["evaluation", "evaluations", "search/subject", "search/resource", "search/action", "none"] {
            let told = caller.post(&format!("/access/v1/{path}"), &asked).await.unwrap();
            assert_eq!((told.status, &told.body["decision"]), (401, &Value::Null), "{path}");
        }
    }
    scene.platform.command(&["enforcement-point", "revoke", "board"]).await.unwrap();
    let gone = async {
        while scene.application.post("/access/v1/evaluation", &asked).await.unwrap().status != 401 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), gone).await.unwrap();
}

#[tokio::test]
async fn anybody_finds_the_endpoints() {
    let scene = Board::own().scene().await.unwrap();
    let nobody = Caller::nobody(&scene.platform).unwrap();
    let told = nobody.get("/.well-known/authzen-configuration", &[]).await.unwrap();
    let origin = format!("https://decisions.localhost:{}", scene.platform.port());
    assert_eq!(told.body["policy_decision_point"], json!(origin));
    for (name, path) in [
        ("access_evaluation_endpoint", "evaluation"),
        ("access_evaluations_endpoint", "evaluations"),
        ("search_subject_endpoint", "search/subject"),
        ("search_resource_endpoint", "search/resource"),
        ("search_action_endpoint", "search/action"),
    ] {
        assert_eq!(told.body[name], json!(format!("{origin}/access/v1/{path}")), "{name}");
    }
    let keys = nobody.get("/.well-known/jwks.json", &[]).await.unwrap();
    assert_eq!(keys.body["keys"][0]["alg"], "ES256", "{}", keys.body);
}

#[tokio::test]
async fn a_wrong_question_is_told_which_field_is_wrong() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let whole = question(&board.people[0], "can_read_todos", "todo", "inbox");
    let without = |field: &str| {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(field);
        body
    };
    let mut numbered = whole.clone();
    numbered["subject"]["id"] = json!(7);
    let many = json!({ "evaluations": vec![whole.clone(); 201] });
    for (path, body, says) in [
        ("evaluation", without("subject"), "`subject`"),
        ("evaluation", without("action"), "`action`"),
        ("evaluation", without("resource"), "`resource`"),
        ("evaluation", numbered, "`subject.id`"),
        ("evaluation", json!([]), "expected"),
        ("evaluations", json!({ "evaluations": [whole, {}] }), "`evaluations[1].subject`"),
        ("evaluations", many, "200"),
        ("search/subject", json!({}), "`"),
    ] {
        let told = scene.application.post(&format!("/access/v1/{path}"), &body).await.unwrap();
        assert_eq!(told.status, 400, "{path} {says}: {}", told.body);
        assert!(told.body["detail"].as_str().unwrap().contains(says), "{says}: {}", told.body);
    }
}

/// What the record says of the request of an answer. Events of remembered decisions reach it a moment after the answer.
async fn traced(scene: &crate::board::Scene, told: &Value) -> Value {
    let id = told["context"]["id"].as_str().ok_or(told).unwrap().to_owned();
    let found = async {
        loop {
            match scene.platform.command(&["decision", "show", &id]).await {
                Ok(found) => return found,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), found).await.map_err(|_| told).unwrap()
}

#[tokio::test]
async fn every_identifier_of_an_answer_is_found() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let keeper = &board.people[0];
    let first = scene.evaluate(keeper, "can_read_todos", "todo", "inbox").await.body;
    let again = scene.evaluate(keeper, "can_read_todos", "todo", "inbox").await.body;
    assert_ne!(first["context"]["id"], again["context"]["id"]);
    let covered = traced(&scene, &again).await;
    assert_eq!(covered["decision"]["request"], first["context"]["id"], "{covered}");
    assert_eq!(covered["access"]["request"], again["context"]["id"], "{covered}");
    let own = traced(&scene, &first).await;
    assert!(own["decision"]["outcome"] == "permit" && own.get("access").is_none(), "{own}");
    for (subject, action, kind, id, code) in [
        ("P-99", "can_read_todos", "todo", "inbox", "subject-unknown"),
        (keeper.as_str(), "can_burn", "todo", "inbox", "action-unknown"),
        (keeper.as_str(), "can_read_todos", "todo", "elsewhere", "resource-not-assigned"),
    ] {
        let told = scene.evaluate(subject, action, kind, id).await.body;
        let found = traced(&scene, &told).await;
        assert_eq!((&found["act"]["act"], &found["decision"]), (&json!(code), &Value::Null), "{found}");
    }
    let mut nobody = question("no-cookie-of-ours", "can_read_todos", "todo", "inbox");
    nobody["subject"]["type"] = json!("session");
    let told = scene.application.post("/access/v1/evaluation", &nobody).await.unwrap().body;
    let found = traced(&scene, &told).await;
    assert_eq!(found["act"]["act"], "session-unknown", "{found}");
    assert!(!found.to_string().contains("no-cookie-of-ours"), "{found}");
    let nothing = scene.platform.command(&["decision", "show", "01M809QSAC7GG14A05J2XYT7JQ"]).await;
    assert!(nothing.is_err(), "{nothing:?}");
}

#[tokio::test]
async fn what_was_applied_is_in_force_when_the_command_returns() {
    let (board, scene) = (Board::own(), Board::own().scene().await.unwrap());
    let policies = (0..1_500).map(|n| {
        format!(
            "@id(\"other-{n}\") permit (principal in Sekisho::Group::\"board\", action, resource == Sekisho::Resource::\"other-{n}\") \
             when {{ context.risk < {} }};\n",
            n % 100
        )
    });
    scene.platform.apply(&[("other.cedar", &policies.collect::<String>())]).await.unwrap();
    for (round, open) in [false, true, false, true, false].into_iter().enumerate() {
        let text = if open {
            "permit (principal, action, resource == Sekisho::Resource::\"inbox\");"
        } else {
            "forbid (principal, action, resource == Sekisho::Resource::\"inbox\");"
        };
        scene.platform.apply(&[("switch.cedar", text)]).await.unwrap();
        let told = scene.evaluate(&board.people[4], "can_create_todo", "todo", "inbox").await;
        assert_eq!(told.body["decision"], json!(open), "round {round}: {}", told.body);
    }
}
