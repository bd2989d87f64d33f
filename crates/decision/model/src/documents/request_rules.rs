//! What of requests passes to one application, where that differs from what passes to all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Action;
use crate::http_method::is_method;

/// The least and the most that `head_kilobytes` may be.
const HEAD_KILOBYTES: std::ops::RangeInclusive<u16> = 8..=256;
/// The most methods, and the most fields of each list.
const MOST_NAMES: usize = 64;

/// The table `requests` of a resource. Whatever it does not say is as for every application.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestRules {
    /// Further methods, each with what it is: `read`, `write` or `delete`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub methods: BTreeMap<String, Action>,
    /// How a field that asks for another method, such as `X-HTTP-Method-Override`, is treated.
    #[serde(default, skip_serializing_if = "MethodOverride::is_usual")]
    pub method_override: MethodOverride,
    /// Fields that the application does not get from clients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drop_fields: Vec<String>,
    /// Fields by which other gateways identify the requester, and which this application gets from clients all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pass_fields: Vec<String>,
    /// How `Domain` in the cookies that the application sets is treated.
    #[serde(default, skip_serializing_if = "CookieDomain::is_usual")]
    pub cookie_domain: CookieDomain,
    /// The longest head, in KiB; the gateway's setting when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_kilobytes: Option<u16>,
}

/// How a request with a field that asks the application to serve it as another method is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MethodOverride {
    /// It is decided as both methods, and passes when both are permitted.
    #[default]
    Decide,
    /// It is refused.
    Refuse,
}

/// How `Domain` in the cookies of an application is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CookieDomain {
    /// It is taken out: the cookie goes back to this application only.
    #[default]
    Remove,
    /// It stays, and other applications of the domain get the cookie.
    Keep,
}

impl MethodOverride {
    const fn is_usual(&self) -> bool {
        matches!(self, Self::Decide)
    }
}

impl CookieDomain {
    const fn is_usual(&self) -> bool {
        matches!(self, Self::Remove)
    }
}

impl RequestRules {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// The action that a method is for this application; `None` for one that nobody named.
    #[must_use]
    pub fn action_of(&self, method: &str) -> Option<Action> {
        Action::of_http_method(method).or_else(|| self.methods.get(method).copied())
    }

    /// The longest head in bytes, where the document says.
    #[must_use]
    pub fn head_limit(&self) -> Option<usize> {
        self.head_kilobytes.map(|kilobytes| usize::from(kilobytes) * 1024)
    }

    /// Whether everything in it can be carried out.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub(super) fn check(&self) -> Result<(), String> {
        for (method, action) in &self.methods {
            let said = method.escape_debug();
            if !is_method(method) {
                return Err(format!(
                    "`requests.methods`: `{said}` is no method: write capital letters, such as `BREW`"
                ));
            }
            if matches!(method.as_str(), "TRACE" | "CONNECT") {
                return Err(format!("`requests.methods`: `{said}` is never passed on"));
            }
            if Action::of_http_method(method).is_some() {
                return Err(format!("`requests.methods`: `{said}` is known already: leave it out"));
            }
            if !matches!(action, Action::Read | Action::Write | Action::Delete) {
                return Err(format!("`requests.methods`: `{said}`: write `read`, `write` or `delete`"));
            }
        }
        for name in self.drop_fields.iter().chain(&self.pass_fields) {
            if !is_field_name(name) {
                let said = name.escape_debug();
                return Err(format!(
                    "`requests`: `{said}` is no field: write its name in lower case, such as `x-team`"
                ));
            }
        }
        if [self.methods.len(), self.drop_fields.len(), self.pass_fields.len()].iter().any(|count| *count > MOST_NAMES)
        {
            return Err(format!("`requests` has more than {MOST_NAMES} names in one list"));
        }
        match self.head_kilobytes {
            Some(kilobytes) if !HEAD_KILOBYTES.contains(&kilobytes) => {
                let (least, most) = (HEAD_KILOBYTES.start(), HEAD_KILOBYTES.end());
                Err(format!("`requests.head_kilobytes`: {kilobytes} is out of range: write {least} to {most}"))
            }
            _ => Ok(()),
        }
    }
}

fn is_field_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: serde_json::Value) -> Result<RequestRules, String> {
        let rules: RequestRules = serde_json::from_value(value).map_err(|error| error.to_string())?;
        rules.check().map(|()| rules)
    }

    #[test]
    fn a_resource_names_methods_and_fields_and_they_come_back_as_written() {
        let written = json!({
            "methods": { "BREW": "write" },
            "method_override": "refuse",
            "drop_fields": ["x-team"],
            "pass_fields": ["remote-user"],
            "cookie_domain": "keep",
            "head_kilobytes": 64,
        });
        let rules = read(written.clone()).expect("rules");
        assert_eq!(serde_json::to_value(&rules).expect("a document"), written);
        assert_eq!((rules.action_of("BREW"), rules.action_of("PROPFIND")), (Some(Action::Write), Some(Action::Read)));
        assert_eq!(RequestRules::default().action_of("BREW"), None);
        assert_eq!((rules.head_limit(), RequestRules::default().head_limit()), (Some(65_536), None));
        assert!(read(json!({})).expect("rules").is_usual());
    }

    #[test]
    fn what_cannot_be_carried_out_is_named() {
        for (wrong, says) in [
            (json!({ "methods": { "brew": "write" } }), "is no method"),
            (json!({ "methods": { "TRACE": "read" } }), "never passed on"),
            (json!({ "methods": { "GET": "write" } }), "is known already"),
            (json!({ "methods": { "BREW": "connect" } }), "write `read`, `write` or `delete`"),
            (json!({ "drop_fields": ["X-Team"] }), "in lower case"),
            (json!({ "pass_fields": ["x_team"] }), "in lower case"),
            (json!({ "head_kilobytes": 4 }), "write 8 to 256"),
            (json!({ "cookie_domain": "drop" }), "unknown variant"),
            (json!({ "metods": {} }), "unknown field"),
        ] {
            let error = read(wrong.clone()).expect_err(says);
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }
}
