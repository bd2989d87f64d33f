//! `sekisho whoami`

use clap::Args;
use serde_json::Value;

use super::output::{Times, cell};
use super::{Connection, Failure};

/// As whom the platform takes this command, and what that may do.
#[derive(Debug, Args)]
pub(super) struct Whoami {
    #[command(flatten)]
    connection: Connection,
}

impl Whoami {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut client = self.connection.client()?;
        let me = client.get("/me")?;
        let output = client.output_for(&me);
        output.show(&me, |me| told(me, output.times()))
    }
}

fn told(me: &Value, times: &Times) -> String {
    let end = match me.get("expires_at") {
        None | Some(Value::Null) => "-".to_owned(),
        end => times.of(end),
    };
    let assurance = match me.get("assurance") {
        None | Some(Value::Null) => "-".to_owned(),
        level => format!("{} of 3", cell(level)),
    };
    let fields = [
        ("actor", cell(me.get("actor"))),
        ("user", cell(me.get("user"))),
        ("roles", cell(me.get("roles"))),
        ("assurance", assurance),
        ("ends", end),
        ("may do", cell(me.get("acts"))),
    ];
    // The operator at the local socket signs in nowhere and has no role.
    let known = fields.iter().filter(|(_, value)| value != "-");
    known.map(|(name, value)| format!("{name:<10} {value}")).collect::<Vec<_>>().join("\n")
}
