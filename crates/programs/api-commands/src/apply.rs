//! `sekisho apply DIR`

use std::path::PathBuf;

use clap::Args;
use sekisho_command_line::folder;
use sekisho_control_plane::{Impact, UnknownName};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::output::{cell, one_line};
use super::policy_check::opens_everything;
use super::progress::Progress;
use super::{Connection, Failure};

/// Make the documents as they are written in a folder. A line with `!` names something that nobody has; the line `people`
/// says how many gain and lose access and how many live sessions lose access.
#[derive(Debug, Args)]
pub(super) struct Apply {
    /// The folder: `*.toml` (users, groups, devices, resources, checks, …) and `*.cedar` (policies).
    folder: PathBuf,
    /// Show what would change and change nothing.
    #[arg(long)]
    plan: bool,
    /// Also remove documents that are not in the folder, of the kinds that are.
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Apply {
    pub(super) fn run(self) -> Result<(), Failure> {
        let documents = folder::read(&self.folder).map_err(Failure::data)?;
        let body = json!({ "documents": documents, "prune": self.prune, "plan_only": self.plan });
        let progress = Progress::of(format!("{} documents", documents.len()));
        let answer = self.connection.client()?.post("/apply", &body)?;
        drop(progress);
        self.connection.output().show(&answer, |answer| shown(answer, self.plan))
    }
}

fn shown(answer: &Value, plan_only: bool) -> String {
    let mut text = String::new();
    for step in answer.pointer("/plan/steps").and_then(Value::as_array).into_iter().flatten() {
        let sign = match step.get("change").and_then(Value::as_str) {
            Some("create") => '+',
            Some("remove") => '-',
            _ => '~',
        };
        text.push_str(&format!("{sign} {} {}", cell(step.get("kind")), cell(step.get("id"))));
        if step.get("fields").is_some() {
            text.push_str(&format!(" ({})", cell(step.get("fields"))));
        }
        text.push('\n');
    }
    let nothing = text.is_empty();
    for unknown in answer.pointer("/plan/unknown_names").and_then(Value::as_array).into_iter().flatten() {
        if let Ok(unknown) = UnknownName::deserialize(unknown) {
            text.push_str(&format!("! {}\n", one_line(&unknown.to_string())));
        }
    }
    for warning in answer.pointer("/plan/warnings").and_then(Value::as_array).into_iter().flatten() {
        text.push_str(&format!("! {}\n", cell(Some(warning))));
    }
    for policy in answer.pointer("/plan/opening").and_then(Value::as_array).into_iter().flatten() {
        text.push_str(&format!("! {}\n", opens_everything(&cell(Some(policy)))));
    }
    let impact = answer.pointer("/plan/impact").and_then(|impact| Impact::deserialize(impact).ok());
    if let Some(impact) = impact.filter(|impact| *impact != Impact::default()) {
        text.push_str(&format!("people: {impact}\n"));
    }
    let unchanged = cell(answer.pointer("/plan/unchanged"));
    match (nothing, plan_only) {
        (true, _) => format!("{text}nothing to change; {unchanged} documents are as written"),
        (false, true) => format!("{text}this is the plan; {unchanged} documents are as written; nothing was changed"),
        (false, false) => {
            format!("{text}applied as revision {}; {unchanged} documents were as written", cell(answer.get("revision")))
        }
    }
}
