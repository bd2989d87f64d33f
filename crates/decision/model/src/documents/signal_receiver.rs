//! Receivers: other systems that are told when a session ends here.

use serde::{Deserialize, Serialize};

use super::threat_feed::is_safe;
use crate::Name;

/// A system to which signed events are pushed (RFC 8935).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalReceiver {
    /// The receiver's identifier, at most 64 bytes long.
    pub id: Name,
    /// Whether events are sent to it.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Where events are pushed to: `https`, or `http` on this machine.
    pub url: String,
    /// As whom the receiver knows itself: what `aud` names.
    pub audience: String,
    /// What the subject of an event is.
    #[serde(default)]
    pub subject: SignalSubject,
}

/// What the subject of an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalSubject {
    /// The platform as issuer, and the account's identifier.
    #[default]
    Account,
    /// The mail address of the account. Of an account without one nothing is sent.
    Email,
}

impl SignalReceiver {
    /// Checks what the types do not.
    pub(super) fn check(&self) -> Result<(), String> {
        let is_audience = |text: &str| (1..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        let rules = [
            (self.id.as_str().len() <= 64, "`id`: write at most 64 bytes"),
            (is_safe(&self.url), "`url`: write an https address without user name"),
            (is_audience(&self.audience), "`audience`: write the name that the receiver has for itself, at most 512 bytes"),
        ];
        rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, wrong)| Err((*wrong).to_owned()))
    }
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::documents::Kind;

    fn receiver(field: &str, value: Value) -> Result<Value, String> {
        let mut body = json!({ "id": "app", "url": "https://app.example.jp/events", "audience": "https://app.example.jp" });
        body[field] = value;
        Kind::SignalReceiver.normalise(&body)
    }

    #[test]
    fn a_receiver_is_told_where_nobody_on_the_way_listens() {
        assert_eq!(receiver("enabled", json!(true)).expect("a receiver")["subject"], "account");
        assert!(receiver("url", json!("http://127.0.0.1:8080/events")).is_ok());
        for (field, value) in [
            ("url", json!("http://app.example.jp/events")),
            ("url", json!("https://user@app.example.jp/")),
            ("audience", json!("")),
            ("audience", json!("a b")),
            ("subject", json!("phone")),
            ("secret", json!("x")),
        ] {
            assert!(receiver(field, value.clone()).is_err(), "{field} {value}");
        }
    }
}
