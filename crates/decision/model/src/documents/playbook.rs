//! Playbooks: what is done by itself, or proposed, when a signal is raised.

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};

use super::bounded::bounded;
use super::threat_feed::is_safe;
use crate::{DeviceId, GroupId, Name, Span, Text, UserId};

/// What follows when a signal of one name is raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// The playbook's identifier, at most 64 bytes long.
    pub id: Name,
    /// The name that people see.
    pub name: Text,
    /// The name of the signal that begins it: `password-spray`, `impossible-travel`, …
    pub trigger: Name,
    /// A condition in Cedar about the person, in a policy the text between `when {` and `}`. Without one every such signal begins it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Whether it acts by itself.
    #[serde(default)]
    pub mode: PlaybookMode,
    /// What is done, in this order; each once.
    pub actions: Vec<ResponseAction>,
    /// How long what it does lasts, `1m` to `30d`. What has an inverse is then undone.
    #[serde(default = "hour", deserialize_with = "lasting")]
    pub lasts: Span,
    /// How much it adds to the risk of the person where it does that, 1 to 100.
    #[serde(default = "half", deserialize_with = "bounded::<_, 1, 100>")]
    pub weight: u8,
    /// Where a message is sent, where it does that: `https`, or `http` on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// How many people the automatic responses of all playbooks touch within `window`, at the most, while this one acts by itself: 1 to
    /// 1000. Beyond it proposes.
    #[serde(default = "few", deserialize_with = "people")]
    pub people: u32,
    /// The time over which people are counted, `1m` to `7d`.
    #[serde(default = "hour", deserialize_with = "window")]
    pub window: Span,
    /// People whom no playbook touches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<UserId>,
    /// Groups whose members no playbook touches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never_groups: Vec<GroupId>,
    /// Devices that no playbook touches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never_devices: Vec<DeviceId>,
    /// Networks of which no playbook blocks an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never_networks: Vec<IpNet>,
}

/// Whether a playbook acts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaybookMode {
    /// It proposes, and somebody approves.
    #[default]
    Propose,
    /// It acts by itself, up to its limit.
    Automatic,
}

/// What a response can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResponseAction {
    /// End every session of the person.
    EndSessions,
    /// Raise the risk of the person, so that policies ask for a stronger sign-in or refuse.
    RaiseRisk,
    /// Disable the account.
    DisableAccount,
    /// Give the person's devices, or the device that the signal is about, the highest risk.
    IsolateDevice,
    /// Make the address that the finding names a threat.
    BlockAddress,
    /// Revoke every API token of the person.
    RevokeTokens,
    /// Send a signed message.
    SendWebhook,
}

impl ResponseAction {
    /// Every action.
    pub const ALL: [Self; 7] = [
        Self::EndSessions,
        Self::RaiseRisk,
        Self::DisableAccount,
        Self::IsolateDevice,
        Self::BlockAddress,
        Self::RevokeTokens,
        Self::SendWebhook,
    ];

    /// Its name, as documents write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EndSessions => "end-sessions",
            Self::RaiseRisk => "raise-risk",
            Self::DisableAccount => "disable-account",
            Self::IsolateDevice => "isolate-device",
            Self::BlockAddress => "block-address",
            Self::RevokeTokens => "revoke-tokens",
            Self::SendWebhook => "send-webhook",
        }
    }
}

impl Playbook {
    /// The longest identifier, in bytes: identifiers of responses are made of it.
    const LONGEST_ID: usize = 64;
    /// The longest condition, in bytes.
    const LONGEST_CONDITION: usize = 4096;
    /// The most entries of each list of what is never touched.
    const MOST: usize = 1000;

