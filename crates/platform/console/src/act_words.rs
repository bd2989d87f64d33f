//! An act in words: who did it, on what, and what more is known of it.

use sekisho_control_plane::acts::table;
use sekisho_model::documents::Kind;
use sekisho_model::{Act, Actor, Language, SessionId, Timestamp};
use sekisho_web::address::encode;
use sekisho_web::page::Page;
use sekisho_web::wording;
use serde_json::Value;

use crate::{Context, names, say_all};

/// How much of an act's details is shown.
const SHOWN: usize = 240;

/// A text, and the page that it leads to.
pub(crate) struct Linked {
    pub(crate) text: String,
    pub(crate) href: Option<String>,
}

/// What was done: the words of the record, or those with which the act is declared.
pub(crate) fn done(code: &str, language: Language) -> String {
    let words = wording::act(code, language);
    let declared = table::ALL.iter().find(|act| act.code == code).filter(|_| words == code);
    match (declared.map(|act| act.text), language) {
        (None, _) => words,
        (Some((english, _)), Language::English) => english.to_owned(),
        (Some((_, japanese)), Language::Japanese) => japanese.to_owned(),
    }
}

/// Who did it.
pub(crate) fn actor(context: &Context, actor: &Actor) -> Linked {
    let linked = |text, href| Linked { text, href: Some(href) };
    match actor {
        Actor::User(id) => linked(names::person(context, id), format!("/console/users/{}", encode(id))),
        Actor::Token { owner, token } => {
            let values = [("name", names::person(context, owner)), ("token", token.clone())];
            linked(say_all(context, "actor-token", &values), format!("/console/users/{}", encode(owner)))
        }
        Actor::Device(id) => linked(id.clone(), format!("/console/devices/{}", encode(id))),
        Actor::EnforcementPoint(id) => Linked { text: id.clone(), href: None },
        Actor::Workload(id) => linked(id.clone(), "/console/workloads".to_owned()),
        Actor::Operator(name) => {
            Linked { text: say_all(context, "actor-operator", &[("name", name.clone())]), href: None }
        }
        Actor::System => Linked { text: context.say("brand"), href: None },
    }
}

/// On what. A document leads to its history, where the change is shown.
pub(crate) fn target(context: &Context, act: &Act) -> Linked {
    let Some((kind, id)) = act.target.split_once('/') else {
        return Linked { text: act.target.clone(), href: None };
    };
    let text = match kind {
        "user" => names::person(context, id),
        "group" => names::group(context, id),
        "resource" => names::resource(context, id),
        "session" => SessionId::from_hex(id).map_or_else(|| id.to_owned(), |id| id.short()),
        _ => id.to_owned(),
    };
    let is_document = act.act.starts_with("document-") && Kind::from_name(kind).is_some_and(Kind::is_applied);
    let href = match kind {
        _ if is_document => Some(format!("/console/documents/{kind}/{}/history", encode(id))),
        "user" => Some(format!("/console/users/{}", encode(id))),
        "device" => Some(format!("/console/devices/{}", encode(id))),
        _ => None,
    };
    Linked { text, href }
}

/// What more is known of it, without what is empty.
pub(crate) fn details(context: &Context, page: &Page, act: &Act) -> String {
    let whole = match &act.detail {
        Value::Object(fields) => {
            let parts = fields.iter().filter_map(|(name, value)| detail(context, page, name, value));
            parts.collect::<Vec<_>>().join("; ")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match whole.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", whole.get(..at).unwrap_or_default()),
        None => whole,
    }
}

fn detail(context: &Context, page: &Page, name: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::Array(all) if all.is_empty() => return None,
        Value::Array(all) => {
            let one = |one: &Value| match one.as_str() {
                Some(field) if name == "fields" => field_name(context, field),
                Some(text) => text.to_owned(),
                None => one.to_string(),
            };
            all.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Value::Number(number) if name.ends_with("_at") || name == "until" => {
            number.as_i64().map_or_else(|| number.to_string(), |at| page.time(&Timestamp::from_millis(at)))
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(if name == "fields" { text } else { format!("{name}: {text}") })
}

/// The name of a field of a document, for people.
fn field_name(context: &Context, field: &str) -> String {
    let key = format!("field-{}", field.replace('_', "-"));
    Some(context.say(&key)).filter(|text| *text != key).unwrap_or_else(|| field.to_owned())
}

#[cfg(test)]
mod tests {
    use sekisho_model::Action;

    use super::*;

    #[test]
    fn every_act_that_is_recorded_has_words_in_both_languages() {
        for act in table::ALL.iter().filter(|act| act.action != Action::Read) {
            for language in [Language::English, Language::Japanese] {
                assert_ne!(done(act.code, language), act.code, "{}", act.code);
            }
        }
        assert_eq!(done("act-of-tomorrow", Language::English), "act-of-tomorrow");
    }
}
