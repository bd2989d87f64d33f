//! What is opened first: the store under its master key, the platform's own keys, and the ledger.

use std::path::{Path, PathBuf};

use sekisho_capability::{Clock, GuardedClock, compare_ledger, last_seen, seal_ledger};
use sekisho_data_folder::{PlatformData, Problem, keep_reserve, make_room, record_restored, sealed_as};
use sekisho_ledger::{Ledger, LedgerError, SigningKey};
use sekisho_store::{MasterKey, MasterKeyError, Store, StoreUrl};

use super::keys::Keys;
use super::upgrade::Predecessor;
use crate::cli::Failure;
use crate::configuration::{Configuration, StoreSetting};

/// The variable that holds the master key when it is not in a file.
const MASTER_KEY_VARIABLE: &str = "SEKISHO_MASTER_KEY";

/// Store, keys and ledger.
pub(super) struct Storage {
    pub(super) store: Store,
    pub(super) keys: Keys,
    pub(super) ledger: Ledger,
    pub(super) ledger_folder: PathBuf,
    /// The system's clock, held against the last time that the store saw.
    pub(super) clock: Clock,
}

impl Storage {
    /// Opens all of it. With a predecessor, its ledger is taken over.
    pub(super) async fn open(
        configuration: &Configuration,
        predecessor: Option<&Predecessor>,
    ) -> Result<Self, Failure> {
        make_room(&configuration.data);
        let store = open_store(configuration).await?;
        let document = sealed_as(&platform_data(configuration)).map_err(data_failure)?;
        let last_seen = last_seen(&store, &document).await.map_err(Failure::unavailable)?;
        let clock = Clock::guarded(GuardedClock::new(configuration.clock_bound, last_seen));
        let (keys, signing_key) = Keys::open(&store).await?;
        let ledger_folder = configuration.data.join("ledger");
        let ledger = open_ledger(configuration, &ledger_folder, signing_key, predecessor)?;
        super::write(&configuration.data.join("ledger.pub"), &format!("{}\n", ledger.public_key()))?;
        ledger.seal_as(&document);
        compare_ledger(&store, &ledger, clock.now()).await.map_err(Failure::failed)?;
        seal_ledger(&store, &ledger, clock.now()).await.map_err(Failure::failed)?;
        keep_reserve(&configuration.data, &ledger).map_err(data_failure)?;
        record_restored(&configuration.data, &ledger, clock.now()).await.map_err(data_failure)?;
        Ok(Self { store, keys, ledger, ledger_folder, clock })
    }
}

fn open_ledger(
    configuration: &Configuration,
    folder: &Path,
    key: SigningKey,
    predecessor: Option<&Predecessor>,
) -> Result<Ledger, Failure> {
    let open = || Ledger::open(folder, configuration.domain.as_str(), key).map_err(not_opened);
    match predecessor {
        Some(predecessor) => tokio::task::block_in_place(|| predecessor.hand_over_ledger(open)),
        None => open(),
    }
}

/// Why the ledger was not opened, in terms of the configuration.
fn not_opened(error: LedgerError) -> Failure {
    match error {
        LedgerError::OtherLog { folder, found, wanted } => Failure::usage(format_args!(
            "`domain`: is `{wanted}`, and what {} records is of `{found}`: a platform keeps its domain; set it back, or begin with a new `data` folder",
            folder.display()
        )),
        LedgerError::InUse(_) => Failure::unavailable(error),
        other => Failure::failed(other),
    }
}

/// Checks the master key that is there; one that is not there is made at the start.
pub(super) fn check_master_key(configuration: &Configuration) -> Result<(), Failure> {
    let file = master_key_file(configuration);
    match master_key_in_environment() {
        Some(key) => drop(key.map_err(Failure::usage)?),
        None if file.exists() => drop(MasterKey::open(&file).map_err(Failure::usage)?),
        None => key_is_not_lost(configuration, &file)?,
    }
    Ok(())
}

/// That a database in the data folder is not without its master key: a new key would open nothing of it.
fn key_is_not_lost(configuration: &Configuration, key: &Path) -> Result<(), Failure> {
    let database = configuration.data.join("store.db");
    if configuration.store == StoreSetting::Embedded && !key.exists() && database.exists() {
        return Err(Failure::usage(format_args!(
            "the master key file {} is missing, and {} was sealed under it: put the copy of the key back, or name it as `master_key_file`",
            key.display(),
            database.display()
        )));
    }
    Ok(())
}

fn master_key_in_environment() -> Option<Result<MasterKey, MasterKeyError>> {
    let text = std::env::var(MASTER_KEY_VARIABLE).ok()?;
    Some(MasterKey::from_text(&text, &format!("the environment variable {MASTER_KEY_VARIABLE}")))
}

fn master_key_file(configuration: &Configuration) -> PathBuf {
    configuration.master_key_file.clone().unwrap_or_else(|| configuration.data.join("master.key"))
}

async fn open_store(configuration: &Configuration) -> Result<Store, Failure> {
    let key = match master_key_in_environment() {
        Some(key) => key,
        None => {
            let file = master_key_file(configuration);
            key_is_not_lost(configuration, &file)?;
            MasterKey::create_or_open(&file)
        }
    };
    Store::open(&store_url(configuration), key.map_err(Failure::usage)?).await.map_err(Failure::unavailable)
}

fn store_url(configuration: &Configuration) -> StoreUrl {
    match &configuration.store {
        StoreSetting::Embedded => StoreUrl::Sqlite(configuration.data.join("store.db")),
        StoreSetting::Postgres(url) => StoreUrl::Postgres(url.clone()),
    }
}

/// The platform's data, for what works on its folder.
pub(crate) fn platform_data(configuration: &Configuration) -> PlatformData {
    let (folder, domain) = (configuration.data.clone(), configuration.domain.clone());
    PlatformData { folder, domain, store: store_url(configuration) }
}

/// What is wrong with the data folder, as a command fails.
pub(crate) fn data_failure(problem: Problem) -> Failure {
    match &problem {
        Problem::Usage(_) => Failure::usage(problem),
        Problem::Data(_) => Failure::data(problem),
        Problem::Unavailable(_) => Failure::unavailable(problem),
        Problem::Failed(_) => Failure::failed(problem),
    }
}

/// The master key that is there.
pub(crate) fn master_key(configuration: &Configuration) -> Result<MasterKey, Problem> {
    let key = master_key_in_environment().unwrap_or_else(|| MasterKey::open(&master_key_file(configuration)));
    key.map_err(|error| Problem::Usage(error.to_string()))
}
