//! Every route of the OpenAPI document, asked by a program of one role: what `policies/roles.md` does not permit to the role is refused.

use std::collections::BTreeMap;

use sekisho_e2e::client::Program;
use serde_json::{Value, json};

use crate::place::Place;

const TABLE: &str = include_str!("../../../policies/roles.md");

/// What a role may do: by the code of the act, and the kind of document where it has one.
type Permitted = BTreeMap<(String, Option<String>), bool>;

pub(crate) async fn each_role_is_refused_what_is_not_its_own(place: &mut Place) {
    for (role, program) in [("helpdesk", &place.desk.program), ("auditors", &place.audit.program)] {
        let document = program.ask("GET", "/openapi.json", None).await.unwrap().body;
        let (permitted, mut outcomes) = (permitted(role), [0, 0]);
        for asked in questions(&document, &permitted) {
            let said = program.ask(&asked.method, &asked.path, asked.body.as_ref()).await.unwrap();
            let what = format!("{role}: {} {} {:?}", asked.method, asked.path, asked.body);
            assert!(said.status < 500, "{what}: {} {}", said.status, said.body);
            if asked.is_permitted {
                assert!(!matches!(said.status, 401 | 403), "{what}: {} {}", said.status, said.body);
            } else {
                assert_eq!(said.status, 403, "{what}: {}", said.body);
                let names = |act: &str| said.title().contains(&format!("`{act}` needs `"));
                // A caller who may apply nothing at all is refused before the documents are read.
                let named =
                    asked.acts.iter().any(|act| names(act)) || (asked.path == "/apply" && names("documents-planned"));
                assert!(named || asked.acts.is_empty(), "{what}: {}", said.body);
            }
            outcomes[usize::from(asked.is_permitted)] += 1;
        }
        assert!(outcomes.iter().all(|count| *count > 10), "{role}: {outcomes:?}");
    }
}

/// One request, and whether the role may make it.
struct Question {
    method: String,
    path: String,
    body: Option<Value>,
    acts: Vec<String>,
    is_permitted: bool,
}

/// Every operation of the document that names an act, for every kind of document where it has one. Nothing is there under these names,
/// so that nothing happens.
fn questions(document: &Value, permitted: &Permitted) -> Vec<Question> {
    let mut questions = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let acts: Vec<String> = serde_json::from_value(operation["x-sekisho-acts"].clone()).unwrap_or_default();
            // Only the operator may put the console back; what has no act besides is about the caller.
            if acts.is_empty() && path != "/restore-console" {
                continue;
            }
            let method = method.to_uppercase();
            let is_of_kinds = path.contains("{kind}") || acts.len() > 1;
            let kinds: Vec<Option<&str>> = match is_of_kinds {
                true => kinds(permitted, &acts).into_iter().map(Some).collect(),
                false => vec![None],
            };
            for kind in kinds {
                questions.extend(of_kind(path, &method, &acts, kind, permitted));
            }
        }
    }
    questions
}

fn of_kind(path: &str, method: &str, acts: &[String], kind: Option<&str>, permitted: &Permitted) -> Vec<Question> {
    let may = |act: &str| permitted.get(&(act.to_owned(), kind.map(ToOwned::to_owned))).copied().unwrap_or(false);
    let question = |acts: Vec<String>, body: Option<Value>| Question {
        method: method.to_owned(),
        path: filled(path, kind),
        body,
        is_permitted: !acts.is_empty() && acts.iter().all(|act| may(act)),
        acts,
    };
    if acts.len() > 1 {
        // An application of documents does one of these acts: a plan, a change, or a change that removes.
        let body = |plan_only: bool, prune: bool| {
            let documents = json!([{ "kind": kind, "id": "nothing-here", "body": [], "origin": "-" }]);
            Some(json!({ "documents": documents, "plan_only": plan_only, "prune": prune }))
        };
        let named = |code: &str| acts.iter().filter(|act| act.as_str() == code).cloned().collect::<Vec<_>>();
        let (planned, put) = (named("documents-planned"), named("document-put"));
        let pruned = [put.clone(), named("document-removed")].concat();
        return vec![
            question(planned, body(true, false)),
            question(put, body(false, false)),
            question(pruned, body(false, true)),
        ];
    }
    let body = matches!(method, "POST" | "PUT").then(|| json!([]));
    vec![question(acts.to_vec(), body)]
}

fn filled(path: &str, kind: Option<&str>) -> String {
    let names = [("{user}", "nobody-here"), ("{session}", "ffffffff"), ("{request}", "r-0")];
    let path =
        names.iter().fold(path.replace("{kind}", kind.unwrap_or_default()), |path, (of, with)| path.replace(of, with));
    let mut parts = path.split('/').map(|part| if part.starts_with('{') { "nothing-here" } else { part });
    parts.next().into_iter().chain(parts).collect::<Vec<_>>().join("/")
}

/// The kinds that the table has these acts for.
fn kinds<'a>(permitted: &'a Permitted, acts: &[String]) -> Vec<&'a str> {
    let first = acts.first().unwrap();
    let rows = permitted.keys().filter(|(act, _)| act == first);
    rows.filter_map(|(_, kind)| kind.as_deref()).collect()
}

/// The column of a role.
fn permitted(role: &str) -> Permitted {
    let mut lines = TABLE.lines().filter(|line| line.starts_with('|')).map(cells);
    let head = lines.next().unwrap();
    let column = head.iter().position(|cell| *cell == role).unwrap();
    let rows = lines.skip(1).filter(|row| !row[0].contains("of a member of a role"));
    rows.map(|row| {
        let mut words = row[0].split([' ', ',']);
        let act = words.next().unwrap().to_owned();
        let kind = words.next().filter(|word| word.starts_with('`')).map(|word| word.trim_matches('`').to_owned());
        ((act, kind), row[column] == "✔")
    })
    .collect()
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

/// What a refusal of this program says.
pub(crate) async fn refused(program: &Program, method: &str, path: &str) -> String {
    let said = program.ask(method, path, None).await.unwrap();
    assert_eq!(said.status, 403, "{method} {path}: {}", said.body);
    said.title().to_owned()
}
