//! Where `cargo verify` installs what tests use and Debian does not have.

use std::path::PathBuf;

/// The folder of this user that the packages of PyPI and npm are in.
#[must_use]
pub fn installed() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    cache.or(home).unwrap_or_else(|| PathBuf::from("/var/cache")).join("sekisho")
}
