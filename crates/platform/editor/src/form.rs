//! Between a document and what people type into its form: fields to a body, and a body to fields.

use serde_json::{Map, Value, json};

use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;

use crate::fields::{self, Field, Shape};
use crate::lines;

/// What was typed into a form: each name with its value, in the order of the page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed(pub(crate) Vec<(String, String)>);

impl Typed {
    /// The first value of a name, without the carriage returns of browsers.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.replace("\r\n", "\n"))
    }

    /// The first value of a name without space around it; empty where there is none.
    pub(crate) fn trimmed(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().trim().to_owned()
    }

    /// Every line of every value of a name that is not empty.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(known, _)| known == name).flat_map(|(_, value)| value.lines());
        values.map(str::trim).filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect()
    }

    /// Gives a name this value alone.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(known, _)| known != name);
        self.add(name.to_owned(), value);
    }

    fn add(&mut self, name: String, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The field; `None` for what concerns the document as a whole.
    pub(crate) field: Option<&'static str>,
    /// Why.
    pub(crate) why: Why,
}

/// Why a field is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// The key of a text of ours.
    Key(&'static str),
    /// What a type or the World says of it.
    Said(String),
}

/// The name of a field's input.
pub(crate) fn input(name: &str) -> String {
    format!("f-{name}")
}

/// The names of the inputs of a text in two languages.
pub(crate) fn bilingual(name: &str) -> [String; 2] {
    [format!("f-{name}-en"), format!("f-{name}-ja")]
}

/// The name of the input with the name of a tagged value.
pub(crate) fn tag(name: &str) -> String {
    format!("f-{name}-tag")
}

/// The body that was typed.
///
/// # Errors
/// Every field that is missing or cannot be read.
pub(crate) fn body(kind: Kind, id: &str, typed: &Typed) -> Result<Value, Vec<Wrong>> {
    let (mut body, mut wrong) = (Map::new(), Vec::new());
    for field in fields::fields(kind).unwrap_or_default() {
        match read(field, id, typed) {
            Ok(Some(value)) => drop(body.insert(field.name.to_owned(), value)),
            Ok(None) if field.required => {
                wrong.push(Wrong { field: Some(field.name), why: Why::Key("wrong-missing") });
            }
            Ok(None) => {}
            Err(why) => wrong.push(Wrong { field: Some(field.name), why }),
        }
    }
    if wrong.is_empty() { Ok(Value::Object(body)) } else { Err(wrong) }
}

/// The value of one field; `None` where it is left out.
fn read(field: &Field, id: &str, typed: &Typed) -> Result<Option<Value>, Why> {
    let name = input(field.name);
    let line = typed.trimmed(&name);
    let some = |line: String| (!line.is_empty()).then(|| Value::String(line));
    Ok(match field.shape {
        Shape::Kept => None,
        Shape::Identifier => some(id.to_owned()),
        Shape::Text | Shape::Reference(_) | Shape::Time | Shape::Duration => some(line),
        Shape::Bilingual => lines::bilingual(bilingual(field.name).map(|name| typed.trimmed(&name))),
        Shape::Number if line.is_empty() => None,
        Shape::Number => Some(lines::number(&line)?),
        Shape::Flag => Some(Value::Bool(!line.is_empty())),
        Shape::Choice(_) => some(line).map(|choice| match choice.as_str().and_then(|text| text.parse::<i64>().ok()) {
            Some(number) => json!(number),
            None => choice,
        }),
        Shape::List | Shape::References(_) => Some(json!(typed.lines(&name))),
        Shape::Map => Some(lines::map(&typed.lines(&name))?),
        Shape::Tagged(tags) => lines::tagged(tags, &typed.trimmed(&tag(field.name)), &line)?,
        Shape::Fact if line.is_empty() => None,
        Shape::Fact => {
            let (fact, value) = lines::pair(&line)?;
            Some(json!({ "fact": fact, "equals": lines::value(fields::Value::Any, value)? }))
        }
        Shape::Pairs(first, second, of) => Some(lines::pairs(&typed.lines(&name), (first, second), of)?),
        Shape::Structured => lines::structured(&line)?,
        Shape::Policy => typed.get(&name).filter(|text| !text.trim().is_empty()).map(Value::String),
    })
}

/// What a form shows of a body.
pub(crate) fn typed(kind: Kind, body: &Value) -> Typed {
    let mut typed = Typed::default();
    for field in fields::fields(kind).unwrap_or_default() {
        if let Some(value) = body.get(field.name) {
            write(field, value, &mut typed);
        }
    }
    typed
}

