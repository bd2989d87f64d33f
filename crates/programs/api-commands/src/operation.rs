//! `sekisho reload` and `sekisho upgrade`: what is asked of the running process itself.

use clap::Args;
use serde_json::{Value, json};

use super::output::{cell, one_line};
use super::{Connection, Failure};

/// Ask the running platform to read its configuration file again.
#[derive(Debug, Args)]
pub(super) struct Reload {
    #[command(flatten)]
    connection: Connection,
}

/// Ask the running platform to hand over to the binary that now lies where it was started from.
#[derive(Debug, Args)]
pub(super) struct Upgrade {
    #[command(flatten)]
    connection: Connection,
}

impl Reload {
    pub(super) fn run(self) -> Result<(), Failure> {
        let outcome = self.connection.client()?.post("/operations/reload", &json!({}))?;
        self.connection.output().show(&outcome, told)
    }
}

impl Upgrade {
    pub(super) fn run(self) -> Result<(), Failure> {
        let outcome = self.connection.client()?.post("/operations/upgrade", &json!({}))?;
        self.connection
            .output()
            .show(&outcome, |outcome| format!("process {} has taken over", cell(outcome.get("pid"))))
    }
}

/// What changed, as a person reads it.
fn told(outcome: &Value) -> String {
    let mut text = match outcome.get("changed") {
        Some(Value::Array(changed)) if changed.is_empty() => "no setting changed".to_owned(),
        changed => format!("changed: {}", cell(changed)),
    };
    for setting in outcome.get("not_changed").and_then(Value::as_array).into_iter().flatten() {
        text = format!("{text}\nnot changed: {}: {}", cell(setting.get("setting")), cell(setting.get("why")));
    }
    text
}

/// `sekisho restore-console`
#[derive(Debug, Args)]
pub(super) struct RestoreConsole {
    #[command(flatten)]
    connection: Connection,
}

impl RestoreConsole {
    pub(super) fn run(self) -> Result<(), Failure> {
        let answer = self.connection.local_client("restore-console")?.post("/restore-console", &Value::Null)?;
        self.connection.output().show(&answer, |answer| {
            let restored = answer.get("restored").and_then(Value::as_array).into_iter().flatten();
            let names: Vec<String> = restored.filter_map(Value::as_str).map(one_line).collect();
            if names.is_empty() {
                "Everything is as it was shipped.".to_owned()
            } else {
                format!("Restored: {}", names.join(", "))
            }
        })
    }
}
