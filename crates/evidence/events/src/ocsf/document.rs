//! What every OCSF document has, and the objects that several classes share.

use sekisho_model::Timestamp;
use serde_json::{Map, Value, json};

use crate::{Class, Position};

/// The version of the schema.
pub(crate) const VERSION: &str = "1.8.0";

/// A document under construction.
pub(crate) struct Document(Map<String, Value>);

/// What a document says first.
pub(crate) struct Head<'a> {
    pub(crate) position: Position,
    pub(crate) at: Timestamp,
    pub(crate) class: Class,
    pub(crate) activity: u32,
    pub(crate) severity: u32,
    pub(crate) code: &'a str,
}

impl Document {
    pub(crate) fn new(head: &Head<'_>) -> Self {
        let (class, activity) = (head.class.uid(), head.activity);
        let metadata = json!({
            "version": VERSION,
            "product": { "name": "Sekisho", "vendor_name": "Sekisho", "version": env!("CARGO_PKG_VERSION") },
            "profiles": ["host", "security_control"],
            "uid": head.position.to_string(),
            "sequence": head.position.entry,
            "log_name": "ledger",
            "event_code": head.code,
        });
        let fields = [
            ("activity_id", json!(activity)),
            ("category_uid", json!(class / 1000)),
            ("class_name", json!(head.class.name())),
            ("class_uid", json!(class)),
            ("type_uid", json!(u64::from(class) * 100 + u64::from(activity))),
            ("severity_id", json!(head.severity)),
            ("time", json!(head.at.as_millis())),
            ("metadata", metadata),
        ];
        Self(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// A field that is left out where there is no value.
    pub(crate) fn maybe(self, name: &str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Whether it succeeded.
    pub(crate) fn status(self, is_success: bool, detail: Option<&str>) -> Self {
        self.with("status_id", json!(if is_success { 1 } else { 2 })).maybe("status_detail", detail.map(Value::from))
    }

    /// What enforcement did: the action (1 allowed, 2 denied) and the disposition.
    pub(crate) fn enforced(self, action: u32, disposition: u32) -> Self {
        self.with("action_id", json!(action)).with("disposition_id", json!(disposition))
    }

    pub(crate) fn text(self) -> String {
        Value::Object(self.0).to_string()
    }
}

/// A person.
pub(crate) fn user(id: &str) -> Value {
    json!({ "uid": id, "name": id, "type_id": 1 })
}

/// Who acted: the person and the session, or the platform where it is nobody.
pub(crate) fn actor(person: Option<&str>, session: Option<&str>) -> Value {
    let mut actor = Map::new();
    if let Some(person) = person {
        actor.insert("user".to_owned(), user(person));
    } else {
        actor.insert("app_name".to_owned(), json!("sekisho"));
    }
    if let Some(session) = session {
        actor.insert("session".to_owned(), json!({ "uid": session }));
    }
    Value::Object(actor)
}

/// A device.
pub(crate) fn device(id: &str) -> Value {
    json!({ "uid": id, "type_id": 0 })
}

/// Where it came from.
pub(crate) fn endpoint(address: &str) -> Value {
    json!({ "ip": address })
}

/// What it went to.
pub(crate) fn resource(id: &str) -> Value {
    json!({ "uid": id, "name": id, "svc_name": id })
}
