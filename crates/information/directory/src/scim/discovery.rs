//! What the server says of itself: `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas` (RFC 7643, 5 to 7).

use serde_json::{Value, json};

use super::schema::{Attribute, ENTERPRISE_SCHEMA, GROUPS, Mutability, ResourceType, Type, USERS};

/// The most resources of one answer.
pub(crate) const MOST_RESULTS: usize = 500;

/// `/ServiceProviderConfig`.
pub(crate) fn configuration(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MOST_RESULTS },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "API token",
            "description": "An API token of an account in the group provisioners",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

/// Every entry of `/ResourceTypes`.
pub(crate) fn resource_types(base: &str) -> Vec<Value> {
    let one = |of: &ResourceType| {
        let extensions = of.extension.map(|(schema, _)| json!({ "schema": schema, "required": false }));
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": of.name,
            "name": of.name,
            "endpoint": of.endpoint,
            "description": of.description,
            "schema": of.schema,
            "schemaExtensions": extensions.into_iter().collect::<Vec<_>>(),
            "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", of.name) },
        })
    };
    vec![one(USERS), one(GROUPS)]
}

/// Every entry of `/Schemas`.
pub(crate) fn schemas(base: &str) -> Vec<Value> {
    let one = |id: &str, name: &str, description: &str, attributes: &[Attribute]| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": id,
            "name": name,
            "description": description,
            "attributes": attributes.iter().map(attribute).collect::<Vec<_>>(),
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
        })
    };
    let extension = USERS.extension.map_or(&[][..], |(_, attributes)| attributes);
    vec![
        one(USERS.schema, USERS.name, USERS.description, USERS.attributes),
        one(ENTERPRISE_SCHEMA, "EnterpriseUser", "What organisations know of their people", extension),
        one(GROUPS.schema, GROUPS.name, GROUPS.description, GROUPS.attributes),
    ]
}

fn attribute(of: &Attribute) -> Value {
    let mut described = json!({
        "name": of.name,
        "type": match of.kind {
            Type::Text => "string",
            Type::Truth => "boolean",
            Type::Reference => "reference",
            Type::Complex => "complex",
        },
        "description": of.description,
        "multiValued": of.is_many,
        "required": of.is_required,
        "mutability": match of.mutability {
            Mutability::ReadWrite => "readWrite",
            Mutability::ReadOnly => "readOnly",
            Mutability::Immutable => "immutable",
        },
        "returned": "default",
    });
    let Some(fields) = described.as_object_mut() else { return described };
    if of.kind == Type::Complex {
        fields.insert("subAttributes".to_owned(), of.parts.iter().map(attribute).collect());
    } else {
        fields.insert("uniqueness".to_owned(), if of.is_unique { "server" } else { "none" }.into());
    }
    if matches!(of.kind, Type::Text | Type::Reference) {
        fields.insert("caseExact".to_owned(), of.is_exact.into());
    }
    if !of.canonical.is_empty() {
        fields.insert("canonicalValues".to_owned(), of.canonical.into());
    }
    if !of.references.is_empty() {
        fields.insert("referenceTypes".to_owned(), of.references.into());
    }
    described
}
