//! Every administrative act as data.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;
use sekisho_model::documents::Kind;

/// The code under which a written document is recorded.
pub const DOCUMENT_PUT: &str = "document-put";
/// The code under which a removed document is recorded.
pub const DOCUMENT_REMOVED: &str = "document-removed";

/// Declares acts, and the list of all of them.
macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $action:ident $part:ident, $en:literal, $ja:literal;)*) => {
        $($(#[$doc])* pub const $name: ActSpec =
            ActSpec { code: $code, action: Action::$action, part: Part::$part, text: ($en, $ja) };)*

        /// Every act that concerns one part of the platform. Writing documents concerns the part of their kind: see [`putting`].
        pub const ALL: &[ActSpec] = &[$($name,)*];
    };
}

acts! {
    /// Look at people, groups and sign-in methods.
    USERS_READ = "users-read", Read Users, "Look at users", "ユーザーの閲覧";
    /// Disable an account.
    USER_DISABLED = "user-disabled", Write Users, "Disable an account", "アカウントの無効化";
    /// Enable an account.
    USER_ENABLED = "user-enabled", Write Users, "Enable an account", "アカウントの有効化";
    /// Make an enrolment link.
    ENROLMENT_LINK_MADE = "enrolment-link-made", Write Users, "Make an enrolment link", "登録リンクの発行";
    /// Remove all sign-in methods.
    AUTHENTICATORS_RESET = "authenticators-reset", Write Users, "Reset sign-in methods", "サインイン方法の初期化";
    /// Look at sessions.
    SESSIONS_READ = "sessions-read", Read Sessions, "Look at sessions", "セッションの閲覧";
    /// End a session.
    SESSION_ENDED = "session-ended", Write Sessions, "End a session", "セッションの終了";
    /// End all sessions of a user.
    SESSIONS_ENDED = "sessions-ended", Write Sessions, "End all sessions of a user", "ユーザーの全セッションの終了";
    /// Look at devices and checks.
    DEVICES_READ = "devices-read", Read Devices, "Look at devices", "端末の閲覧";
    /// Make a token that enrols a device.
    DEVICE_TOKEN_MADE = "device-token-made", Write Devices, "Make a device token", "端末登録トークンの発行";
    /// Revoke a device.
    DEVICE_REVOKED = "device-revoked", Write Devices, "Revoke a device", "端末の失効";
    /// Forget a device.
    DEVICE_REMOVED = "device-removed", Delete Devices, "Remove a device", "端末の削除";
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
    /// Look at everybody's API tokens. People see their own without it.
    TOKENS_READ = "tokens-read", Read Tokens, "Look at API tokens", "API トークンの閲覧";
    /// Make an API token for somebody else. People make their own without it.
    TOKEN_MADE = "token-made", Administer Tokens, "Make an API token for somebody else", "他の人の API トークンの発行";
    /// Revoke an API token of somebody else. People revoke their own without it.
    TOKEN_REVOKED = "token-revoked", Write Tokens, "Revoke an API token of somebody else", "他の人の API トークンの失効";
    /// Look at the record.
    LEDGER_READ = "ledger-read", Read Ledger, "Look at the ledger", "台帳の閲覧";
    /// Look at settings and certificates.
    SETTINGS_READ = "settings-read", Read Settings, "Look at settings", "設定の閲覧";
    /// Reload the configuration or hand over to a new binary.
    PROCESS_OPERATED = "process-operated", Administer Settings, "Operate the process", "プロセスの操作";
}

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
