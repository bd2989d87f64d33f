//! To whom accounts and groups belong: handing them over to the directory, taking them back, and where the two sides differ.

use std::sync::Arc;

use sekisho_capability::{ActSpec, Built};
use sekisho_model::documents::{DirectoryEntry, DirectoryKind, Group, Kind, User, UserStatus};
use sekisho_model::{Actor, Name, Timestamp};
use sekisho_policy_information::World;
use sekisho_store::{Expected, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::acts::{DIRECTORY_HANDED_OVER, DIRECTORY_RELEASED};
use crate::entries::{self, document_kind, place};
use crate::provisioning::put_entry;
use crate::scim::{Identifier, ScimError};
use crate::{Directory, account, roles};

/// How an account differs from what the identity provider says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) enum Difference {
    /// It says that the account may be used; an administrator disabled it.
    #[serde(rename = "disabled-here")]
    Disabled,
    /// It says that the account may not be used; an administrator enabled it.
    #[serde(rename = "enabled-here")]
    Enabled,
    /// The account or group was removed here.
    #[serde(rename = "removed-here")]
    Removed,
}

/// What the directory holds of one account or group.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// `user` or `group`.
    pub(crate) kind: &'static str,
    /// The identifier of the account or group.
    pub(crate) name: String,
    /// What pages call it.
    pub(crate) display: String,
    /// The identifier by the protocol.
    pub(crate) id: String,
    /// The identifier that the identity provider gave it.
    pub(crate) external_id: Option<String>,
    /// Who supplied it last.
    pub(crate) source: String,
    /// When it was last supplied.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) changed_at: Timestamp,
    /// How it differs from what the identity provider says.
    pub(crate) difference: Option<Difference>,
}

/// The acts on who owns what.
pub(crate) struct Ownership<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) world: &'a Arc<World>,
    pub(crate) actor: Actor,
    pub(crate) now: Timestamp,
}

impl Ownership<'_> {
    /// Hands an account or group over to the directory, as it is.
    pub(crate) async fn hand_over(&self, kind: DirectoryKind, name: &Name) -> Result<(), ScimError> {
        match kind {
            DirectoryKind::User => roles::refuse_administrator(self.world, name.as_str())?,
            DirectoryKind::Group => roles::refuse_group(self.world, name.as_str())?,
        }
        self.act(&DIRECTORY_HANDED_OVER, kind, name).await
    }

    async fn handed_over(&self, kind: DirectoryKind, name: &Name) -> Result<Vec<Write>, ScimError> {
        let store = &self.directory.services.store;
        let document = store.get(document_kind(kind), name.as_str()).await?;
        let document = document.ok_or_else(|| missing(kind, name))?;
        if entries::entry(store, kind, name.as_str()).await?.is_some() {
            return Ok(Vec::new());
        }
        let attributes = match kind {
            DirectoryKind::User => {
                let user = User::deserialize(&document.body).map_err(ScimError::failed)?;
                json!({ "userName": name, "displayName": user.name, "active": user.status == UserStatus::Active })
            }
            DirectoryKind::Group => {
                let group = Group::deserialize(&document.body).map_err(ScimError::failed)?;
                json!({ "displayName": group.name })
            }
        };
        let number = self.directory.services.entropy.bytes::<8>().map_err(ScimError::failed)?;
        let entry = DirectoryEntry {
            kind,
            name: name.clone(),
            number: hex::encode(*number),
            attributes: attributes.as_object().cloned().unwrap_or_default(),
            held: false,
            source: self.actor.to_string(),
            created_at: self.now,
            changed_at: self.now,
        };
        let unchanged = Write::Unchanged { kind: document.kind, id: document.id, revision: document.revision };
        Ok(vec![unchanged, put_entry(&entry, Expected::New)?])
    }

    /// Takes an account or group back: it stays as it is, and the identity provider no longer finds it.
    pub(crate) async fn release(&self, kind: DirectoryKind, name: &Name) -> Result<(), ScimError> {
        self.act(&DIRECTORY_RELEASED, kind, name).await
    }

    async fn released(&self, kind: DirectoryKind, name: &Name) -> Result<Vec<Write>, ScimError> {
        let found = entries::entry(&self.directory.services.store, kind, name.as_str()).await?;
        let (_, revision) = found.ok_or_else(|| missing(kind, name))?;
        let expected = Expected::Revision(revision);
        Ok(vec![Write::Delete { kind: Kind::DirectoryEntry, id: place(kind, name.as_str()), expected }])
    }

    async fn act(&self, act: &ActSpec, kind: DirectoryKind, name: &Name) -> Result<(), ScimError> {
        let changes = &self.directory.services.changes;
        let begun = changes.begin(self.actor.clone(), act.code, format!("{}/{name}", kind.name()));
        let mut attempts = begun.attempts(self.now);
        loop {
            let writes = if *act == DIRECTORY_RELEASED {
                self.released(kind, name).await
            } else {
                self.handed_over(kind, name).await
            };
            if let Some(outcome) = attempts.settle(writes.map(|writes| Built::new((), writes))).await {
                return outcome;
            }
        }
    }
}

fn missing(kind: DirectoryKind, name: &Name) -> ScimError {
    ScimError::not_found(format_args!("there is no {} `{name}` here", kind.name()))
}

impl Directory {
    /// What the directory holds of a kind, by name.
    pub(crate) async fn views(&self, kind: DirectoryKind) -> Result<Vec<EntryView>, ScimError> {
        let mut views = Vec::new();
        for entry in entries::all(&self.services.store, kind).await? {
            views.push(self.view(entry).await?);
        }
        Ok(views)
    }

    async fn view(&self, entry: DirectoryEntry) -> Result<EntryView, ScimError> {
        let found = entries::named(&self.services.store, entry.kind, entry.name.as_str()).await?;
        let text = |name: &str| entry.attributes.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(EntryView {
            kind: entry.kind.name(),
            display: found.as_ref().map_or_else(|| entry.name.to_string(), crate::scim::display),
            id: Identifier::of(&entry).to_string(),
            external_id: text("externalId"),
            difference: match &found {
                None => Some(Difference::Removed),
                Some(found) => difference(&entry.attributes, &found.document.body),
            },
            name: entry.name.to_string(),
            source: entry.source,
            changed_at: entry.changed_at,
        })
    }
}

fn difference(attributes: &Map<String, Value>, body: &Value) -> Option<Difference> {
    let is_disabled = body.get("status").and_then(Value::as_str) == Some(UserStatus::Disabled.name());
    match (account::active(attributes)?, is_disabled) {
        (true, true) => Some(Difference::Disabled),
        (false, false) if body.get("status").is_some() => Some(Difference::Enabled),
        _ => None,
    }
}
