//! Grants: access for one person to one resource until a time.

use serde::{Deserialize, Serialize};

use crate::{GrantId, ResourceId, Timestamp, UserId};

/// An approved grant. Policies read it as `context.grant`; it permits nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The grant's identifier.
    pub id: GrantId,
    /// Who may ask under it.
    pub user: UserId,
    /// For what.
    pub resource: ResourceId,
    /// Until when.
    pub until: Timestamp,
    /// Why it was given.
    pub reason: String,
}
