//! `sekisho clock …`

use clap::Subcommand;
use serde_json::Value;

use super::{Connection, Failure};

/// The clock that decisions go by.
#[derive(Debug, Subcommand)]
pub(super) enum Clock {
    /// Go by what the system's clock shows, although it differs from the time that passed. Only when the clock is right: sessions may end
    /// and what expired may be valid again. Recorded.
    #[command(after_help = "Example: sekisho clock accept")]
    Accept {
        #[command(flatten)]
        connection: Connection,
    },
}

impl Clock {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Accept { connection } = self;
        let mut client = connection.local_client("clock accept")?;
        let accepted = client.post("/clock/accept", &Value::Null)?;
        let output = client.output();
        output.show(&accepted, |accepted| {
            let time = |field: &str| output.times().of(accepted.get(field));
            format!("Decisions went by {} and go by {} now.", time("went_by"), time("now"))
        })
    }
}
