//! What is wrong with a document, or between documents, as it is folded into the World.

use sekisho_model::documents::Kind;
use sekisho_model::{GroupId, Host, ResourceId};
use sekisho_policy_language::PolicyProblem;

/// Why a document does not count, or counts only in part. Each says what the World does instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldProblem {
    /// The body is not one of its kind. The document counts as absent.
    #[error("{kind} `{id}` cannot be read and counts as absent: {message}")]
    Unreadable {
        /// The document's kind.
        kind: Kind,
        /// The document's identifier.
        id: String,
        /// What is wrong, and the fix.
        message: String,
    },
    /// Groups are in each other. The memberships that close the circle do not count.
    #[error("group `{}` is in itself ({}): remove one of these memberships; until then they do not count",
        .group, path(.cycle))]
    GroupCycle {
        /// The group.
        group: GroupId,
        /// The way from the group through its parents back to it.
        cycle: Vec<GroupId>,
    },
    /// Several resources claim one host. It leads to none of them, since it could be read either way.
    #[error("host `{host}` is claimed by {}: give it to one of them; until then it leads nowhere", .claimants.iter()
        .map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" and "))]
    HostClaimedTwice {
        /// The host.
        host: Host,
        /// The resources that claim it, in order.
        claimants: Vec<ResourceId>,
    },
    /// An API document cannot be enforced. Nothing reaches its resource.
    #[error("the API document of `{resource}` cannot be enforced, so nothing reaches the resource: {message}")]
    ApiDocument {
        /// The resource.
        resource: String,
        /// Where, and the fix.
        message: String,
    },
    /// A threat list names networks that are too wide to be one threat. These entries do not count.
    #[error("threat list `{list}` has networks wider than /8 (IPv4) or /16 (IPv6), which do not count: {}", .networks.join(", "))]
    NetworkTooWide {
        /// The list.
        list: String,
        /// The networks.
        networks: Vec<String>,
    },
    /// The policy set does not load. The set before it stays in force.
    #[error("the policies are refused and the set before them stays in force: {}", .problems.iter()
        .map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Policies {
        /// Every problem found.
        problems: Vec<PolicyProblem>,
    },
    /// The stored policy set has annotations or obligations that this program does not know. The permits with them do not count.
    #[error("policies of another version of Sekisho: permits with what this one does not know permit nothing, forbids count: {}",
        .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    PoliciesOfAnotherVersion {
        /// What is not known, policy by policy.
        problems: Vec<PolicyProblem>,
    },
    /// Documents of a kind that this program does not know are stored: a newer version wrote them. They are skipped.
    #[error("documents of the kind `{kind}` were written by a newer version of Sekisho and are skipped{}: run the newer version here too",
        if *.is_critical { "; decisions depend on them, so everything is denied" } else { "" })]
    UnknownKind {
        /// The kind's name.
        kind: String,
        /// Whether decisions depend on it, so that nothing is permitted without it.
        is_critical: bool,
    },
    /// More things were named than handles can tell apart. The document counts as absent.
    #[error(
        "{kind} `{id}` counts as absent: more names were used than can be told apart; restart to forget deleted ones"
    )]
    TooMany {
        /// The document's kind.
        kind: Kind,
        /// The document's identifier.
        id: String,
    },
}

fn path(cycle: &[GroupId]) -> String {
    cycle.iter().map(GroupId::as_str).collect::<Vec<_>>().join(" in ")
}