fn write(field: &Field, value: &Value, typed: &mut Typed) {
    let name = input(field.name);
    let text = || value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    match field.shape {
        Shape::Kept => {}
        Shape::Time => typed.add(name, time(value).map_or_else(text, |at| at.to_string())),
        Shape::Bilingual => {
            for (name, language) in bilingual(field.name).into_iter().zip(["en", "ja"]) {
                typed.add(name, value.get(language).and_then(Value::as_str).unwrap_or_default());
            }
        }
        Shape::Flag => {
            if value.as_bool() == Some(true) {
                typed.add(name, "yes");
            }
        }
        Shape::List | Shape::References(_) => typed.add(name, lines::written_list(value)),
        Shape::Map => typed.add(name, lines::written_map(value)),
        Shape::Tagged(_) => {
            let (known, inner) = value.as_object().and_then(|tagged| tagged.iter().next()).unzip();
            typed.add(tag(field.name), known.cloned().unwrap_or_default());
            typed.add(name, inner.map(lines::written).unwrap_or_default());
        }
        Shape::Fact => {
            let fact = value.get("fact").and_then(Value::as_str).unwrap_or_default();
            typed.add(name, format!("{fact} = {}", value.get("equals").map(lines::written).unwrap_or_default()));
        }
        Shape::Pairs(first, second, _) => typed.add(name, lines::written_pairs(value, (first, second))),
        Shape::Structured => typed.add(name, lines::written_structured(value)),
        _ => typed.add(name, text()),
    }
}

