//! Which binary the tests run: `SEKISHO_BINARY`, or the one that was built beside them.

use std::path::PathBuf;

use crate::Trouble;

/// The path of the `sekisho` binary.
pub fn binary() -> Result<PathBuf, Trouble> {
    if let Some(path) = std::env::var_os("SEKISHO_BINARY") {
        let path = PathBuf::from(path);
        let missing = || Trouble::new(format!("SEKISHO_BINARY names {}, which is not there", path.display()));
        return path.is_file().then(|| path.clone()).ok_or_else(missing);
    }
    let this = std::env::current_exe().map_err(Trouble::during("the path of this program"))?;
    let profiles = this
        .ancestors()
        .filter_map(|folder| folder.parent())
        .flat_map(|target| ["release", "debug"].map(|profile| target.join(profile).join("sekisho")));
    profiles.into_iter().find(|path| path.is_file()).ok_or_else(|| {
        Trouble::new("there is no `sekisho` binary: run `cargo build --release`, or name one in SEKISHO_BINARY")
    })
}
