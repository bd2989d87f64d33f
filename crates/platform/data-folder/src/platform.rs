//! What is known of a platform whose data folder is worked on.

use std::path::PathBuf;

use sekisho_model::Host;
use sekisho_store::StoreUrl;

/// A platform's data, as its configuration names it.
#[derive(Debug, Clone)]
pub struct PlatformData {
    /// The folder.
    pub folder: PathBuf,
    /// The domain.
    pub domain: Host,
    /// Where the documents are.
    pub store: StoreUrl,
}
