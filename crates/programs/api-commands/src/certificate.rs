//! `sekisho certificate …`

use clap::Subcommand;
use serde_json::{Value, json};

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
        let mut client = connection.client()?;
        let (mut rows, output) = (client.list("/certificates")?, client.output());
        for row in rows.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            // One from files is for every host; programs read that from its absence.
            if !output.is_for_programs() && row.get("host").is_none_or(Value::is_null) {
                row.insert("host".to_owned(), json!("(every host)"));
            }
        }
        let columns = [
            ("HOST", "/host"),
            ("FROM", "/source"),
            ("UNTIL", "/until@"),
            ("RENEWED AT", "/renew_at@"),
            ("TRIED AGAIN", "/next_try_at@"),
            ("PROBLEM", "/problem"),
        ];
        output.table(&rows, &columns, "no certificate is shown")
    }
}
