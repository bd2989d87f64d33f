//! The members of groups: the list that the identity provider supplies, and the groups that each account is in.

use std::collections::BTreeSet;

use sekisho_model::documents::{DirectoryEntry, DirectoryKind, Kind, User};
use sekisho_model::{GroupId, Timestamp};
use sekisho_store::{Expected, Store, Write};
use serde::Deserialize as _;
use serde_json::{Map, Value};

use crate::entries;
use crate::provisioning::{put, put_entry};
use crate::scim::{Identifier, ScimError};

/// The writes to the accounts that join or leave a group.
pub(crate) async fn writes(
    store: &Store,
    group: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<Vec<Write>, ScimError> {
    let group: GroupId = group.parse().map_err(ScimError::failed)?;
    let (before, after) = (ids(before), ids(after));
    let mut writes = Vec::new();
    for id in after.difference(&before) {
        let found = entries::find(store, DirectoryKind::User, id).await?;
        let found = found.ok_or_else(|| ScimError::value(format_args!("there is no User `{}`", id.escape_debug())))?;
        let mut user = User::deserialize(&found.document.body).map_err(ScimError::failed)?;
        if !user.groups.contains(&group) {
            user.groups.push(group.clone());
            writes.push(put(Kind::User, user.id.as_str(), Expected::Revision(found.document.revision), &user)?);
        }
    }
    for id in before.difference(&after) {
        // One that is gone by now is in no group.
        let Some(found) = entries::find(store, DirectoryKind::User, id).await? else { continue };
        let mut user = User::deserialize(&found.document.body).map_err(ScimError::failed)?;
        if user.groups.contains(&group) {
            user.groups.retain(|other| *other != group);
            writes.push(put(Kind::User, user.id.as_str(), Expected::Revision(found.document.revision), &user)?);
        }
    }
    Ok(writes)
}

/// The writes to the groups of an account that goes.
pub(crate) async fn without(
    store: &Store,
    user: &User,
    id: &Identifier,
    now: Timestamp,
) -> Result<Vec<Write>, ScimError> {
    let id = id.to_string();
    let mut writes = Vec::new();
    for group in user.groups.iter().collect::<BTreeSet<_>>() {
        let Some((mut entry, revision)) = entries::entry(store, DirectoryKind::Group, group.as_str()).await? else {
            continue;
        };
        let Some(Value::Array(members)) = entry.attributes.get_mut("members") else { continue };
        members.retain(|member| member.get("value").and_then(Value::as_str) != Some(&id));
        if members.is_empty() {
            entry.attributes.remove("members");
        }
        let entry = DirectoryEntry { changed_at: now, ..entry };
        writes.push(put_entry(&entry, Expected::Revision(revision))?);
    }
    Ok(writes)
}

fn ids(attributes: &Map<String, Value>) -> BTreeSet<String> {
    let members = attributes.get("members").and_then(Value::as_array);
    let id = |member: &Value| member.get("value").and_then(Value::as_str).map(str::to_owned);
    members.into_iter().flatten().filter_map(id).collect()
}
