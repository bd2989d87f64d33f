//! The administrative acts on identity providers.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at identity providers.
pub const IDENTITY_PROVIDERS_READ: ActSpec = ActSpec::new(
    "identity-providers-read",
    Action::Read,
    Part::Settings,
    ("Look at identity providers", "ID プロバイダーの閲覧"),
);
/// Set the secret with which the platform authenticates itself to a provider.
pub const IDENTITY_PROVIDER_SECRET_SET: ActSpec = ActSpec::new(
    "identity-provider-secret-set",
    Action::Administer,
    Part::Settings,
    ("Set the client secret of an identity provider", "ID プロバイダーのクライアントシークレットの設定"),
);
