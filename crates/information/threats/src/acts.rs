//! The administrative acts about feeds. Writing a feed's document is an act of all documents.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at feeds, and at what they say of an address.
pub const THREATS_READ: ActSpec =
    ActSpec::new("threats-read", Action::Read, Part::Resources, ("Look at threat feeds", "脅威フィードの閲覧"));

/// Read a feed before its time.
pub const THREAT_FEED_REQUESTED: ActSpec = ActSpec::new(
    "threat-feed-requested",
    Action::Write,
    Part::Resources,
    ("Read a threat feed now", "脅威フィードの即時取得"),
);

/// Set the user name and password that a feed asks for.
pub const THREAT_FEED_CREDENTIALS_SET: ActSpec = ActSpec::new(
    "threat-feed-credentials-set",
    Action::Administer,
    Part::Resources,
    ("Set the credentials for a threat feed", "脅威フィードの認証情報の設定"),
);

/// The code under which the platform records what a reading changed.
pub(crate) const FEED_RENEWED: &str = "threat-feed-renewed";
