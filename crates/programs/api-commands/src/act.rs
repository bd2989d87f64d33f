//! `sekisho act …`

use clap::Subcommand;

use super::wanted::{narrowed_path, newest};
use super::{Connection, Failure};

/// Administrative acts: who did what, and when.
#[derive(Debug, Subcommand)]
pub(super) enum Act {
    /// List the latest acts, newest first; with `--follow`, go on with those that come.
    #[command(
        after_help = "Examples:\n  sekisho act list --user alice\n  sekisho act list --act document-put --follow\n  sekisho act list --follow -o json | jq .act.target"
    )]
    List {
        /// Only by this person, or on their account.
        #[arg(long)]
        user: Option<String>,
        /// Only with this code, such as `session-ended` or `document-put`.
        #[arg(long)]
        act: Option<String>,
        /// The most rows to begin with.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
        limit: u16,
        /// Go on with every act that comes, the oldest first, until interrupted.
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Act {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::List { user, act, limit, follow, connection } = self;
        let path = narrowed_path(&format!("/acts?limit={limit}"), [("user", user.as_deref()), ("act", act.as_deref())]);
        let columns = [
            ("WHEN", "/act/at@"),
            ("ACT", "/act/act"),
            ("BY", "/act/actor"),
            ("ON", "/act/target"),
            ("DETAIL", "/act/detail"),
            ("ENTRY", "/index!"),
        ];
        newest(&connection, &path, (limit, follow), &columns, "no act is recorded that fits")
    }
}
