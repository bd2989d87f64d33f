//! Every administrative act as data. Acts of a capability with a crate of its own are declared there.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;
use sekisho_model::documents::Kind;

pub use sekisho_access_requests::REQUESTS_READ;
pub use sekisho_api_documents::API_DOCUMENTS_READ;
pub use sekisho_api_tokens::acts::{TOKEN_MADE, TOKEN_REVOKED, TOKENS_READ};
pub use sekisho_classification::acts::{CLASSIFICATION_READ, DATA_SCANNED};
pub use sekisho_detection::DETECTIONS_READ;
pub use sekisho_devices::acts::{DEVICE_REMOVED, DEVICE_REVOKED, DEVICE_TOKEN_MADE, DEVICES_READ};
pub use sekisho_directory::acts::{DIRECTORY_HANDED_OVER, DIRECTORY_PROVISIONED, DIRECTORY_READ, DIRECTORY_RELEASED};
pub use sekisho_events::EVENTS_READ;
pub use sekisho_federation::{IDENTITY_PROVIDER_SECRET_SET, IDENTITY_PROVIDERS_READ};
pub use sekisho_governance::GOVERNANCE_READ;
pub use sekisho_identity::acts::{
    AUTHENTICATORS_RESET, ENROLMENT_LINK_MADE, IDENTITY_LINKED, IDENTITY_UNLINKED, USER_DISABLED, USER_ENABLED,
    USERS_READ,
};
pub use sekisho_name_lists::{NAMES_READ, RESOLVER_TOKEN_MADE, RESOLVER_TOKEN_REVOKED};
pub use sekisho_response::{PLAYBOOK_SECRET_MADE, RESPONSE_APPROVED, RESPONSE_UNDONE, RESPONSES_READ};
pub use sekisho_threats::{THREAT_FEED_CREDENTIALS_SET, THREAT_FEED_REQUESTED, THREATS_READ};
pub use sekisho_vulnerabilities::{SOFTWARE_INVENTORY_SET, VULNERABILITIES_READ, VULNERABILITY_SOURCE_REQUESTED};
pub use sekisho_workloads::{
    WORKLOAD_CERTIFICATE_ISSUED, WORKLOAD_CREDENTIAL_REVOKED, WORKLOAD_DISABLED, WORKLOAD_ENABLED,
    WORKLOAD_TOKEN_ISSUED, WORKLOADS_READ,
};

/// The code under which a written document is recorded.
pub const DOCUMENT_PUT: &str = "document-put";
/// The code under which a removed document is recorded.
pub const DOCUMENT_REMOVED: &str = "document-removed";

