//! The administrative acts about workloads. Writing a workload's document is an act of all documents.
//!
//! They are on the part of the platform that holds API tokens: both are what programs prove themselves with.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at workloads and their credentials.
pub const WORKLOADS_READ: ActSpec =
    ActSpec::new("workloads-read", Action::Read, Part::Tokens, ("Look at workloads", "ワークロードの閲覧"));
/// Take away what a workload may do.
pub const WORKLOAD_DISABLED: ActSpec =
    ActSpec::new("workload-disabled", Action::Write, Part::Tokens, ("Disable a workload", "ワークロードの無効化"));
/// Give it back.
pub const WORKLOAD_ENABLED: ActSpec =
    ActSpec::new("workload-enabled", Action::Administer, Part::Tokens, ("Enable a workload", "ワークロードの有効化"));
/// Make a token for a workload.
pub const WORKLOAD_TOKEN_ISSUED: ActSpec = ActSpec::new(
    "workload-token-issued",
    Action::Administer,
    Part::Tokens,
    ("Issue a token to a workload", "ワークロードのトークンの発行"),
);
/// Make a certificate for a workload's key.
pub const WORKLOAD_CERTIFICATE_ISSUED: ActSpec = ActSpec::new(
    "workload-certificate-issued",
    Action::Administer,
    Part::Tokens,
    ("Issue a certificate to a workload", "ワークロードの証明書の発行"),
);
/// Take one credential away.
pub const WORKLOAD_CREDENTIAL_REVOKED: ActSpec = ActSpec::new(
    "workload-credential-revoked",
    Action::Write,
    Part::Tokens,
    ("Revoke a credential of a workload", "ワークロードの資格情報の失効"),
);

/// All of them.
pub(crate) const ALL: &[ActSpec] = &[
    WORKLOADS_READ,
    WORKLOAD_DISABLED,
    WORKLOAD_ENABLED,
    WORKLOAD_TOKEN_ISSUED,
    WORKLOAD_CERTIFICATE_ISSUED,
    WORKLOAD_CREDENTIAL_REVOKED,
];

/// The code under which an exchange is recorded: the workload itself does it.
pub(crate) const TOKEN_EXCHANGED: &str = "workload-token-exchanged";
