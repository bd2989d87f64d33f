//! The acts about responses. What a response does is recorded under the codes of the acts that it uses; these are about the response itself.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at playbooks, and at what they did and propose.
pub const RESPONSES_READ: ActSpec = ActSpec::new(
    "responses-read",
    Action::Read,
    Part::Sessions,
    ("Look at playbooks and responses", "プレイブックと自動対応の閲覧"),
);

/// Approve what a playbook proposes. As much as to disable an account, because a response may.
pub const RESPONSE_APPROVED: ActSpec = ActSpec::new(
    "response-approved",
    Action::Write,
    Part::Users,
    ("Approve a response that a playbook proposes", "プレイブックが提案した対応の承認"),
);

/// Undo a response, or dismiss what a playbook proposes. As much as to enable an account, because it may.
pub const RESPONSE_UNDONE: ActSpec = ActSpec::new(
    "response-undone",
    Action::Write,
    Part::Users,
    ("Undo a response, or dismiss a proposal", "自動対応の取り消し、提案の却下"),
);

/// Make the secret that signs the messages of a playbook.
pub const PLAYBOOK_SECRET_MADE: ActSpec = ActSpec::new(
    "playbook-secret-made",
    Action::Administer,
    Part::Settings,
    ("Make the secret that signs the messages of a playbook", "プレイブックの通知に署名する鍵の生成"),
);

/// The code under which the platform records a response before it begins.
pub(crate) const BEGUN: &str = "response-begun";
/// The code under which the platform records what playbooks propose.
pub(crate) const PROPOSED: &str = "response-proposed";
/// The code under which the platform records that a playbook reached its limit.
pub(crate) const CAP_REACHED: &str = "response-cap-reached";
/// The code under which the platform records how a response ended: carried out, undone or expired.
pub(crate) const SETTLED: &str = "response-settled";
/// The code under which the platform records the signal or assessment that a response makes.
pub(crate) const FACT_PUT: &str = "response-fact-put";
/// The code under which the platform records the end of a signal or assessment that a response made.
pub(crate) const FACT_REMOVED: &str = "response-fact-removed";
/// The code under which the removal of old responses is recorded.
pub(crate) const SWEPT: &str = "responses-swept";
