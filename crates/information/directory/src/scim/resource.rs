//! A resource as it is shown: what the identity provider supplied, how the account stands here, and the links.

use sekisho_model::Timestamp;
use sekisho_model::documents::{DirectoryKind, User, UserStatus};
use sekisho_store::Store;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::Identifier;
use super::error::ScimError;
use super::projection::Projection;
use super::schema::{ENTERPRISE_SCHEMA, GROUPS, ResourceType, USERS};
use crate::entries::{self, Found};

/// The entity tag of a version.
pub(crate) fn tag(version: u64) -> String {
    format!("W/\"{version}\"")
}

/// The type of resource of a kind.
pub(crate) const fn resource_type(kind: DirectoryKind) -> &'static ResourceType {
    match kind {
        DirectoryKind::User => USERS,
        DirectoryKind::Group => GROUPS,
    }
}

/// Shows a resource. `base` is the address of the server.
pub(crate) async fn shown(
    store: &Store,
    base: &str,
    found: &Found,
    projection: &Projection,
) -> Result<Value, ScimError> {
    let (entry, of) = (&found.entry, resource_type(found.entry.kind));
    let mut fields = entry.attributes.clone();
    match entry.kind {
        DirectoryKind::User => {
            let user = User::deserialize(&found.document.body).map_err(ScimError::failed)?;
            if fields.contains_key("active") {
                // What is in force here, not what the identity provider wishes.
                fields.insert("active".to_owned(), (user.status == UserStatus::Active).into());
            }
            if projection.has("groups") {
                let groups = groups(store, base, &user).await?;
                if !groups.is_empty() {
                    fields.insert("groups".to_owned(), Value::Array(groups));
                }
            }
        }
        DirectoryKind::Group => {
            if let Some(Value::Array(members)) = fields.get_mut("members") {
                members.iter_mut().for_each(|member| complete(member, base));
            }
        }
    }
    let id = Identifier::of(entry).to_string();
    let location = format!("{base}{}/{id}", of.endpoint);
    let extension = fields.contains_key(ENTERPRISE_SCHEMA).then_some(ENTERPRISE_SCHEMA);
    let schemas: Vec<&str> = std::iter::once(of.schema).chain(extension).collect();
    fields.insert("schemas".to_owned(), json!(schemas));
    fields.insert("id".to_owned(), id.into());
    let changed = entry.changed_at.max(found.document.at);
    fields.insert("meta".to_owned(), meta(of, entry.created_at, changed, &location, found.version()));
    Ok(projection.of(of, Value::Object(fields)))
}

fn meta(of: &ResourceType, created: Timestamp, changed: Timestamp, location: &str, version: u64) -> Value {
    json!({
        "resourceType": of.name,
        "created": created.to_string(),
        "lastModified": changed.to_string(),
        "location": location,
        "version": tag(version),
    })
}

fn complete(member: &mut Value, base: &str) {
    let Some(fields) = member.as_object_mut() else { return };
    let Some(id) = fields.get("value").and_then(Value::as_str) else { return };
    let address = format!("{base}{}/{id}", USERS.endpoint);
    fields.insert("$ref".to_owned(), address.into());
    fields.insert("type".to_owned(), USERS.name.into());
}

/// The groups of an account that the identity provider supplied too.
async fn groups(store: &Store, base: &str, user: &User) -> Result<Vec<Value>, ScimError> {
    let mut groups = Vec::new();
    for group in &user.groups {
        let Some((entry, _)) = entries::entry(store, DirectoryKind::Group, group.as_str()).await? else { continue };
        let id = Identifier::of(&entry).to_string();
        let mut fields = Map::new();
        fields.insert("$ref".to_owned(), format!("{base}{}/{id}", GROUPS.endpoint).into());
        fields.insert("value".to_owned(), id.into());
        if let Some(name) = entry.attributes.get("displayName") {
            fields.insert("display".to_owned(), name.clone());
        }
        groups.push(Value::Object(fields));
    }
    Ok(groups)
}

/// The name of the group in pages: that of its document may have been changed here.
pub(crate) fn display(found: &Found) -> String {
    let name = found.document.body.get("name").and_then(Value::as_str);
    name.unwrap_or(&found.document.id).to_owned()
}
