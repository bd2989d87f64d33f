//! Where the agent of this machine keeps its key, for every command that needs it.

use std::path::PathBuf;

use clap::Args;

use crate::Failure;

/// The agent's folder.
#[derive(Debug, Args)]
pub struct AgentFolder {
    /// The folder with the device's key and certificate [env: SEKISHO_AGENT] [default: `sekisho-agent` in this user's data folder,
    /// `~/.local/share`].
    #[arg(long)]
    folder: Option<PathBuf>,
}

impl AgentFolder {
    /// The folder that the command line names, or the usual one.
    ///
    /// # Errors
    /// As [`usual`].
    pub fn path(&self) -> Result<PathBuf, Failure> {
        self.folder.clone().map_or_else(usual, Ok)
    }
}

/// The folder when the command line names none: the same from wherever a command is run.
///
/// # Errors
/// When neither `SEKISHO_AGENT` nor `HOME` is set.
pub fn usual() -> Result<PathBuf, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let in_data =
        || Some(set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")))?.join("sekisho-agent"));
    set("SEKISHO_AGENT").or_else(in_data).ok_or_else(|| {
        Failure::usage(
            "neither SEKISHO_AGENT nor HOME is set: name the agent's folder on the command line (see `--help`)",
        )
    })
}
