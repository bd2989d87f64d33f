//! API documents: what OpenAPI says of the API behind a resource.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::ResourceId;

/// What the API behind a resource is: only what its document describes reaches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiDocument {
    /// The resource. A resource has one API document at most.
    pub id: ResourceId,
    /// The document: OpenAPI 3.0 or 3.1, in YAML or JSON; a table is kept as JSON.
    #[serde(deserialize_with = "text_or_table")]
    pub document: String,
    /// The largest body of a request, in bytes.
    #[serde(default = "usual_limit")]
    pub body_limit: u64,
}

/// The largest document, in bytes.
const LARGEST: usize = 512 * 1024;
/// The largest limit, in bytes.
const MOST: u64 = 8 * 1024 * 1024;

const fn usual_limit() -> u64 {
    1024 * 1024
}

fn text_or_table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        table @ Value::Object(_) => Ok(table.to_string()),
        _ => Err(D::Error::custom("write an OpenAPI document as a text or a table")),
    }
}

impl ApiDocument {
    /// Checks what the types do not. Whether the document can be enforced is seen where it is folded into the World.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.document.is_empty() || self.document.len() > LARGEST {
            return Err(format!("`document`: write an OpenAPI document of at most {LARGEST} bytes"));
        }
        if self.body_limit == 0 || self.body_limit > MOST {
            return Err(format!("`body_limit`: write 1 to {MOST} bytes"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::documents::Kind;

    #[test]
    fn the_limit_is_written_out_and_bounded() {
        let written = |body| Kind::ApiDocument.normalise(&body);
        assert_eq!(written(json!({ "id": "orders", "document": "x" })).expect("a document")["body_limit"], 1_048_576);
        for bad in [json!(0), json!(8 * 1024 * 1024 + 1), json!("1 MiB")] {
            assert!(written(json!({ "id": "orders", "document": "x", "body_limit": bad })).is_err());
        }
        let table = written(json!({ "id": "orders", "document": { "openapi": "3.1.0" } })).expect("a document");
        assert_eq!(table["document"], "{\"openapi\":\"3.1.0\"}");
        assert!(written(json!({ "id": "orders", "document": 3 })).is_err());
        assert!(written(json!({ "id": "orders", "document": "" })).is_err());
        assert!(written(json!({ "id": "orders", "document": "x".repeat(512 * 1024 + 1) })).is_err());
    }
}
