//! `sekisho ledger read`: what a ledger records, as a table for people or as lines of JSON that can be checked again.

use std::path::PathBuf;

use clap::Args;
use sekisho_ledger::{Checkpoint, EntryKind, Filter, LedgerError};
use sekisho_model::{Act, Actor, DecisionRecord, Record, RequestId, StreamEnd, Timestamp};
use serde_json::{Value, json};

use super::connection::LocalFiles;
use super::ledger::{opened, whole};
use super::output::{Form, evidence};
use super::progress::Progress;
use super::{Failure, Output, Printing};

/// The most of an act's detail that a table shows.
const DETAIL: usize = 80;

/// Which ledger, and which of its entries.
#[derive(Debug, Args)]
pub(super) struct Read {
    /// The folder.
    folder: PathBuf,
    /// The ledger's public key, as for `sekisho ledger verify`.
    #[arg(long)]
    key: Option<String>,
    /// Only entries of this kind: a `decision`, the `end` of something that was open (cut or closed), or an `act`.
    #[arg(long, value_parser = ["decision", "end", "act"])]
    kind: Option<String>,
    /// Only what this person asked for, had open, did, or had done to their account.
    #[arg(long)]
    subject: Option<String>,
    /// Only about this resource.
    #[arg(long)]
    resource: Option<String>,
    /// Only about this request's number: its decisions, and the ends of what it opened.
    #[arg(long)]
    request: Option<String>,
    /// Only acts with this code, such as `session-ended` or `document-put`.
    #[arg(long)]
    act: Option<String>,
    /// Only from this time on: date, time and offset, such as `2026-11-26T10:30:00+09:00`.
    #[arg(long)]
    since: Option<Timestamp>,
    /// Only before this time.
    #[arg(long)]
    until: Option<Timestamp>,
    #[command(flatten)]
    local: LocalFiles,
    // As JSON, a line for each entry: its index, and the entry in the very bytes that are hashed.
    #[command(flatten)]
    printing: Printing,
}

/// Why reading ended early.
enum Stop {
    Ledger(LedgerError),
    Failure(Failure),
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl Read {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.local.check("ledger read")?;
        let (folder, key) = opened(&self.folder, self.key.clone())?;
        let progress = Progress::of("verifying the ledger".to_owned());
        let report = sekisho_ledger::verify(&folder, &key, &[]);
        drop(progress);
        whole(&report)?;
        let head = Checkpoint::open(&report.head, &key).map_err(Failure::data)?;
        let (filter, output) = (self.filter(), self.printing.output());
        let mut rows = Vec::new();
        let each = |index, entry: &[u8]| self.take(&filter, &output, (index, entry), &mut rows).map_err(Stop::Failure);
        sekisho_ledger::read(&folder, &key, &head, each).map_err(|stop| match stop {
            Stop::Ledger(error) => Failure::data(error),
            Stop::Failure(failure) => failure,
        })?;
        if output.is_for_programs() {
            return Ok(());
        }
        let columns = [
            ("ENTRY", "/ENTRY"),
            ("WHEN", "/WHEN@"),
            ("WHAT", "/WHAT"),
            ("WHO", "/WHO"),
            ("ON", "/ON"),
            ("WHY", "/WHY"),
            ("REQUEST", "/REQUEST!"),
        ];
        output.table(&Value::Array(rows), &columns, "the ledger is whole and holds no such entry")
    }

    fn filter(&self) -> Filter {
        let kind = self.kind.as_deref().map(|kind| match kind {
            "decision" => EntryKind::Decision,
            "end" => EntryKind::StreamEnd,
            _ => EntryKind::Act,
        });
        Filter {
            kind,
            subject: self.subject.clone(),
            resource: self.resource.clone(),
            request: self.request.as_deref().map(|request| RequestId::new(request.trim().to_ascii_uppercase())),
            act: self.act.clone(),
            ..Filter::default()
        }
    }

    /// Prints or keeps one entry, if it is asked for.
    fn take(
        &self,
        filter: &Filter,
        output: &Output,
        (index, entry): (u64, &[u8]),
        rows: &mut Vec<Value>,
    ) -> Result<(), Failure> {
        let record: Record = serde_json::from_slice(entry).map_err(Failure::data)?;
        let at = at(&record);
        let in_time = self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until);
        // Who asks for everything gets the seals too, so that the whole log can be hashed again.
        let everything = output.is_for_programs() && *filter == Filter::default();
        if !in_time || !(everything || filter.fits(&record)) {
            return Ok(());
        }
        match self.printing.form() {
            Form::Table => {}
            Form::Json => {
                return evidence(&format!("{{\"index\":{index},\"entry\":{}}}", String::from_utf8_lossy(entry)));
            }
            Form::Yaml => return output.show_line(&json!({ "index": index, "entry": record }), "").map(drop),
        }
        let mut row = match &record {
            Record::Decision(decision) => of_decision(decision),
            Record::StreamEnd(end) => of_end(end),
            Record::Act(act) => of_act(act),
            Record::Seal { .. } => return Ok(()),
        };
        if let Some(row) = row.as_object_mut() {
            row.insert("ENTRY".to_owned(), json!(index));
            row.insert("WHEN".to_owned(), json!(at));
        }
        rows.push(row);
        Ok(())
    }
}

const fn at(record: &Record) -> Timestamp {
    match record {
        Record::Decision(decision) => decision.at,
        Record::StreamEnd(end) => end.at,
        Record::Act(act) => act.at,
        Record::Seal { at, .. } => *at,
    }
}

fn of_decision(decision: &DecisionRecord) -> Value {
    let action = decision.action.map(sekisho_model::Action::name).unwrap_or_default();
    let why = if decision.reasons.is_empty() { json!(decision.policies) } else { json!(decision.reasons) };
    json!({
        "WHAT": format!("{} {action}", json!(decision.outcome).as_str().unwrap_or_default()),
        "WHO": decision.subject, "ON": decision.resource, "WHY": why, "REQUEST": decision.request,
    })
}

fn of_end(end: &StreamEnd) -> Value {
    let (what, why) = match end.delay_ms {
        Some(delay) => ("cut", format!("{}, {delay} ms after World {}", end.reason, end.world)),
        None => ("closed", end.reason.clone()),
    };
    json!({ "WHAT": what, "WHO": end.subject, "ON": end.resource, "WHY": why, "REQUEST": end.request })
}

fn of_act(act: &Act) -> Value {
    let who = match &act.actor {
        Actor::User(id) => id.clone(),
        Actor::Device(id) => format!("device {id}"),
        Actor::EnforcementPoint(id) => format!("enforcement point {id}"),
        Actor::Workload(id) => format!("workload {id}"),
        Actor::Token { owner, token } => format!("{owner} by token {token}"),
        Actor::Operator(id) => format!("operator {id}"),
        Actor::System => "sekisho".to_owned(),
    };
    let detail = if act.detail.is_null() { String::new() } else { act.detail.to_string() };
    let shown: String = detail.chars().take(DETAIL).collect();
    let cut = if shown.len() < detail.len() { "…" } else { "" };
    json!({ "WHAT": act.act, "WHO": who, "ON": act.target, "WHY": format!("{shown}{cut}"), "REQUEST": Value::Null })
}
