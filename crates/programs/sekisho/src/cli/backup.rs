//! `sekisho backup` and `sekisho restore`

use std::path::PathBuf;

use clap::Args;
use sekisho_control_plane::now;
use sekisho_data_folder::{Manifest, back_up, restore};
use serde_json::{Value, json};

use super::connection::LocalFiles;
use super::output::Times;
use super::progress::Progress;
use super::{Failure, Printing};
use crate::configuration::Configuration;
use crate::up::{data_failure, master_key, platform_data, runtime};

/// Write a backup.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write. It must not exist, gets mode 0600, and holds who may do what and who is signed in: keep it as you keep the
    /// data folder.
    file: PathBuf,
    /// The configuration file.
    #[arg(long, env = "SEKISHO_CONFIG")]
    config: PathBuf,
    #[command(flatten)]
    local: LocalFiles,
    #[command(flatten)]
    printing: Printing,
}

/// Put a backup back.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup.
    file: PathBuf,
    /// The configuration file. Its `data` folder must hold no platform: nothing is overwritten.
    #[arg(long, env = "SEKISHO_CONFIG")]
    config: PathBuf,
    #[command(flatten)]
    local: LocalFiles,
    #[command(flatten)]
    printing: Printing,
}

impl Backup {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.local.check("backup")?;
        let configuration = Configuration::read(&self.config).map_err(Failure::usage)?;
        let (platform, key) = (platform_data(&configuration), || master_key(&configuration));
        let progress = Progress::of("backing up".to_owned());
        let manifest = runtime()?.block_on(back_up(&platform, key, &self.file, now())).map_err(data_failure)?;
        drop(progress);
        let output = self.printing.output();
        output.show(&shown(&manifest), |_| {
            let store = match manifest.has_store {
                true => "It holds the store and the ledger, and not the master key: keep that elsewhere.",
                false => {
                    "It holds the ledger. The store is on a PostgreSQL server: back that up with `pg_dump`, and before the ledger."
                }
            };
            format!("{}: {}\n{store}", self.file.display(), told(&manifest, output.times()))
        })
    }
}

impl Restore {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.local.check("restore")?;
        let configuration = Configuration::read(&self.config).map_err(Failure::usage)?;
        let progress = Progress::of("restoring".to_owned());
        let manifest = restore(&platform_data(&configuration), &self.file).map_err(data_failure)?;
        drop(progress);
        let output = self.printing.output();
        output.show(&shown(&manifest), |_| {
            let store = match manifest.has_store {
                true => "",
                false => {
                    "\nThe store is on a PostgreSQL server. Where it is newer than this ledger, the platform starts unready until `sekisho ledger accept-rollback`."
                }
            };
            format!(
                "{} holds {}.\nPut the master key back and start the platform: it records that it was restored. Sessions that were live at the time of the backup are live again.{store}",
                configuration.data.display(),
                told(&manifest, output.times())
            )
        })
    }
}

/// For programs: what the backup says of itself, with its time as text.
fn shown(manifest: &Manifest) -> Value {
    let mut value = json!(manifest);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("made_at".to_owned(), json!(manifest.made_at.to_string()));
    }
    value
}

fn told(manifest: &Manifest, times: &Times) -> String {
    let (domain, at, entries) = (&manifest.domain, times.at(manifest.made_at), manifest.entries);
    format!("the platform of `{domain}` as of {at}, with {entries} ledger entries")
}
