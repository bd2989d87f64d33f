//! The administrative acts on people and their sign-in methods.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at people, groups and sign-in methods.
pub const USERS_READ: ActSpec =
    ActSpec::new("users-read", Action::Read, Part::Users, ("Look at users", "ユーザーの閲覧"));
/// Disable an account.
pub const USER_DISABLED: ActSpec =
    ActSpec::new("user-disabled", Action::Write, Part::Users, ("Disable an account", "アカウントの無効化"));
/// Enable an account.
pub const USER_ENABLED: ActSpec =
    ActSpec::new("user-enabled", Action::Write, Part::Users, ("Enable an account", "アカウントの有効化"));
/// Make an enrolment link.
pub const ENROLMENT_LINK_MADE: ActSpec =
    ActSpec::new("enrolment-link-made", Action::Write, Part::Users, ("Make an enrolment link", "登録リンクの発行"));
/// Remove all sign-in methods.
pub const AUTHENTICATORS_RESET: ActSpec = ActSpec::new(
    "authenticators-reset",
    Action::Write,
    Part::Users,
    ("Reset sign-in methods", "サインイン方法の初期化"),
);

/// Link a subject at an identity provider to an account.
pub const IDENTITY_LINKED: ActSpec = ActSpec::new(
    "identity-linked",
    Action::Write,
    Part::Users,
    ("Link an account to an identity provider", "アカウントと ID プロバイダーの連携"),
);
/// Remove such a link.
pub const IDENTITY_UNLINKED: ActSpec = ActSpec::new(
    "identity-unlinked",
    Action::Write,
    Part::Users,
    ("Unlink an account from an identity provider", "アカウントと ID プロバイダーの連携解除"),
);

/// All of them.
pub const ALL: &[ActSpec] = &[
    USERS_READ,
    USER_DISABLED,
    USER_ENABLED,
    ENROLMENT_LINK_MADE,
    AUTHENTICATORS_RESET,
    IDENTITY_LINKED,
    IDENTITY_UNLINKED,
];
