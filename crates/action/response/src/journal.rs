//! The journal: one document for each response, written before anything is done, and again before and after each step.

use std::net::IpAddr;

use sekisho_model::documents::{Kind, Playbook, ResponseAction};
use sekisho_model::{DeviceId, Name, SignalId, Span, Timestamp, UserId};
use sekisho_store::{Document, Expected, Write};
use serde::{Deserialize, Serialize};

use crate::failure::ResponseError;

/// A response: what one playbook does or proposes because of one signal. Everything that it needs is in it, so that a playbook which
/// changes meanwhile changes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// Its identifier: it follows from playbook and signal, so that the same signal begins no second one.
    pub id: String,
    /// The playbook.
    pub playbook: Name,
    /// The name of the signal.
    pub trigger: Name,
    /// The signal.
    pub signal: SignalId,
    /// The person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The devices that it isolates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceId>,
    /// The address that the finding names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// When it was written first.
    pub at: Timestamp,
    /// Whether it began by itself.
    pub is_automatic: bool,
    /// How long what it does lasts.
    pub lasts: Span,
    /// How much it adds to the risk of the person.
    pub weight: u8,
    /// Where a message is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// Whom it reaches.
    pub reach: Reach,
    /// How it stands.
    pub state: State,
}

/// Whom a response reaches, counted before it begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reach {
    /// People.
    pub people: usize,
    /// Live sessions of them.
    pub sessions: usize,
    /// Devices.
    pub devices: usize,
    /// API tokens that they own.
    pub tokens: usize,
}

/// One action of a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is done.
    pub action: ResponseAction,
    /// How it stands.
    pub state: StepState,
    /// Whether the account was active before it was disabled: only then it is enabled again.
    #[serde(default)]
    pub was_active: bool,
    /// How often it was tried, where it may fail and be tried again.
    #[serde(default)]
    pub attempts: u8,
    /// When it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Timestamp>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// It was not begun.
    Waiting,
    /// It is being done: after a restart it is done again, which changes nothing that was done.
    Doing,
    /// It was done.
    Done,
    /// There was nothing to do: no device, no address, or it was so before.
    Nothing,
    /// Somebody or something that is never touched would have been.
    Spared,
    /// It could not be done.
    Failed,
    /// It was undone.
    Undone,
    /// It has no inverse.
    Final,
    /// Somebody changed the account since: it stays as they left it.
    Left,
}

/// How a response stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
pub enum State {
    /// Its playbook proposes it.
    Proposed,
    /// Its playbook would have begun it, but touched as many people as it may.
    Held,
    /// It is about somebody whom no playbook touches.
    Spared,
    /// It is being done.
    Doing {
        /// Since when.
        since: Timestamp,
        /// Who approved it; `None` where it began by itself.
        by: Option<String>,
    },
    /// It was done, and is in force.
    Done {
        /// Until when.
        until: Timestamp,
        /// Who approved it.
        by: Option<String>,
    },
    /// It is being undone.
    Undoing {
        /// Since when.
        since: Timestamp,
        /// Who undid it; `None` where its time is over.
        by: Option<String>,
    },
    /// Somebody undid it.
    Undone {
        /// When.
        at: Timestamp,
        /// Who.
        by: String,
    },
    /// Its time is over.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// Somebody dismissed what was proposed.
    Dismissed {
        /// When.
        at: Timestamp,
        /// Who.
        by: String,
    },
}

/// A response with the revision that wrote it: it is written again only where nobody else wrote in between.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) revision: u64,
    pub(crate) response: Response,
}

impl State {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Held => "held",
            Self::Spared => "spared",
            Self::Doing { .. } => "doing",
            Self::Done { .. } => "done",
            Self::Undoing { .. } => "undoing",
            Self::Undone { .. } => "undone",
            Self::Expired { .. } => "expired",
            Self::Dismissed { .. } => "dismissed",
        }
    }

    /// Who approved, undid or dismissed it last.
    #[must_use]
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Doing { by, .. } | Self::Done { by, .. } | Self::Undoing { by, .. } => by.as_deref(),
            Self::Undone { by, .. } | Self::Dismissed { by, .. } => Some(by),
            Self::Proposed | Self::Held | Self::Spared | Self::Expired { .. } => None,
        }
    }
}

impl Step {
    pub(crate) const fn new(action: ResponseAction) -> Self {
        Self { action, state: StepState::Waiting, was_active: false, attempts: 0, again_at: None, why: None }
    }
}

impl Response {
    /// Whether the task has something to do for it, now or later.
    pub(crate) const fn is_live(&self) -> bool {
        matches!(self.state, State::Doing { .. } | State::Done { .. } | State::Undoing { .. })
    }

    /// Whether it waits for somebody.
    #[must_use]
    pub const fn is_proposal(&self) -> bool {
        matches!(self.state, State::Proposed | State::Held)
    }

    /// Whether somebody may undo it.
    #[must_use]
    pub const fn can_be_undone(&self) -> bool {
        self.is_proposal() || matches!(self.state, State::Doing { .. } | State::Done { .. })
    }

    /// The webhook's step comes last: no step waits for an answer from elsewhere.
    pub(crate) fn steps_of(playbook: &Playbook) -> Vec<Step> {
        let is_last = |action: &ResponseAction| *action == ResponseAction::SendWebhook;
        let (last, first): (Vec<ResponseAction>, Vec<ResponseAction>) =
            playbook.actions.iter().copied().partition(is_last);
        first.into_iter().chain(last).map(Step::new).collect()
    }

    /// A response as it is stored; `None` for one that this version cannot read.
    pub(crate) fn read(document: &Document) -> Option<Stored> {
        let response = Self::deserialize(&document.body).ok()?;
        Some(Stored { revision: document.revision, response })
    }

    /// The write of it.
    pub(crate) fn written(&self, expected: Expected) -> Result<Write, ResponseError> {
        let body = serde_json::to_value(self).map_err(|error| ResponseError::Unwritable(error.to_string()))?;
        Ok(Write::Put { kind: Kind::Response, id: self.id.clone(), expected, body })
    }

    /// What acts are recorded on.
    #[must_use]
    pub fn target(&self) -> String {
        format!("{}/{}", Kind::Response, self.id)
    }
}
