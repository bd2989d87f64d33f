//! Labels: what data is, how sensitive that is, and by what it is recognised.

use serde::{Deserialize, Serialize};

use super::bounded::bounded;
use crate::{DataKind, Name, ResourceId, Text, UserId};

/// A label of data: payroll, personal data, public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The label's identifier.
    pub id: Name,
    /// The name that people see.
    pub name: Text,
    /// What is labelled so.
    #[serde(default)]
    pub description: Text,
    /// The wider label that it belongs to. It is at least as sensitive as that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Name>,
    /// How sensitive data with this label is, 0 (public) to 4.
    #[serde(deserialize_with = "bounded::<_, 0, 4>")]
    pub sensitivity: u8,
    /// The person responsible for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// Resources that carry it by rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceId>,
    /// Data carries it where a scan finds values of one of these kinds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finds: Vec<DataKind>,
    /// How many values of one kind a scan must find.
    #[serde(default = "one")]
    pub at_least: u32,
}

const fn one() -> u32 {
    1
}

impl Label {
    /// Checks what the types do not.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.at_least == 0 {
            return Err("`at_least`: write 1 or more".to_owned());
        }
        if self.parent.as_ref() == Some(&self.id) {
            return Err("`parent`: a label does not belong to itself".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::documents::Kind;

    #[test]
    fn what_means_nothing_is_refused() {
        for (field, value) in [
            ("sensitivity", json!(5)),
            ("at_least", json!(0)),
            ("parent", json!("a")),
            ("finds", json!(["passport"])),
            ("colour", json!("red")),
        ] {
            let mut body = json!({ "id": "a", "name": { "en": "A" }, "sensitivity": 1 });
            assert!(Kind::Label.normalise(&body).is_ok());
            body[field] = value;
            assert!(Kind::Label.normalise(&body).is_err(), "{field}");
        }
    }
}
