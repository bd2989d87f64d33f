//! The administrative acts on registered applications. Writing the document of one is an act of all documents.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at registered applications.
pub const CLIENTS_READ: ActSpec = ActSpec::new(
    "clients-read",
    Action::Read,
    Part::Settings,
    ("Look at registered applications", "登録済みアプリケーションの閲覧"),
);
/// Make the secret with which a registered application proves itself.
pub const CLIENT_SECRET_MADE: ActSpec = ActSpec::new(
    "client-secret-made",
    Action::Administer,
    Part::Settings,
    ("Make the secret of a registered application", "登録済みアプリケーションのシークレットの作成"),
);

/// The code under which a sign-in at an application is recorded: the person does it.
pub(crate) const CLIENT_SIGNED_IN: &str = "client-signed-in";
/// The code under which the end of all tokens of one sign-in is recorded.
pub(crate) const CLIENT_TOKENS_ENDED: &str = "client-tokens-ended";
