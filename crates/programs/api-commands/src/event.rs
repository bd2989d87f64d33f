//! `sekisho event …`

use clap::{Args, Subcommand};

use super::wanted::{narrowed_path, newest};
use super::{Connection, Failure};

/// Events: search, follow.
#[derive(Debug, Subcommand)]
pub(super) enum Event {
    /// Search the events, newest first; with `--follow`, go on with those that come. As JSON, each has its OCSF document.
    #[command(
        after_help = "Examples:\n  sekisho event list --person alice --since 2026-11-26T00:00:00+09:00 --until 2026-11-27T00:00:00+09:00\n  sekisho event list --class 2004 --follow\n  sekisho event list --address 192.0.2.7 -o json | jq .items[].ocsf"
    )]
    List {
        #[command(flatten)]
        asked: Asked,
        /// The most rows to begin with.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
        limit: u16,
        /// Go on with every event that comes, the oldest first, until interrupted.
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        connection: Connection,
    },
}

/// Which events.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// Only about this person.
    #[arg(long)]
    person: Option<String>,
    /// Only about this resource.
    #[arg(long)]
    resource: Option<String>,
    /// Only for this reason, or with this code.
    #[arg(long)]
    reason: Option<String>,
    /// Only from this address.
    #[arg(long)]
    address: Option<String>,
    /// Only of the OCSF class with this number, such as 3002 (Authentication) or 2004 (Detection Finding).
    #[arg(long, value_name = "NUMBER")]
    class: Option<u32>,
    /// Only from this time on, as RFC 3339 text.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only before this time, as RFC 3339 text.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Event {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::List { asked, limit, follow, connection } = self;
        let class = asked.class.map(|class| class.to_string());
        let path = narrowed_path(
            &format!("/events?limit={limit}"),
            [
                ("person", asked.person.as_deref()),
                ("resource", asked.resource.as_deref()),
                ("reason", asked.reason.as_deref()),
                ("address", asked.address.as_deref()),
                ("class", class.as_deref()),
                ("since", asked.since.as_deref()),
                ("until", asked.until.as_deref()),
            ],
        );
        let columns = [
            ("WHEN", "/at@"),
            ("CLASS", "/class_name"),
            ("EVENT", "/code"),
            ("OUTCOME", "/outcome"),
            ("PERSON", "/person"),
            ("RESOURCE", "/resource"),
            ("REASON", "/reason"),
            ("FROM", "/address"),
            ("PLACE", "/position!"),
        ];
        newest(&connection, &path, (limit, follow), &columns, "no event that fits")
    }
}
