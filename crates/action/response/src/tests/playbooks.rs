//! What a playbook may say.

use serde_json::{Value, json};

use sekisho_model::documents::Kind;

fn playbook(field: &str, value: Value) -> Result<Value, String> {
    let mut body =
        json!({ "id": "p", "name": { "en": "P" }, "trigger": "password-spray", "actions": ["end-sessions"] });
    body[field] = value;
    Kind::Playbook.normalise(&body)
}

#[test]
fn the_least_a_playbook_says_proposes_and_touches_few() {
    let written = playbook("id", json!("p")).expect("a playbook");
    assert_eq!(
        (&written["mode"], &written["people"], &written["window"]),
        (&json!("propose"), &json!(5), &json!("1h"))
    );
}

#[test]
fn what_has_no_bound_or_no_meaning_is_refused() {
    for (field, value) in [
        ("actions", json!([])),
        ("actions", json!(["end-sessions", "end-sessions"])),
        ("actions", json!(["delete-account"])),
        ("actions", json!(["send-webhook"])),
        ("webhook", json!("https://hooks.example.jp/")),
        ("when", json!(" ")),
        ("when", json!("x".repeat(4097))),
        ("lasts", json!("59s")),
        ("lasts", json!("31d")),
        ("window", json!("8d")),
        ("people", json!(0)),
        ("people", json!(1001)),
        ("weight", json!(0)),
        ("mode", json!("at-once")),
        ("trigger", json!("")),
        ("colour", json!("red")),
    ] {
        assert!(playbook(field, value.clone()).is_err(), "{field} {value}");
    }
}

#[test]
fn a_message_goes_where_nobody_on_the_way_reads_it() {
    for (url, is_good) in [
        ("https://hooks.example.jp/a", true),
        ("http://127.0.0.1:9000/", true),
        ("http://hooks.example.jp/", false),
        ("https://user@hooks.example.jp/", false),
    ] {
        let body =
            json!({ "id": "p", "name": { "en": "P" }, "trigger": "t", "actions": ["send-webhook"], "webhook": url });
        assert_eq!(Kind::Playbook.normalise(&body).is_ok(), is_good, "{url}");
    }
}
