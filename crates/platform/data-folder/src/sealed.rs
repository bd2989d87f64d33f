//! The head of a ledger as a store seals it, read beside a running platform or without one.

use std::path::Path;

use sekisho_capability::sealed_head;
use sekisho_ledger::{Checkpoint, PublicKey};
use sekisho_store::{MasterKey, Store, StoreUrl};

use crate::{PlatformData, Problem, sealed_as};

/// The head that the store of a platform seals; `None` before the first.
///
/// # Errors
/// When the store cannot be read, or the head is not one of this ledger.
pub async fn sealed_by(
    platform: &PlatformData,
    master_key: MasterKey,
    key: &PublicKey,
) -> Result<Option<Checkpoint>, Problem> {
    sealed(&platform.store, master_key, &sealed_as(platform)?, key).await
}

/// The head that the store beside a ledger's folder seals; `None` where no store or no master key is.
///
/// # Errors
/// As [`sealed_by`].
pub async fn sealed_beside(folder: &Path, key: &PublicKey) -> Result<Option<Checkpoint>, Problem> {
    let data = folder.parent().unwrap_or(Path::new("."));
    let (store, master_key) = (data.join(crate::STORE), data.join("master.key"));
    if !store.is_file() || !master_key.is_file() || folder.file_name().is_none_or(|name| name != crate::LEDGER) {
        return Ok(None);
    }
    let master_key = MasterKey::open(&master_key).map_err(Problem::usage)?;
    sealed(&StoreUrl::Sqlite(store), master_key, crate::EMBEDDED, key).await
}

async fn sealed(
    url: &StoreUrl,
    master_key: MasterKey,
    document: &str,
    key: &PublicKey,
) -> Result<Option<Checkpoint>, Problem> {
    let store = Store::open_to_read(url, master_key).await.map_err(Problem::unavailable)?;
    let found = sealed_head(&store, document).await.map_err(Problem::unavailable);
    store.close().await;
    let Some(found) = found? else { return Ok(None) };
    match found.checkpoint().filter(|head| head.origin == key.name()) {
        Some(head) => Ok(Some(head)),
        None => Err(Problem::data("the head that is sealed in the store is not one of this ledger")),
    }
}
