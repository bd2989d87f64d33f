//! Making a backup.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sekisho_capability::sealed_head;
use sekisho_ledger::{Known, PublicKey, Report, Witness};
use sekisho_model::Timestamp;
use sekisho_store::{MasterKey, Store, StoreUrl};
use tar::{Builder, Header};

use crate::last_backup::keep_last_backup;
use crate::manifest::FORM;
use crate::{LEDGER, LEDGER_NAME, MANIFEST, Manifest, PUBLIC_KEY, PlatformData, Problem, STORE, sealed_as};

/// How often the ledger's folder is copied until no publication fell in between.
const ATTEMPTS: usize = 50;

/// Writes a backup of a platform into a new file of mode 0600. The platform may run. `key` opens the master key.
///
/// # Errors
/// When something of it cannot be read, the ledger is not whole, or the file is there or cannot be written.
pub async fn back_up(
    platform: &PlatformData,
    key: impl Fn() -> Result<MasterKey, Problem>,
    file: &Path,
    now: Timestamp,
) -> Result<Manifest, Problem> {
    let failed = |error: std::io::Error| Problem::unavailable(format_args!("{}: {error}", file.display()));
    if file.symlink_metadata().is_ok() {
        return Err(Problem::usage(format_args!("{} exists: a backup overwrites nothing", file.display())));
    }
    let parts = Parts::beside(file).map_err(failed)?;
    let (has_store, known) = copy_store(platform, key, &parts.0).await?;
    let key = public_key(&platform.folder)?;
    let report = copy_ledger(platform, &parts.0, &key, known)?;
    let manifest = Manifest {
        form: FORM,
        made_at: now,
        domain: platform.domain.to_string(),
        has_store,
        entries: report.entries,
        head: report.head,
    };
    let draft = parts.0.join("draft");
    pack(platform, &parts.0, &draft, &manifest).map_err(failed)?;
    std::fs::hard_link(&draft, file).map_err(failed)?;
    keep_last_backup(&platform.folder, now);
    Ok(manifest)
}

/// A folder for the parts of a backup, removed at the end.
struct Parts(PathBuf);

impl Parts {
    fn beside(file: &Path) -> std::io::Result<Self> {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.parts", std::process::id()));
        let folder = file.with_file_name(name);
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        // What stays behind is seen beside the backup.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Copies the store, if it is a file, and reads the head that it seals.
async fn copy_store(
    platform: &PlatformData,
    key: impl Fn() -> Result<MasterKey, Problem>,
    parts: &Path,
) -> Result<(bool, Option<Known>), Problem> {
    let store = Store::open_to_read(&platform.store, key()?).await;
    let store = store.map_err(Problem::unavailable)?;
    let copy = parts.join(STORE);
    let document = sealed_as(platform)?;
    let has_store = store.copy_to(&copy).await.map_err(Problem::unavailable)?;
    let copied = match has_store {
        true => Store::open_to_read(&StoreUrl::Sqlite(copy), key()?).await,
        false => Ok(store.clone()),
    };
    let copied = copied.map_err(Problem::unavailable)?;
    let sealed = sealed_head(&copied, &document).await.map_err(Problem::unavailable)?;
    copied.close().await;
    store.close().await;
    let head = sealed.and_then(|sealed| sealed.checkpoint());
    Ok((has_store, head.map(|head| Known { head, by: Witness::Store })))
}

fn public_key(data: &Path) -> Result<PublicKey, Problem> {
    let file = data.join(PUBLIC_KEY);
    let wrong = |error: &dyn std::fmt::Display| Problem::unavailable(format_args!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(&file).map_err(|error| wrong(&error))?;
    text.trim().parse().map_err(|error| wrong(&error))
}

/// Copies the ledger's folder until the copy verifies: a running platform publishes in between.
fn copy_ledger(
    platform: &PlatformData,
    parts: &Path,
    key: &PublicKey,
    known: Option<Known>,
) -> Result<Report, Problem> {
    let (from, to) = (platform.folder.join(LEDGER), parts.join(LEDGER));
    let known: Vec<Known> = known.into_iter().collect();
    let mut attempt = 1;
    loop {
        let copied = copy_folder(&from, &to).map(|()| sekisho_ledger::verify(&to, key, &known));
        match copied {
            Ok(report) if report.is_whole() => return Ok(report),
            Ok(report) if attempt >= ATTEMPTS => {
                let first = report.first().map(ToString::to_string).unwrap_or_default();
                return Err(Problem::data(format_args!("the ledger is not whole, and not backed up; first: {first}")));
            }
            Err(error) if attempt >= ATTEMPTS => {
                return Err(Problem::unavailable(format_args!("{}: {error}", from.display())));
            }
            // A file may have been replaced in between.
            Ok(_) | Err(_) => attempt += 1,
        }
        let _ = std::fs::remove_dir_all(&to);
    }
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Writes everything into one file that only this user reads, and puts it on the disk.
fn pack(platform: &PlatformData, parts: &Path, draft: &Path, manifest: &Manifest) -> std::io::Result<()> {
    let file = File::options().write(true).create_new(true).mode(0o600).open(draft)?;
    let mut archive = Builder::new(file);
    let text = serde_json::to_vec_pretty(manifest).map_err(std::io::Error::other)?;
    let mut header = Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, MANIFEST, text.as_slice())?;
    if manifest.has_store {
        archive.append_path_with_name(parts.join(STORE), STORE)?;
    }
    for name in [PUBLIC_KEY, LEDGER_NAME] {
        let path = platform.folder.join(name);
        if path.is_file() {
            archive.append_path_with_name(path, name)?;
        }
    }
    archive.append_dir_all(LEDGER, parts.join(LEDGER))?;
    let mut file = archive.into_inner()?;
    file.flush()?;
    file.sync_all()
}
