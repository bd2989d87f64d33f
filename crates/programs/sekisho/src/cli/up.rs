//! `sekisho up`

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::configuration::Configuration;
use crate::up::Predecessor;

/// Start the platform.
#[derive(Debug, Args)]
pub(super) struct Up {
    /// The configuration file.
    #[arg(long, env = "SEKISHO_CONFIG")]
    config: PathBuf,
    /// Only check the configuration file.
    #[arg(long)]
    check: bool,
    /// Take over from the process at the other end of standard input. `sekisho upgrade` sets it.
    #[arg(long, hide = true, conflicts_with = "check")]
    take_over: bool,
}

impl Up {
    pub(super) fn run(self) -> Result<(), Failure> {
        if !self.take_over {
            return self.start(None);
        }
        let mut predecessor = Predecessor::on_standard_input()?;
        let outcome = self.start(Some(&mut predecessor));
        if let Err(failure) = &outcome {
            predecessor.failed(failure);
        }
        outcome
    }

    fn start(self, predecessor: Option<&mut Predecessor>) -> Result<(), Failure> {
        // INVARIANT I-20: the whole file is read and checked before any port is bound.
        let configuration = Configuration::read(&self.config).map_err(Failure::usage)?;
        let in_file = |failure: Failure| Failure::usage(format_args!("{}: {failure}", self.config.display()));
        if self.check {
            crate::up::check(&configuration).map_err(in_file)?;
            return super::line(&format!("{} is valid", self.config.display()));
        }
        if let Some(predecessor) = &predecessor {
            predecessor.check(&configuration)?;
        }
        crate::up::run(configuration, self.config, predecessor)
    }
}
