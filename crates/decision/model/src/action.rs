//! The actions a subject can ask to perform on a resource.

use serde::{Deserialize, Serialize};

/// An action of the policy schema. `read`, `write`, `delete` and `administer` are members of the action group `use`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Open a connection (a TCP tunnel, a WebSocket without a method of its own).
    Connect,
    /// Read: GET, HEAD, OPTIONS, PROPFIND, …
    Read,
    /// Create or change: POST, PUT, PATCH, MKCOL, …
    Write,
    /// Remove: DELETE, UNBIND, …
    Delete,
    /// Change how the resource itself behaves.
    Administer,
    /// Approve that somebody else is granted access to the resource for a time.
    Approve,
}

impl Action {
    /// Every action, in schema order.
    pub const ALL: [Self; 6] = [Self::Connect, Self::Read, Self::Write, Self::Delete, Self::Administer, Self::Approve];

    /// The action's name in policies: `Sekisho::Action::"read"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Administer => "administer",
            Self::Approve => "approve",
        }
    }

    /// Whether the action is in the group `use`.
    #[must_use]
    pub const fn is_use(self) -> bool {
        !matches!(self, Self::Connect | Self::Approve)
    }
}
