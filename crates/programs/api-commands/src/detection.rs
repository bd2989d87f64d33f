//! `sekisho detection …`

use clap::Subcommand;

use super::{Connection, Failure};

/// Detection rules: look.
#[derive(Debug, Subcommand)]
pub(super) enum Detection {
    /// List the rules, with how often each matched since the platform started.
    #[command(
        after_help = "Examples:\n  sekisho detection list\n  sekisho event list --reason rule-matched\n\nRules of your own are Sigma files whose names end with .yml, in the folder `rules` of the data folder."
    )]
    List {
        #[command(flatten)]
        connection: Connection,
    },
}

impl Detection {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::List { connection } = self;
        let mut client = connection.client()?;
        let rows = client.list_first("/detection-rules", usize::MAX)?;
        let columns = [
            ("RULE", "/title"),
            ("LEVEL", "/level"),
            ("MATCHES", "/matches"),
            ("LAST", "/last_match@"),
            ("FOR", "/description"),
            ("ID", "/id!"),
        ];
        client.output().table(&rows, &columns, "no rule is in force")
    }
}
