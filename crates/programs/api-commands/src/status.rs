//! `sekisho status`: whether the platform is ready, and how its parts stand.

use clap::Args;
use serde_json::{Value, json};

use super::output::{Times, cell};
use super::{Connection, Failure};

/// How the platform stands.
#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    connection: Connection,
}

impl Status {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut client = self.connection.client()?;
        let status = client.get("/status")?;
        let output = client.output();
        output.show(&status, |status| told(status, output.times()))?;
        match status.get("ready").and_then(Value::as_bool) {
            Some(true) => Ok(()),
            _ => Err(Failure::failed("the platform is not ready: what stands in its way is above")),
        }
    }
}

fn told(status: &Value, times: &Times) -> String {
    let is_ready = status.get("ready") == Some(&json!(true));
    let mut text = format!("{:<13} {}\n", "ready", if is_ready { "yes" } else { "no" });
    for (name, good) in status.get("checks").and_then(Value::as_object).into_iter().flatten() {
        if good != &json!(true) {
            text.push_str(&format!("{:<13} {} does not answer as it must\n", "unready", cell(Some(&json!(name)))));
        }
    }
    for field in ["unready", "impaired"] {
        for (name, why) in status.get(field).and_then(Value::as_object).into_iter().flatten() {
            text.push_str(&format!("{field:<13} {}: {}\n", cell(Some(&json!(name))), cell(Some(why))));
        }
    }
    let kinds = status.get("unknown_kinds").filter(|kinds| kinds.as_array().is_some_and(|kinds| !kinds.is_empty()));
    if let Some(kinds) = kinds {
        text.push_str(&format!("{:<13} {}\n", "unknown kinds", cell(Some(kinds))));
    }
    let (world, ledger) = (cell(status.get("world")), cell(status.get("ledger")));
    text.push_str(&format!("{:<13} {}\n", "version", cell(status.get("version"))));
    text.push_str(&format!("{:<13} revision {world}\n{:<13} {ledger} entries\n", "World", "ledger"));
    text.push_str(&tasks(status, times));
    text.push_str(&certificates(status, times));
    text
}

fn tasks(status: &Value, times: &Times) -> String {
    let tasks = || status.get("tasks").and_then(Value::as_array).into_iter().flatten();
    let is = |task: &&Value, state: &str| task.get("state").is_some_and(|it| it == state);
    let count = |state: &str| tasks().filter(|task| is(task, state)).count();
    let mut parts = vec![format!("{} work", count("works"))];
    for (state, said) in [("begins", "begin"), ("elsewhere", "are done by another process"), ("failed", "failed")] {
        match count(state) {
            0 => {}
            count => parts.push(format!("{count} {said}")),
        }
    }
    let mut text = format!("{:<13} {}\n", "tasks", parts.join(", "));
    for task in tasks().filter(|task| is(task, "failed")) {
        let (name, why, next) = (cell(task.get("name")), cell(task.get("problem")), times.of(task.get("next_at")));
        text.push_str(&format!("{:<13} {name} failed: {why}; tried again at {next}\n", ""));
    }
    text
}

fn certificates(status: &Value, times: &Times) -> String {
    let rows = || status.get("certificates").and_then(Value::as_array).into_iter().flatten();
    let first = rows().filter_map(|row| row.get("until")).min_by_key(|until| until.as_str().unwrap_or_default());
    let ends = first.map_or_else(String::new, |until| format!(", the first ends at {}", times.of(Some(until))));
    let mut text = format!("{:<13} {}{ends}\n", "certificates", rows().count());
    for row in rows().filter(|row| !row.get("problem").is_none_or(Value::is_null)) {
        text.push_str(&format!("{:<13} {}: {}\n", "", cell(row.get("host")), cell(row.get("problem"))));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sekisho_model::TimeZone;

    use super::super::output::{Form, Output};
    use super::*;

    #[test]
    fn what_stands_in_the_way_and_what_failed_is_named() {
        let output = Output::new(Form::Table, Arc::new(TimeZone::fixed(540)));
        let status = json!({
            "ready": false, "checks": { "store": false, "world": true }, "unready": { "clock": "it went back" },
            "impaired": { "disk": "7 MiB are free" }, "unknown_kinds": [], "world": 7, "ledger": 9, "version": "1",
            "tasks": [{ "name": "sweep", "state": "failed", "problem": "no", "next_at": "2026-12-01T00:00:00Z" },
                { "name": "seal", "state": "works" }],
            "certificates": [{ "host": "b", "until": "2027-01-01T00:00:00Z", "problem": null },
                { "host": "a", "until": "2026-12-24T00:00:00Z", "problem": "no answer" }],
        });
        let text = told(&status, output.times());
        for says in [
            "ready         no\n",
            "unready       store does not",
            "unready       clock: it went back\n",
            "impaired      disk: 7 MiB are free\n",
            "revision 7\n",
            "9 entries\n",
            "1 work, 1 failed\n",
            "sweep failed: no; tried again at 2026-12-01 09:00:00+09:00\n",
            "2, the first ends at 2026-12-24 09:00:00+09:00\n",
            "a: no answer\n",
        ] {
            assert!(text.contains(says), "{says}: {text}");
        }
    }
}
