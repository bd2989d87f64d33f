//! Makes, changes and removes accounts and groups as an identity provider says: one recorded act for each request.

use std::sync::Arc;

use sekisho_capability::{Attempts, Built};
use sekisho_model::documents::{DirectoryEntry, DirectoryKind, Kind, User, UserStatus};
use sekisho_model::{Actor, Timestamp, UserId};
use sekisho_policy_information::World;
use sekisho_rest::Condition;
use sekisho_store::{Expected, Write};
use serde::{Deserialize as _, Serialize};
use serde_json::{Map, Value, json};

use crate::acts::DIRECTORY_PROVISIONED;
use crate::directory::Ending;
use crate::entries::{self, Found, document_kind, place};
use crate::scim::{Identifier, ResourceType, ScimError, accept, patch};
use crate::{Directory, account, members, roles};

/// The attributes of an entry.
type Attributes = Map<String, Value>;

/// What a request makes of a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Edit<'a> {
    /// PUT: these attributes.
    Replace(&'a Attributes),
    /// PATCH: these operations.
    Patch(&'a Attributes),
}

/// The work of one request.
pub(crate) struct Provisioning<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) world: &'a Arc<World>,
    pub(crate) actor: Actor,
    pub(crate) now: Timestamp,
}

impl Provisioning<'_> {
    /// Makes a resource.
    pub(crate) async fn create(&self, of: &'static ResourceType, body: &Attributes) -> Result<Identifier, ScimError> {
        let mut attributes = accept(of, body)?;
        if of.kind == DirectoryKind::User {
            attributes.entry("active").or_insert(Value::Bool(true));
        }
        let name = new_name(of.kind, &attributes)?;
        if of.kind == DirectoryKind::Group {
            roles::refuse_group(self.world, name.as_str())?;
        }
        let number = self.directory.services.entropy.bytes::<8>().map_err(ScimError::failed)?;
        let id = Identifier { kind: of.kind, number: hex::encode(*number), name };
        let mut attempts = self.attempts(&id);
        loop {
            let built = self.built_new(&id, &attributes).await;
            if let Some(outcome) = attempts.settle(built).await {
                return outcome.map(|()| id);
            }
        }
    }

    async fn built_new(&self, id: &Identifier, attributes: &Attributes) -> Result<Built<()>, ScimError> {
        let (store, name) = (&self.directory.services.store, id.name.as_str());
        if store.get(document_kind(id.kind), name).await?.is_some() {
            let taken = match entries::entry(store, id.kind, name).await? {
                Some(_) => "is there already",
                None => "is there already and belongs to the administrators: they can hand it over to the directory",
            };
            return Err(ScimError::taken(format_args!("{} `{name}` {taken}", id.kind.name())));
        }
        let orphan = entries::entry(store, id.kind, name).await?.map(|(_, revision)| Expected::Revision(revision));
        let entry = DirectoryEntry {
            kind: id.kind,
            name: id.name.clone(),
            number: id.number.clone(),
            attributes: attributes.clone(),
            held: false,
            source: self.actor.to_string(),
            created_at: self.now,
            changed_at: self.now,
        };
        let mut writes = vec![put_entry(&entry, orphan.unwrap_or(Expected::New))?];
        match id.kind {
            DirectoryKind::User => {
                let user = account::made(id.name.clone().into(), attributes);
                writes.push(put(Kind::User, name, Expected::New, &user)?);
            }
            DirectoryKind::Group => {
                let display = attributes.get("displayName").and_then(Value::as_str).unwrap_or(name);
                let group = json!({ "id": name, "name": display, "groups": [] });
                writes.push(put(Kind::Group, name, Expected::New, &group)?);
                writes.extend(members::writes(store, name, &Attributes::new(), attributes).await?);
            }
        }
        Ok(Built { answer: (), detail: detail("created", &Attributes::new(), attributes), writes })
    }

    /// Changes a resource.
    pub(crate) async fn change(
        &self,
        of: &'static ResourceType,
        id: &str,
        edit: Edit<'_>,
        condition: &Condition,
    ) -> Result<(), ScimError> {
        let found = self.expected(of, id, condition).await?;
        let name = found.entry.name.clone();
        let mut attempts = self.attempts(&Identifier::of(&found.entry));
        let is_disabled = loop {
            let built = async {
                let found = self.expected(of, id, condition).await?;
                self.built_change(of, &found, edit).await
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                break outcome?;
            }
        };
        if is_disabled {
            self.end(&self.directory.endings.disabled, name.into()).await?;
        }
        Ok(())
    }

    /// The writes of a change, and whether it disables an account.
    async fn built_change(
        &self,
        of: &'static ResourceType,
        found: &Found,
        edit: Edit<'_>,
    ) -> Result<Built<bool>, ScimError> {
        let (before, name) = (&found.entry.attributes, found.entry.name.as_str());
        let after = edited(of, before, edit)?;
        let mut writes = Vec::new();
        let (mut held, mut is_disabled) = (found.entry.held, false);
        match of.kind {
            DirectoryKind::User => {
                refuse_rename(before, &after)?;
                let was = User::deserialize(&found.document.body).map_err(ScimError::failed)?;
                let (user, is_held) = account::changed(was.clone(), &found.entry, &after);
                (held, is_disabled) = (is_held, user.status == UserStatus::Disabled && was.status != user.status);
                if is_disabled {
                    roles::refuse_administrator(self.world, name)?;
                }
                if user != was {
                    writes.push(put(Kind::User, name, Expected::Revision(found.document.revision), &user)?);
                }
            }
            DirectoryKind::Group => {
                roles::refuse_group(self.world, name)?;
                let display = after.get("displayName");
                if display != before.get("displayName") {
                    let mut group = found.document.body.clone();
                    if let (Some(fields), Some(display)) = (group.as_object_mut(), display) {
                        fields.insert("name".to_owned(), display.clone());
                    }
                    writes.push(put(Kind::Group, name, Expected::Revision(found.document.revision), &group)?);
                }
                writes.extend(members::writes(&self.directory.services.store, name, before, &after).await?);
            }
        }
        let operation = if is_disabled { "disabled" } else { "changed" };
        let detail = detail(operation, before, &after);
        if after != *before || held != found.entry.held || !writes.is_empty() {
            let source = self.actor.to_string();
            let entry = DirectoryEntry { attributes: after, held, source, changed_at: self.now, ..found.entry.clone() };
            writes.push(put_entry(&entry, Expected::Revision(found.revision))?);
        }
        Ok(Built { answer: is_disabled, detail, writes })
    }

    /// Removes a resource, with everything by which its person could act.
    pub(crate) async fn remove(
        &self,
        of: &'static ResourceType,
        id: &str,
        condition: &Condition,
    ) -> Result<(), ScimError> {
        let found = self.expected(of, id, condition).await?;
        let name = found.entry.name.clone();
        let mut attempts = self.attempts(&Identifier::of(&found.entry));
        loop {
            let built = async {
                let found = self.expected(of, id, condition).await?;
                self.built_removal(&found).await
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                outcome?;
                break;
            }
        }
        match of.kind {
            // An account that is made later under the same name inherits nothing.
            DirectoryKind::User => self.end(&self.directory.endings.removed, name.into()).await,
            DirectoryKind::Group => Ok(()),
        }
    }

    async fn built_removal(&self, found: &Found) -> Result<Built<()>, ScimError> {
        let (store, entry) = (&self.directory.services.store, &found.entry);
        let name = entry.name.as_str();
        let mut writes = vec![
            Write::Delete {
                kind: document_kind(entry.kind),
                id: name.to_owned(),
                expected: Expected::Revision(found.document.revision),
            },
            Write::Delete {
                kind: Kind::DirectoryEntry,
                id: place(entry.kind, name),
                expected: Expected::Revision(found.revision),
            },
        ];
        match entry.kind {
            DirectoryKind::User => {
                roles::refuse_administrator(self.world, name)?;
                let user = User::deserialize(&found.document.body).map_err(ScimError::failed)?;
                writes.extend(members::without(store, &user, &Identifier::of(entry), self.now).await?);
            }
            DirectoryKind::Group => {
                roles::refuse_group(self.world, name)?;
                writes.extend(members::writes(store, name, &entry.attributes, &Attributes::new()).await?);
            }
        }
        Ok(Built { answer: (), detail: json!({ "operation": "removed" }), writes })
    }

    /// The resource, where it is as the request expects it.
    async fn expected(&self, of: &'static ResourceType, id: &str, condition: &Condition) -> Result<Found, ScimError> {
        let found = entries::find(&self.directory.services.store, of.kind, id).await?;
        let found = found.ok_or_else(|| not_found(of, id))?;
        condition.check(Some(found.version())).map_err(|problem| ScimError::from(&problem))?;
        Ok(found)
    }

    fn attempts(&self, id: &Identifier) -> Attempts {
        let target = format!("{}/{}", id.kind.name(), id.name);
        let changes = &self.directory.services.changes;
        changes.begin(self.actor.clone(), DIRECTORY_PROVISIONED.code, target).attempts(self.now)
    }

    /// Does what ends with the account.
    async fn end(&self, ending: &Ending, user: UserId) -> Result<(), ScimError> {
        ending(user, self.actor.clone(), self.now).await.map_err(ScimError::failed)
    }
}

