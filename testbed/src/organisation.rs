//! People, groups, resources, devices and policies to put into a store or a World.

use std::collections::BTreeSet;

use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Store, Write};
use serde_json::{Value, json};

/// Documents of an organisation. Groups come into being with their first member.
#[derive(Debug, Clone, Default)]
pub struct Organisation {
    documents: Vec<(Kind, String, Value)>,
    groups: BTreeSet<String>,
}

impl Organisation {
    /// An organisation with nobody in it.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds an active member of the staff.
    #[must_use]
    pub fn user(self, id: &str, groups: &[&str]) -> Self {
        self.person(id, json!({ "id": id, "name": id, "employment": "staff", "groups": groups }))
    }

    /// Adds a user with this document.
    #[must_use]
    pub fn person(mut self, id: &str, body: Value) -> Self {
        let groups = body.get("groups").and_then(Value::as_array).into_iter().flatten();
        self.groups.extend(groups.filter_map(Value::as_str).map(str::to_owned));
        self.with(Kind::User, id, body)
    }

    /// Adds an application at `https://<id>.localhost` whose upstream nobody answers.
    #[must_use]
    pub fn application(self, id: &str) -> Self {
        let host = format!("{id}.localhost");
        let body = json!({ "id": id, "name": { "en": id, "ja": id }, "host": host, "upstream": "http://127.0.0.1:9" });
        self.with(Kind::Resource, id, body)
    }

    /// Adds a policy file.
    #[must_use]
    pub fn policy(self, id: &str, text: &str) -> Self {
        self.with(Kind::Policy, id, json!({ "text": text }))
    }

    /// Adds a document of any kind.
    #[must_use]
    pub fn with(mut self, kind: Kind, id: &str, body: Value) -> Self {
        self.documents.push((kind, id.to_owned(), body));
        self
    }

    /// Every document: kind, identifier, body.
    pub fn documents(self) -> impl Iterator<Item = (Kind, String, Value)> {
        let groups = self.groups.into_iter().map(|id| {
            let body = json!({ "id": id, "name": id });
            (Kind::Group, id, body)
        });
        groups.chain(self.documents)
    }

    /// Writes the documents in one commit.
    pub(crate) async fn put_into(self, store: &Store, now: Timestamp) {
        let writes =
            self.documents().map(|(kind, id, body)| Write::Put { kind, id, expected: Expected::New, body }).collect();
        store.commit(writes, "test", now).await.unwrap();
    }
}
