//! An event: where it comes from in the ledger, what it can be found by, and its OCSF document.

use std::fmt;
use std::str::FromStr;

use sekisho_model::Timestamp;

use crate::Class;

/// Where an event comes from: an entry of the ledger, and for an access its number under the seal that this entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The entry of the ledger.
    pub entry: u64,
    /// The number of the access under it, from 0; 0 for every other entry.
    pub number: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.entry, self.number)
    }
}

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers =
            text.split_once('.').and_then(|(entry, number)| Some((entry.parse().ok()?, number.parse().ok()?)));
        let (entry, number) = numbers.ok_or("a position in the events is two numbers with a dot between them")?;
        Ok(Self { entry, number })
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Where it comes from.
    pub position: Position,
    /// When it happened.
    pub at: Timestamp,
    /// Its class.
    pub class: Class,
    /// The number of the activity in its class.
    pub activity: u32,
    /// Its severity: 1 informational, 2 low, 3 medium, 4 high.
    pub severity: u32,
    /// What it is, as a stable code: the code of an act, `decision`, `access` or `stream-end`.
    pub code: String,
    /// Its outcome: `permit`, `challenge`, `deny`, `cut`, `success` or `failure`.
    pub outcome: Option<String>,
    /// The person it is about: who asked, acted or was acted on.
    pub person: Option<String>,
    /// What was acted on: `kind/id`.
    pub target: Option<String>,
    /// The device.
    pub device: Option<String>,
    /// The resource.
    pub resource: Option<String>,
    /// The main reason, as a code.
    pub reason: Option<String>,
    /// The address it came from.
    pub address: Option<String>,
    /// The request.
    pub request: Option<String>,
    /// The event as an OCSF document.
    pub ocsf: String,
}

impl AsRef<Self> for Event {
    fn as_ref(&self) -> &Self {
        self
    }
}
