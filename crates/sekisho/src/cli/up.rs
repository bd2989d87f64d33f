//! `sekisho up`

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::configuration::Configuration;

/// Start the platform.
#[derive(Debug, Args)]
pub(super) struct Up {
    /// The configuration file.
    #[arg(long, env = "SEKISHO_CONFIG")]
    config: PathBuf,
    /// Only check the configuration file.
    #[arg(long)]
    check: bool,
}

impl Up {
    pub(super) fn run(self) -> Result<(), Failure> {
        // INVARIANT I-20: the whole file is read and checked before any port is bound.
        let configuration = Configuration::read(&self.config).map_err(Failure::usage)?;
        if self.check {
            crate::up::check(&configuration)?;
            return super::line(&format!("{} is valid", self.config.display()));
        }
        crate::up::run(configuration)
    }
}
