//! The proof by a code: a browser's page shows a short code, the agent looks at what it stands for, and signs after its person confirmed.
//! It needs no connection between browser and agent.

use sekisho_model::{Text, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::proof::{ProofAnswer, ProofRequest};

/// Where an agent looks at the request behind a code: `POST` of a [`Look`], with its client certificate; answers a [`BrowserAsks`].
pub const LOOK_PATH: &str = "/proof/look";

/// Where an agent answers it: `POST` of a [`CodeAnswer`], with its client certificate; answers [`Taken`].
pub const ANSWER_PATH: &str = "/proof/answer";

/// The page of the portal that shows a code, below its origin.
pub const CODE_PAGE: &str = "/devices/code";

/// A code, as its person typed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// The code.
    pub code: String,
}

/// What a code stands for, as the person at the device must see it before they confirm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserAsks {
    /// What is to be signed.
    pub proof: ProofRequest,
    /// The site whose session it is.
    pub portal_origin: String,
    /// Whose session it is.
    pub user: UserId,
    /// What people call that person.
    pub name: String,
    /// The browser, by what it calls itself: shown, never trusted.
    pub browser: Text,
    /// Where the browser asked from.
    pub address: String,
    /// The agent comes from another address: perhaps from another machine or network.
    pub elsewhere: bool,
    /// When the browser asked.
    pub asked_at: Timestamp,
}

/// What the person at the device answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeAnswer {
    /// The code.
    pub code: String,
    /// The proof; absent where the person refused.
    pub proof: Option<ProofAnswer>,
}

/// An answer was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Whether it binds the device to the browser's session, once that asks again.
    pub confirmed: bool,
}
