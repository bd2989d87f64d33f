//! The data folder: made with mode 0700, refused when others may look into it.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

use crate::Problem;

/// Makes the folder or checks the one that is there.
///
/// # Errors
/// When it cannot be made, or others may look into it.
pub fn prepare(folder: &Path) -> Result<(), Problem> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Problem::usage(format_args!("`data`: {}: {error}", folder.display())))?;
    let metadata = std::fs::symlink_metadata(folder).map_err(Problem::failed)?;
    if !metadata.is_dir() || metadata.mode() & 0o077 != 0 || metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(Problem::usage(format_args!(
            "`data`: {} must be a folder of this user with mode 0700: run `chmod 700 {}`",
            folder.display(),
            folder.display()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_that_others_may_read_is_refused() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = base.path().join("data");
        assert!(prepare(&folder).is_ok());
        assert!(prepare(&folder).is_ok(), "a second start finds it as it was");
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("chmod");
        assert!(prepare(&folder).expect_err("0755").to_string().contains("chmod 700"));
    }
}
