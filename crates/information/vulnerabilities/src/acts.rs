//! The administrative acts about vulnerable software. Writing a source's document is an act of all documents.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at what was found, and at the sources.
pub const VULNERABILITIES_READ: ActSpec = ActSpec::new(
    "vulnerabilities-read",
    Action::Read,
    Part::Devices,
    ("Look at vulnerable software", "脆弱なソフトウェアの閲覧"),
);

/// Read a source before its time.
pub const VULNERABILITY_SOURCE_REQUESTED: ActSpec = ActSpec::new(
    "vulnerability-source-requested",
    Action::Write,
    Part::Resources,
    ("Read a vulnerability source now", "脆弱性情報源の即時読み込み"),
);

/// Say what an application is made of.
pub const SOFTWARE_INVENTORY_SET: ActSpec = ActSpec::new(
    "software-inventory-set",
    Action::Write,
    Part::Resources,
    ("Set the bill of materials of a resource", "リソースの部品表の登録"),
);

/// The code under which the platform records what follows for a device or a resource.
pub(crate) const ASSESSED: &str = "vulnerabilities-assessed";
/// The code under which the platform records that something exploited was found: a finding, by its form.
pub(crate) const EXPLOITED_FOUND: &str = "exploited-vulnerability-found";