/// Declares acts.
macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $action:ident $part:ident, $en:literal, $ja:literal;)*) => {
        $($(#[$doc])* pub const $name: ActSpec = ActSpec::new($code, Action::$action, Part::$part, ($en, $ja));)*
    };
}

acts! {
    /// Look at sessions.
    SESSIONS_READ = "sessions-read", Read Sessions, "Look at sessions", "セッションの閲覧";
    /// End a session.
    SESSION_ENDED = "session-ended", Write Sessions, "End a session", "セッションの終了";
    /// End all sessions of a user.
    SESSIONS_ENDED = "sessions-ended", Write Sessions, "End all sessions of a user", "ユーザーの全セッションの終了";
    /// Look at resources, grants and threats.
    RESOURCES_READ = "resources-read", Read Resources, "Look at resources", "リソースの閲覧";
    /// Look at policies.
    POLICIES_READ = "policies-read", Read Policies, "Look at policies", "ポリシーの閲覧";
    /// Look at enforcement points.
    ENFORCEMENT_POINTS_READ = "enforcement-points-read", Read EnforcementPoints, "Look at enforcement points", "ポリシー実施点の閲覧";
    /// Change keys, tokens or status of an enforcement point.
    ENFORCEMENT_POINT_CHANGED = "enforcement-point-changed", Administer EnforcementPoints, "Change an enforcement point", "ポリシー実施点の変更";
    /// Look at decisions.
    DECISIONS_READ = "decisions-read", Read Decisions, "Look at decisions", "判定の閲覧";
    /// Look at the record.
    LEDGER_READ = "ledger-read", Read Ledger, "Look at the ledger", "台帳の閲覧";
    /// Look at settings, certificates and tasks.
    SETTINGS_READ = "settings-read", Read Settings, "Look at settings", "設定の閲覧";
    /// Reload the configuration or hand over to a new binary.
    PROCESS_OPERATED = "process-operated", Administer Settings, "Operate the process", "プロセスの操作";
}

/// Every act that concerns one part of the platform, in the order of documents that list them. Each belongs to exactly one capability.
/// Writing documents concerns the part of their kind: see [`putting`].
pub const ALL: &[ActSpec] = &[
    USERS_READ,
    USER_DISABLED,
    USER_ENABLED,
    ENROLMENT_LINK_MADE,
    AUTHENTICATORS_RESET,
    IDENTITY_LINKED,
    IDENTITY_UNLINKED,
    DIRECTORY_READ,
    DIRECTORY_PROVISIONED,
    DIRECTORY_HANDED_OVER,
    DIRECTORY_RELEASED,
    SESSIONS_READ,
    SESSION_ENDED,
    SESSIONS_ENDED,
    DEVICES_READ,
    DEVICE_TOKEN_MADE,
    DEVICE_REVOKED,
    DEVICE_REMOVED,
    RESOURCES_READ,
    API_DOCUMENTS_READ,
    CLASSIFICATION_READ,
    DATA_SCANNED,
    REQUESTS_READ,
    POLICIES_READ,
    ENFORCEMENT_POINTS_READ,
    ENFORCEMENT_POINT_CHANGED,
    DECISIONS_READ,
    TOKENS_READ,
    TOKEN_MADE,
    TOKEN_REVOKED,
    LEDGER_READ,
    EVENTS_READ,
    DETECTIONS_READ,
    GOVERNANCE_READ,
    IDENTITY_PROVIDERS_READ,
    IDENTITY_PROVIDER_SECRET_SET,
    SETTINGS_READ,
    PROCESS_OPERATED,
    THREATS_READ,
    THREAT_FEED_REQUESTED,
    THREAT_FEED_CREDENTIALS_SET,
    RESPONSES_READ,
    RESPONSE_APPROVED,
    RESPONSE_UNDONE,
    PLAYBOOK_SECRET_MADE,
    NAMES_READ,
    RESOLVER_TOKEN_MADE,
    RESOLVER_TOKEN_REVOKED,
    VULNERABILITIES_READ,
    VULNERABILITY_SOURCE_REQUESTED,
    SOFTWARE_INVENTORY_SET,
    WORKLOADS_READ,
    WORKLOAD_DISABLED,
    WORKLOAD_ENABLED,
    WORKLOAD_TOKEN_ISSUED,
    WORKLOAD_CERTIFICATE_ISSUED,
    WORKLOAD_CREDENTIAL_REVOKED,
];

/// Looking at documents of a kind.
#[must_use]
pub const fn reading(kind: Kind) -> ActSpec {
    let text = ("Look at documents", "文書の閲覧");
    ActSpec { code: "documents-read", action: Action::Read, part: Part::of_kind(kind), text }
}

/// Planning how documents of a kind would change, without changing them.
#[must_use]
pub const fn planning(kind: Kind) -> ActSpec {
    let text = ("Plan a change of documents", "文書の変更の計画");
    ActSpec { code: "documents-planned", action: Action::Write, part: Part::of_kind(kind), text }
}

/// Writing documents of a kind.
#[must_use]
pub const fn putting(kind: Kind) -> ActSpec {
    let text = ("Write documents", "文書の書き込み");
    ActSpec { code: DOCUMENT_PUT, action: Action::Administer, part: Part::of_kind(kind), text }
}

/// Removing documents of a kind.
#[must_use]
pub const fn removing(kind: Kind) -> ActSpec {
    let text = ("Remove documents", "文書の削除");
    ActSpec { code: DOCUMENT_REMOVED, action: Action::Delete, part: Part::of_kind(kind), text }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_every_part_can_be_read() {
        let codes: BTreeSet<&str> = ALL.iter().map(|act| act.code).collect();
        assert_eq!(codes.len(), ALL.len());
        for part in Part::ALL {
            assert!(ALL.iter().any(|act| act.part == part && act.is_read()), "{part:?}");
        }
    }

    #[test]
    fn what_nobody_administers_is_not_written_by_a_role_of_users() {
        // A sealed kind belongs to the settings, which administrators alone may change.
        assert_eq!(putting(Kind::Key).part, Part::Settings);
        assert_eq!(putting(Kind::Credential).part, Part::Settings);
    }
}