/// That there is no such resource.
pub(crate) fn not_found(of: &ResourceType, id: &str) -> ScimError {
    ScimError::not_found(format_args!("there is no {} `{}`", of.name, id.escape_debug()))
}

/// The attributes after an edit.
fn edited(of: &'static ResourceType, before: &Attributes, edit: Edit<'_>) -> Result<Attributes, ScimError> {
    match edit {
        Edit::Patch(body) => accept(of, &patch(of, before, body)?),
        Edit::Replace(body) => {
            let mut after = accept(of, body)?;
            // A body that says nothing of it neither enables nor disables.
            if let Some(active) = before.get("active") {
                after.entry("active").or_insert_with(|| active.clone());
            }
            Ok(after)
        }
    }
}

/// The identifier of the account or group of a new entry.
fn new_name(kind: DirectoryKind, attributes: &Attributes) -> Result<sekisho_model::Name, ScimError> {
    let (attribute, text) = match kind {
        DirectoryKind::User => ("userName", text(attributes, "userName").to_lowercase()),
        DirectoryKind::Group => ("displayName", plain(text(attributes, "displayName"))),
    };
    text.parse().map_err(|_| {
        ScimError::value(format_args!(
            "`{attribute}` makes no identifier: it has 1 to 128 of a-z, 0-9, `.`, `_`, `@`, `-`, and starts with a letter or a digit"
        ))
    })
}

