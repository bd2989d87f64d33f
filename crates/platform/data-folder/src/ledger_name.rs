//! The name under which the store seals the heads of this data folder's ledger.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sekisho_capability::Entropy;
use sekisho_store::StoreUrl;

use crate::{LEDGER_NAME, PlatformData, Problem};

/// The document of the store. A store in the data folder has one ledger; those that share a server have one each, and the name of each
/// is kept beside its ledger.
///
/// # Errors
/// When the name cannot be read or made.
pub fn sealed_as(platform: &PlatformData) -> Result<String, Problem> {
    Ok(match &platform.store {
        StoreUrl::Sqlite(_) => crate::EMBEDDED.to_owned(),
        StoreUrl::Postgres(_) => format!("ledger-head/{}", name(&platform.folder.join(LEDGER_NAME))?),
    })
}

/// The name in that file, made when there is none.
fn name(file: &Path) -> Result<String, Problem> {
    let failed = |error: std::io::Error| Problem::unavailable(format_args!("{}: {error}", file.display()));
    match std::fs::read_to_string(file) {
        Ok(text) if is_name(text.trim()) => Ok(text.trim().to_owned()),
        Ok(_) => Err(Problem::failed(format_args!(
            "{}: is not the name of a ledger: put the file back that was there, or remove it together with the ledger",
            file.display()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let name = hex::encode(Entropy::system().bytes::<16>().map_err(Problem::failed)?.as_slice());
            let mut new =
                std::fs::File::options().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
            std::io::Write::write_all(&mut new, name.as_bytes()).map_err(failed)?;
            new.sync_all().map_err(failed)?;
            Ok(name)
        }
        Err(error) => Err(failed(error)),
    }
}

fn is_name(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_and_what_is_none_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger.name");
        let first = name(&file).expect("made");
        assert_eq!(name(&file).expect("read"), first);
        std::fs::write(&file, "../other").expect("a file");
        assert!(name(&file).is_err());
    }
}
