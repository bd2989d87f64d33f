//! A draft: a new text of one policy file, and how far it has come.

use aws_lc_rs::digest;
use sekisho_model::{Name, Timestamp};
use serde::{Deserialize, Serialize};

/// A new text of a policy file, before it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Its identifier.
    pub id: Name,
    /// The policy file whose text it replaces.
    pub policy: Name,
    /// The text.
    pub text: String,
    /// The revision of the policy file that it was made from; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
    /// The text of that revision: the way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<String>,
    /// Who began it.
    pub author: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Everybody who wrote on it, as people are named: none of them approves it.
    pub writers: Vec<String>,
    /// How it stands.
    pub state: State,
    /// Who approved it. It counts for the text that was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// How a draft stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
pub enum State {
    /// It is being written.
    Draft,
    /// It runs beside the set, and changes no answer.
    ReportOnly {
        /// Since when.
        since: Timestamp,
    },
    /// It was put into force.
    Published {
        /// When.
        at: Timestamp,
        /// By whom.
        by: String,
    },
    /// The policy was put back as it was before.
    RolledBack {
        /// When.
        at: Timestamp,
        /// By whom.
        by: String,
    },
    /// Nobody goes on with it.
    Withdrawn {
        /// When.
        at: Timestamp,
        /// By whom.
        by: String,
    },
}

/// Somebody's approval of one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What was approved.
    pub digest: String,
}

impl Draft {
    /// What names exactly this text in the place of exactly that revision.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        let base = self.base.map_or(0, |base| base.saturating_add(1)).to_be_bytes();
        for part in [self.policy.as_str().as_bytes(), &base, self.text.as_bytes()] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        hex::encode(context.finish())
    }

    /// Whether it may still be written, approved and published.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Draft | State::ReportOnly { .. })
    }

    /// Who approved exactly this text without having written on it.
    // INVARIANT I-73: an approval counts for the text that was approved, by somebody who did not write on the draft.
    #[must_use]
    pub fn approved(&self) -> Option<&Approval> {
        let counts = |approval: &&Approval| approval.digest == self.digest() && !self.is_writer(&approval.by);
        self.approval.as_ref().filter(counts)
    }

    /// Whether somebody wrote on it.
    #[must_use]
    pub fn is_writer(&self, who: &str) -> bool {
        self.author == who || self.writers.iter().any(|writer| writer == who)
    }
}

impl State {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::ReportOnly { .. } => "report-only",
            Self::Published { .. } => "published",
            Self::RolledBack { .. } => "rolled-back",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }
}