/// A display name as the identifier of a group: `Sales Team` is `sales-team`.
fn plain(display: &str) -> String {
    let is_kept = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '@' | '-');
    let words = display.split(|character| !is_kept(character)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

fn text<'a>(attributes: &'a Attributes, name: &str) -> &'a str {
    attributes.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn refuse_rename(before: &Attributes, after: &Attributes) -> Result<(), ScimError> {
    let name = |attributes: &Attributes| text(attributes, "userName").to_lowercase();
    if name(before) == name(after) {
        return Ok(());
    }
    Err(ScimError::wrong(
        "mutability",
        "`userName` is the identifier of the account and cannot change: make a new account",
    ))
}

/// What the record says of a change. It names attributes and holds no value.
fn detail(operation: &str, before: &Attributes, after: &Attributes) -> Value {
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed: Vec<_> = names.into_iter().filter(|name| before.get(*name) != after.get(*name)).collect();
    json!({ "operation": operation, "attributes": changed })
}

pub(crate) fn put_entry(entry: &DirectoryEntry, expected: Expected) -> Result<Write, ScimError> {
    put(Kind::DirectoryEntry, &place(entry.kind, entry.name.as_str()), expected, entry)
}

pub(crate) fn put(kind: Kind, id: &str, expected: Expected, body: &impl Serialize) -> Result<Write, ScimError> {
    let body = serde_json::to_value(body).map_err(ScimError::failed)?;
    Ok(Write::Put { kind, id: id.to_owned(), expected, body })
}
