//! `sekisho certificate …`

use clap::Subcommand;

use super::{Connection, Failure};

/// The certificates that browsers and agents see.
#[derive(Debug, Subcommand)]
pub(super) enum Certificate {
    /// List them: where each is from, when it ends and is renewed, and why an order came to nothing.
    #[command(after_help = "Example: sekisho certificate list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
}

impl Certificate {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::List { connection } = self;
        let rows = connection.client().get("/v1/certificates")?;
        let columns = [
            ("HOST", "/host"),
            ("FROM", "/source"),
            ("UNTIL", "/until@"),
            ("RENEWED AT", "/renew_at@"),
            ("TRIED AGAIN", "/next_try@"),
            ("PROBLEM", "/problem"),
        ];
        connection.output().table(&rows, &columns, "no certificate is shown")
    }
}