/// A point in time, as documents hold it.
pub(crate) fn time(value: &Value) -> Option<Timestamp> {
    serde_json::from_value(value.clone()).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The shortest document of a kind.
    pub(crate) fn least(kind: Kind) -> Value {
        match kind {
            Kind::User | Kind::Group => json!({ "id": "x", "name": "X" }),
            Kind::Device => json!({ "id": "x", "name": "X", "platform": "linux" }),
            Kind::Check => json!({ "id": "x", "fact": "disk.encrypted", "expect": { "equals": true },
                "reason": { "en": "r" }, "remedy": { "en": "m" } }),
            Kind::Resource => json!({ "id": "x", "name": { "en": "X" } }),
            Kind::Grant => json!({ "id": "x", "user": "alice", "resource": "wiki", "until": 0, "reason": "r" }),
            Kind::EnforcementPoint => json!({ "id": "x", "speaks": "nginx" }),
            Kind::ApiDocument => json!({ "id": "x", "document": "openapi: 3.1.0" }),
            Kind::Label => json!({ "id": "x", "name": { "en": "X" }, "sensitivity": 3 }),
            Kind::ThreatList => json!({ "id": "x", "entries": [] }),
            Kind::ThreatFeed => {
                json!({ "id": "x", "url": "https://feeds.example.jp/", "format": "plain", "score": 80 })
            }
            Kind::Playbook => {
                json!({ "id": "x", "name": { "en": "X" }, "trigger": "password-spray", "actions": ["end-sessions"] })
            }
            Kind::VulnerabilitySource => json!({ "id": "x", "path": "osv/debian-12", "format": "osv" }),
            Kind::Workload => json!({ "id": "x", "owner": "alice" }),
            Kind::IdentityProvider => {
                json!({ "id": "x", "name": "X", "issuer": "https://x.example", "client_id": "c" })
            }
            Kind::NameList => json!({ "id": "x", "resource": "wiki", "format": "plain", "answer": "no-name" }),
            Kind::Policy => json!({ "text": "// none" }),
            _ => json!({}),
        }
    }

    /// Documents that use every shape.
    fn full() -> Vec<(Kind, Value)> {
        vec![
            (
                Kind::User,
                json!({ "id": "x", "name": "X", "clearance": 3, "groups": ["a", "b"],
                "attributes": { "team": ["x", "y"], "level": 3, "lead": true, "desk": "12" } }),
            ),
            (Kind::Device, json!({ "id": "x", "name": "X", "platform": "linux", "managed": true, "owner": "alice" })),
            (
                Kind::Check,
                json!({ "id": "x", "fact": "ports.listening", "expect": { "holds-none": ["23", "21"] },
                "unless": { "fact": "os.name", "equals": "server" },
                "reason": { "en": "r", "ja": "理由" }, "remedy": { "en": "m" } }),
            ),
            (
                Kind::Check,
                json!({ "id": "x", "fact": "disk.free", "expect": { "at-least": 10 },
                "reason": { "en": "r" }, "remedy": { "en": "m" } }),
            ),
            (
                Kind::Resource,
                json!({ "id": "x", "name": { "en": "X", "ja": "え" }, "sensitivity": 2,
                "host": "x.example.jp", "upstream": "http://127.0.0.1:8080", "categories": ["hr"] }),
            ),
            (
                Kind::Resource,
                json!({ "id": "x", "name": { "en": "X" },
                "upstream": { "addresses": ["127.0.0.1:8080", "127.0.0.1:8081"], "connect_seconds": 3 } }),
            ),
            (
                Kind::Grant,
                json!({ "id": "x", "user": "alice", "resource": "wiki", "until": 1_790_000_000_000_i64, "reason": "r" }),
            ),
            (
                Kind::EnforcementPoint,
                json!({ "id": "x", "speaks": "authzen", "port": 8443, "resources": ["wiki"],
                "names": [{ "type": "record", "resource": "wiki" }], "subjects": { "a@b": "alice" }, "actions": { "view": "read" } }),
            ),
            (Kind::Policy, json!({ "text": "permit (principal, action, resource)\nwhen { true };\n" })),
            (
                Kind::Settings,
                json!({ "session_length": "8h", "time_zone": "Asia/Tokyo",
                "zones": [{ "name": "office", "networks": ["10.0.0.0/8", "192.168.0.0/16"] }] }),
            ),
        ]
        .into_iter()
        .chain(full_of_capabilities())
        .collect()
    }

    /// The same of the kinds that capabilities added.
    fn full_of_capabilities() -> Vec<(Kind, Value)> {
        vec![
            (
                Kind::ApiDocument,
                json!({ "id": "x", "document": "openapi: 3.1.0\npaths:\n  /:\n    get: {}", "body_limit": 4096 }),
            ),
            (
                Kind::Label,
                json!({ "id": "x", "name": { "en": "X", "ja": "え" }, "sensitivity": 4, "parent": "personal", "owner": "alice",
                "resources": ["payroll"], "finds": ["my-number"], "at_least": 5 }),
            ),
            (Kind::ThreatList, json!({ "id": "x", "entries": [{ "network": "192.0.2.0/24", "score": 90 }] })),
            (
                Kind::ThreatFeed,
                json!({ "id": "x", "url": "https://feeds.example.jp/", "format": "taxii", "score": 80, "minimum_confidence": 50,
                "every": "5m", "allowed": ["198.51.100.0/24"] }),
            ),
            (
                Kind::Workload,
                json!({ "id": "x", "owner": "alice", "groups": ["jobs"], "disabled": true, "trusts": [{ "issuer": "https://ci.example",
                "audience": "sekisho", "subject": "repo:acme/app:*", "claims": { "ref": "main" } }] }),
            ),
            (
                Kind::Playbook,
                json!({ "id": "x", "name": { "en": "X", "ja": "え" }, "trigger": "password-spray", "when": "context.risk > 50",
                "mode": "automatic", "actions": ["end-sessions", "send-webhook"], "lasts": "2h", "weight": 40,
                "webhook": "https://hooks.example.jp/", "people": 3, "window": "30m", "never": ["alice"],
                "never_groups": ["administrators"], "never_devices": ["desk"], "never_networks": ["192.0.2.0/24"] }),
            ),
            (
                Kind::NameList,
                json!({ "id": "x", "resource": "wiki", "file": "/etc/names.zone", "format": "rpz", "allowed": ["a.test"],
                "answer": "no-address" }),
            ),
            (Kind::VulnerabilitySource, json!({ "id": "x", "path": "kev.json", "format": "kev", "every": "5m" })),
        ]
    }

    #[test]
    fn what_a_form_shows_is_what_it_sends_back() {
        let shortest = fields::kinds().map(|kind| (kind, least(kind)));
        for (kind, written) in full().into_iter().chain(shortest) {
            let normal = kind.normalise(&written).expect("a document");
            let id = normal.get("id").and_then(Value::as_str).unwrap_or("x").to_owned();
            let sent = body(kind, &id, &typed(kind, &normal)).expect("a body");
            assert_eq!(kind.normalise(&sent), Ok(normal), "{kind}");
        }
    }

    #[test]
    fn the_first_choice_is_what_a_document_without_the_field_has() {
        for kind in fields::kinds() {
            let normal = kind.normalise(&least(kind)).expect("a document");
            for field in fields::fields(kind).expect("a table").iter().filter(|field| !field.required) {
                let Shape::Choice(choices) = field.shape else { continue };
                let default = normal.get(field.name).map(|value| value.to_string().replace('"', ""));
                // What is not written is the default too.
                assert_eq!(default.as_deref().unwrap_or(choices[0]), choices[0], "{kind} {}", field.name);
            }
        }
    }

    #[test]
    fn each_missing_field_is_named() {
        let wrong = body(Kind::Grant, "g", &Typed::default()).expect_err("nothing was typed");
        let named: Vec<&str> = wrong.iter().filter_map(|one| one.field).collect();
        assert_eq!(named, ["user", "resource", "until", "reason"]);
        let typed = Typed(vec![
            ("f-id".into(), "x".into()),
            ("f-name".into(), "X".into()),
            ("f-attributes".into(), "no pair".into()),
        ]);
        let wrong = body(Kind::User, "x", &typed).expect_err("a line without a value");
        assert_eq!(wrong[0].field, Some("attributes"));
    }
}