    pub(super) fn check(&self) -> Result<(), String> {
        let wrong = |text: String| Err(text);
        if self.id.as_str().len() > Self::LONGEST_ID || self.trigger.as_str().len() > Self::LONGEST_ID {
            return wrong(format!("`id` and `trigger`: write at most {} bytes", Self::LONGEST_ID));
        }
        if self.when.as_ref().is_some_and(|when| when.len() > Self::LONGEST_CONDITION || when.trim().is_empty()) {
            return wrong(format!("`when`: write a condition of at most {} bytes, or none", Self::LONGEST_CONDITION));
        }
        let mut actions = self.actions.clone();
        actions.sort_unstable();
        actions.dedup();
        if actions.is_empty() || actions.len() != self.actions.len() {
            return wrong("`actions`: name at least one action, and each once".to_owned());
        }
        if self.actions.contains(&ResponseAction::SendWebhook) != self.webhook.is_some() {
            return wrong("`webhook`: write an address exactly where `send-webhook` is among the actions".to_owned());
        }
        if self.webhook.as_deref().is_some_and(|url| !is_safe(url)) {
            return wrong("`webhook`: write an https address without user name".to_owned());
        }
        let lists = [self.never.len(), self.never_groups.len(), self.never_devices.len(), self.never_networks.len()];
        if lists.into_iter().any(|count| count > Self::MOST) {
            return wrong(format!("write at most {} entries in each list of what is never touched", Self::MOST));
        }
        Ok(())
    }
}

const fn hour() -> Span {
    Span::from_minutes(60)
}

const fn half() -> u8 {
    50
}

const fn few() -> u32 {
    5
}

fn people<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let people = u32::deserialize(deserializer)?;
    match people {
        1..=1000 => Ok(people),
        _ => Err(serde::de::Error::custom("write a number of people from 1 to 1000")),
    }
}

fn lasting<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    span(deserializer, 2_592_000, "write a length of time from `1m` to `30d`")
}

fn window<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    span(deserializer, 604_800, "write a length of time from `1m` to `7d`")
}

fn span<'de, D: Deserializer<'de>>(deserializer: D, longest: i64, wrong: &str) -> Result<Span, D::Error> {
    let span = Span::deserialize(deserializer)?;
    if (60..=longest).contains(&span.as_seconds()) { Ok(span) } else { Err(serde::de::Error::custom(wrong)) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::documents::Kind;

    fn playbook(field: &str, value: Value) -> Result<Value, String> {
        let mut body = json!({ "id": "p", "name": "P", "trigger": "password-spray", "actions": ["end-sessions"] });
        body[field] = value;
        Kind::Playbook.normalise(&body)
    }

    #[test]
    fn the_least_a_playbook_says_proposes_and_touches_few() {
        let written = playbook("id", json!("p")).expect("a playbook");
        assert_eq!(
            (&written["mode"], &written["people"], &written["window"]),
            (&json!("propose"), &json!(5), &json!("1h"))
        );
    }

    #[test]
    fn what_has_no_bound_or_no_meaning_is_refused() {
        for (field, value) in [
            ("actions", json!([])),
            ("actions", json!(["end-sessions", "end-sessions"])),
            ("actions", json!(["delete-account"])),
            ("actions", json!(["send-webhook"])),
            ("webhook", json!("https://hooks.example.jp/")),
            ("when", json!(" ")),
            ("when", json!("x".repeat(4097))),
            ("lasts", json!("59s")),
            ("lasts", json!("31d")),
            ("window", json!("8d")),
            ("people", json!(0)),
            ("people", json!(1001)),
            ("weight", json!(0)),
            ("mode", json!("at-once")),
            ("trigger", json!("")),
            ("colour", json!("red")),
        ] {
            assert!(playbook(field, value.clone()).is_err(), "{field} {value}");
        }
    }

    #[test]
    fn a_message_goes_where_nobody_on_the_way_reads_it() {
        for (url, is_good) in [
            ("https://hooks.example.jp/a", true),
            ("http://127.0.0.1:9000/", true),
            ("http://hooks.example.jp/", false),
            ("https://user@hooks.example.jp/", false),
        ] {
            let body = json!({ "id": "p", "name": "P", "trigger": "t", "actions": ["send-webhook"], "webhook": url });
            assert_eq!(Kind::Playbook.normalise(&body).is_ok(), is_good, "{url}");
        }
    }
}
