//! `sekisho ledger verify`: checks a ledger's folder, and compares it with the heads that were kept outside of it.

use std::path::PathBuf;

use clap::Args;
use sekisho_data_folder::{sealed_beside, sealed_by};
use sekisho_ledger::{Known, Report, Witness};
use serde_json::json;

use super::connection::LocalFiles;
use super::ledger::{kept_head, opened, whole};
use super::progress::Progress;
use super::{Failure, Printing};
use crate::configuration::Configuration;
use crate::up::{data_failure, master_key, platform_data, runtime};

/// `sekisho ledger verify`
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The folder.
    folder: PathBuf,
    /// The ledger's public key, as `sekisho ledger status` prints it, or a file that holds it. By default `ledger.pub`
    /// beside the folder, which somebody who can rewrite the folder may be able to rewrite too.
    #[arg(long)]
    key: Option<String>,
    /// A head that was kept elsewhere, as an earlier `sekisho ledger verify` printed it: shows that nothing was cut off before it,
    /// and that the whole folder was not put back to an older copy.
    #[arg(long)]
    kept: Option<PathBuf>,
    /// The platform's configuration file: compares the ledger with the head that is sealed in the store. By default the store and the
    /// master key beside the folder, when both are there.
    #[arg(long)]
    config: Option<PathBuf>,
    #[command(flatten)]
    local: LocalFiles,
    #[command(flatten)]
    printing: Printing,
}

impl Verify {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.local.check("ledger verify")?;
        let (folder, key) = opened(&self.folder, self.key.clone())?;
        let mut known = Vec::new();
        if let Some(file) = &self.kept {
            known.push(Known { head: kept_head(file, &key)?, by: Witness::Elsewhere });
        }
        let sealed = match &self.config {
            Some(file) => {
                let configuration = Configuration::read(file).map_err(Failure::usage)?;
                let master_key = master_key(&configuration).map_err(data_failure)?;
                runtime()?.block_on(sealed_by(&platform_data(&configuration), master_key, &key))
            }
            None => runtime()?.block_on(sealed_beside(&folder, &key)),
        };
        let not_compared = match sealed {
            Ok(sealed) => {
                known.extend(sealed.map(|head| Known { head, by: Witness::Store }));
                None
            }
            // Who names the configuration wants the comparison.
            Err(problem) if self.config.is_some() => return Err(data_failure(problem)),
            Err(problem) => Some(problem.to_string()),
        };
        // The head was sealed before the ledger is read, so a running ledger holds it.
        let progress = Progress::of("verifying the ledger".to_owned());
        let report = sekisho_ledger::verify(&folder, &key, &known);
        drop(progress);
        self.printing.output().show(&json!(report), |_| told(&report, not_compared.as_deref()))?;
        whole(&report)
    }
}

/// What a person reads.
fn told(report: &Report, not_compared: Option<&str>) -> String {
    if !report.is_whole() {
        return report.findings.iter().map(|finding| format!("WRONG {finding}\n")).collect();
    }
    let end = match report.vouched {
        Some(size) => format!(
            "Nothing was cut off before entry {size}: a head that was kept outside of the folder vouches for it. Entries after it may \
             have been cut off the end."
        ),
        None => "Entries cut off at the end cannot be excluded: compare with a head that was kept elsewhere (`--kept`) or with the \
                 platform's store (`--config`)."
            .to_owned(),
    };
    let not_compared = not_compared.map(|why| format!("The store beside the folder was not compared: {why}\n"));
    format!(
        "The ledger is whole: no entry that is there was altered, and none was removed or reordered among them.\n{end}\n{}{} entries, {} \
         segments with {} sealed access events\nnewest head, to keep elsewhere:\n{}\n",
        not_compared.unwrap_or_default(),
        report.entries,
        report.segments,
        report.sealed_events,
        report.head
    )
}
