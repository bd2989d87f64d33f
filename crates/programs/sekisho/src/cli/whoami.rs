//! `sekisho whoami`

use clap::Args;
use serde_json::Value;

use super::output::{cell, one_line, time};
use super::{Connection, Failure};

/// As whom the platform takes this command, and what that may do.
#[derive(Debug, Args)]
pub(super) struct Whoami {
    #[command(flatten)]
    connection: Connection,
}

impl Whoami {
    pub(super) fn run(self) -> Result<(), Failure> {
        let me = self.connection.client()?.get("/me")?;
        self.connection.output().show(&me, told)
    }
}

/// One field on a line, in the order of the answer.
fn told(me: &Value) -> String {
    let fields = me.as_object().into_iter().flatten();
    let lines = fields.map(|(field, value)| {
        let value = if field.ends_with("_at") { time(Some(value)) } else { cell(Some(value)) };
        format!("{:<12} {value}", one_line(field))
    });
    lines.collect::<Vec<_>>().join("\n")
}
