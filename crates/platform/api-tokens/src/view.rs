//! A token as lists show it: without its hash.

use std::collections::BTreeSet;
use std::net::IpAddr;

use sekisho_model::documents::{ApiToken, ApiTokenId, ApiTokenUse};
use sekisho_model::{GroupId, ResourceId, Timestamp, UserId};
use sekisho_policy_information::World;
use serde::Serialize;

use crate::{TokenRefusal, standing};

/// A token as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenView {
    /// Its identifier.
    pub id: ApiTokenId,
    /// In whose name it acts.
    pub owner: UserId,
    /// The groups that it is in.
    pub roles: BTreeSet<GroupId>,
    /// The parts of the platform that it is limited to. Empty means no such limit.
    pub parts: BTreeSet<ResourceId>,
    /// Whether it may only look.
    pub read_only: bool,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Why it is refused now, as the code of a [`TokenRefusal`]; absent when it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<&'static str>,
    /// When it was last used, to a minute; absent when it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// From where it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_from: Option<IpAddr>,
}

impl TokenView {
    pub(crate) fn new(used: Option<ApiTokenUse>, token: ApiToken, world: &World, now: Timestamp) -> Self {
        let refused = standing(&token, world, now).err().map(TokenRefusal::code);
        let ApiToken { id, owner, roles, parts, read_only, made_at, expires_at, .. } = token;
        let (used_at, used_from) = used.map(|used| (used.at, used.address)).unzip();
        Self { id, owner, roles, parts, read_only, made_at, expires_at, refused, used_at, used_from }
    }
}
