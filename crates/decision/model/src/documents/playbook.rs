//! Playbooks: what is done by itself, or proposed, when a signal is raised.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::threat_feed::{hour, is_safe};
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
    /// A condition in Cedar: what stands between `when {` and `}`. Without one every such signal begins it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Whether it acts by itself.
    #[serde(default)]
    pub mode: PlaybookMode,
    /// What is done, in this order; each once.
    pub actions: Vec<ResponseAction>,
    /// How long what it does lasts, `1m` to `30d`. What has an inverse is then undone.
    #[serde(default = "hour")]
    pub lasts: Span,
    /// How much it adds to the risk of the person where it does that, 1 to 100.
    #[serde(default = "half")]
    pub weight: u8,
    /// Where a message is sent, where it does that: `https`, or `http` on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// How many people the automatic responses of all playbooks touch within `window`, at the most: 1 to 1000.
    #[serde(default = "few")]
    pub people: u32,
    /// The time over which people are counted, `1m` to `7d`.
    #[serde(default = "hour")]
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

impl Playbook {
    /// Checks what the types do not.
    pub(super) fn check(&self) -> Result<(), String> {
        let is_bounded = |when: &String| when.len() <= 4096 && !when.trim().is_empty();
        let is_within = |span: Span, longest| (60..=longest).contains(&span.as_seconds());
        let is_once = |action| self.actions.iter().filter(|other| *other == action).count() == 1;
        let sends = self.actions.contains(&ResponseAction::SendWebhook);
        let lists = [self.never.len(), self.never_groups.len(), self.never_devices.len(), self.never_networks.len()];
        let rules = [
            (self.id.as_str().len().max(self.trigger.as_str().len()) <= 64, "`id`, `trigger`: write at most 64 bytes"),
            (self.when.as_ref().is_none_or(is_bounded), "`when`: write a condition of at most 4096 bytes, or none"),
            (!self.actions.is_empty() && self.actions.iter().all(is_once), "`actions`: name one or more, each once"),
            (is_within(self.lasts, 2_592_000), "`lasts`: write a length of time from `1m` to `30d`"),
            (is_within(self.window, 604_800), "`window`: write a length of time from `1m` to `7d`"),
            ((1..=100).contains(&self.weight), "`weight`: write a number from 1 to 100"),
            ((1..=1000).contains(&self.people), "`people`: write a number from 1 to 1000"),
            (sends == self.webhook.is_some(), "`webhook`: write one exactly with `send-webhook`"),
            (self.webhook.as_deref().is_none_or(is_safe), "`webhook`: write an https address without user name"),
            (lists.into_iter().all(|count| count <= 1000), "write at most 1000 entries of what is never touched"),
        ];
        rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, wrong)| Err((*wrong).to_owned()))
    }
}

const fn half() -> u8 {
    50
}

const fn few() -> u32 {
    5
}
