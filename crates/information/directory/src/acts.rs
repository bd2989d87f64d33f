//! The administrative acts on what an identity provider supplies.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at what the directory holds.
pub const DIRECTORY_READ: ActSpec =
    ActSpec::new("directory-read", Action::Read, Part::Directory, ("Look at the directory", "ディレクトリ連携の閲覧"));
/// Make, change or remove an account or a group as an identity provider says.
pub const DIRECTORY_PROVISIONED: ActSpec = ActSpec::new(
    "directory-provisioned",
    Action::Administer,
    Part::Directory,
    ("Provision accounts and groups", "アカウントとグループのプロビジョニング"),
);
/// Hand an account or a group over to the directory.
pub const DIRECTORY_HANDED_OVER: ActSpec = ActSpec::new(
    "directory-handed-over",
    Action::Administer,
    Part::Users,
    ("Hand an account or group over to the directory", "アカウントまたはグループのディレクトリへの移管"),
);
/// Take an account or a group back from the directory.
pub const DIRECTORY_RELEASED: ActSpec = ActSpec::new(
    "directory-released",
    Action::Administer,
    Part::Users,
    ("Take an account or group back from the directory", "アカウントまたはグループのディレクトリからの切り離し"),
);

/// All of them.
pub const ALL: &[ActSpec] = &[DIRECTORY_READ, DIRECTORY_PROVISIONED, DIRECTORY_HANDED_OVER, DIRECTORY_RELEASED];
