//! A platform that is hostile or was taken over: whatever it answers, it steers nobody's terminal.

use std::path::Path;

use sekisho_model::is_shown;
use serde_json::{Value, json};

use super::server::{Authority, Host, PORTAL};
use super::{SECRET, ended, said, sekisho};

/// Both beginnings of a terminal's sequences, and text that turns its order.
const HOSTILE: &str = "\u{1b}]0;x\u{7}\u{1b}[2J\u{9b}31m\u{202e}end";

/// Every field that a command shows, hostile in each place: texts, names of fields, lists and objects.
fn answer(_: &str) -> (u16, String) {
    let hostile = json!(HOSTILE);
    let nested = json!({ HOSTILE: [{ HOSTILE: hostile }] });
    let names = [
        "id",
        "user",
        "owner",
        "token",
        "url",
        "server",
        "pin",
        "expires_at",
        "used_at",
        "reported_at",
        "at",
        "established_at",
        "actor",
        "revision",
        "name",
        "text",
        "status",
        "outcome",
        "subject",
        "resource",
        "kind",
    ];
    let mut fields: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), hostile.clone())).collect();
    let one = [("roles", json!([hostile])), ("parts", nested.clone()), (HOSTILE, nested.clone())];
    fields.extend(one.map(|(name, value)| (name.to_owned(), value)));
    let flat = Value::Object(fields.clone());
    let plan = json!({
        "steps": [{ "change": "create", "kind": hostile, "id": hostile, "fields": [hostile] }], "unchanged": hostile,
        "unknown_names": [{ "place": hostile, "kind": hostile, "name": hostile, "nearest": hostile }],
    });
    let posture = json!({ "facts": nested, "failing": [{ "check": hostile, "found": nested }] });
    let decision =
        json!({ "outcome": hostile, "at": hostile, "reasons": [hostile], "risk_parts": [[hostile, nested]] });
    let tasks = json!([{ "name": hostile, "state": "failed", "problem": hostile, "next_at": hostile }]);
    let certificates = json!([{ "host": hostile, "until": hostile, "problem": hostile }]);
    let standing = [
        ("ready", json!(true)),
        ("impaired", nested.clone()),
        ("unready", json!({ HOSTILE: hostile })),
        ("tasks", tasks),
        ("certificates", certificates),
        ("members", json!([hostile])),
        ("act", json!({ "at": hostile, "act": hostile, "detail": nested.clone() })),
        ("world", hostile.clone()),
    ];
    fields.extend(standing.map(|(name, value)| (name.to_owned(), value)));
    fields.extend(
        [("items", json!([flat])), ("next", Value::Null), ("body", flat.clone()), ("device", flat), ("plan", plan)]
            .into_iter()
            .chain([("posture", posture), ("decision", decision)])
            .map(|(name, value)| (name.to_owned(), value)),
    );
    (200, Value::Object(fields).to_string())
}

fn commands(folder: &Path) -> Vec<Vec<String>> {
    std::fs::write(folder.join("group.toml"), "[[group]]\nid = \"g\"\nname = \"G\"\n").unwrap();
    let apply = format!("apply {} --plan", folder.display());
    let lines = [
        "whoami",
        "token list",
        "token list --all",
        "token make t --role administrators --days 1",
        "user list",
        "user show alice",
        "user link alice",
        "group show finance",
        "resource list",
        "device list",
        "device show laptop",
        "device token laptop",
        "session list",
        "policy list",
        "policy show console",
        "act list",
        "status",
        "resources",
        "enforcement-point token point",
        "certificate list",
        "decision list",
        "decision refused",
        "decision show 01M8A2Y7QX0K7KD65ERQ3JKC6P",
        "reload",
        apply.as_str(),
    ];
    lines.map(|line| line.split(' ').map(str::to_owned).collect()).into()
}

#[test]
fn nothing_that_a_platform_answers_steers_the_terminal() {
    let (home, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (host, pin) = (Host::start(&authority, answer), authority.pin());
    let url = host.url(PORTAL);
    for command in commands(home.path()) {
        for json in [&["--json"][..], &["-o", "yaml"], &[]] {
            let words: Vec<&str> =
                command.iter().map(String::as_str).chain(["--server", &url, "--pin", &pin]).collect();
            let output = sekisho(home.path(), &[("SEKISHO_TOKEN", SECRET)], &[&words[..], json].concat());
            ended(&output, 0, if json.is_empty() { "" } else { "end" });
            let steering = said(&output).chars().find(|c| *c != '\n' && !is_shown(*c));
            assert_eq!(steering, None, "{command:?} {json:?}: {:?}", said(&output));
            if json == ["--json"] {
                let told: Value = serde_json::from_slice(&output.stdout).unwrap();
                assert!(told.to_string().contains(HOSTILE.trim_start_matches(char::is_control).get(..2).unwrap()));
            }
        }
    }
}

#[test]
fn nor_does_a_refusal() {
    fn refuse(_: &str) -> (u16, String) {
        (403, json!({ "title": HOSTILE, "reasons": [HOSTILE], "remedies": [{ "text": HOSTILE }] }).to_string())
    }
    let (home, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (host, pin) = (Host::start(&authority, refuse), authority.pin());
    for json in [&["--json"][..], &[]] {
        let words = ["user", "list", "--server", &host.url(PORTAL), "--pin", &pin];
        let output = sekisho(home.path(), &[("SEKISHO_TOKEN", SECRET)], &[&words[..], json].concat());
        ended(&output, 77, "end");
        assert!(said(&output).chars().all(|c| c == '\n' || is_shown(c)), "{:?}", said(&output));
    }
}
