//! Which programs the tests run: those that `SEKISHO_BINARY` names, or those that were built beside the tests.

use std::path::PathBuf;

use crate::Trouble;

/// The path of the `sekisho` binary.
///
/// # Errors
/// When there is none.
pub fn binary() -> Result<PathBuf, Trouble> {
    if let Some(path) = std::env::var_os("SEKISHO_BINARY") {
        let path = PathBuf::from(path);
        let missing = || Trouble::new(format!("SEKISHO_BINARY names {}, which is not there", path.display()));
        return path.is_file().then(|| path.clone()).ok_or_else(missing);
    }
    let this = std::env::current_exe().map_err(Trouble::during("the path of this program"))?;
    let own = this.ancestors().skip(1).map(|folder| folder.join("sekisho"));
    let other = this
        .ancestors()
        .filter_map(|folder| folder.parent())
        .flat_map(|target| ["release", "verify", "debug"].map(|profile| target.join(profile).join("sekisho")));
    own.chain(other).find(|path| path.is_file()).ok_or_else(|| {
        Trouble::new("there is no `sekisho` binary: run `cargo build --workspace`, or name one in SEKISHO_BINARY")
    })
}

/// The path of the test build that stands for a newer version, beside the binary: it knows two kinds of documents more.
///
/// # Errors
/// When there is none.
pub fn newer_version() -> Result<PathBuf, Trouble> {
    let path = binary()?.with_file_name("sekisho-newer-version");
    let missing = || Trouble::new(format!("there is no {}: `cargo verify --full` builds it", path.display()));
    path.is_file().then(|| path.clone()).ok_or_else(missing)
}

/// The path of the `sekisho-demo` program, which stands beside the binary.
///
/// # Errors
/// When there is none.
pub(super) fn demonstration() -> Result<PathBuf, Trouble> {
    let path = binary()?.with_file_name("sekisho-demo");
    let missing = || {
        let fix = "build it with `cargo build --package sekisho-demo` in the same profile";
        Trouble::new(format!("there is no {}: {fix}", path.display()))
    };
    path.is_file().then(|| path.clone()).ok_or_else(missing)
}
