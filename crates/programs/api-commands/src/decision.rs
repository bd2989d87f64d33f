//! `sekisho decision …`

use clap::Subcommand;
use sekisho_command_line::decision_query::{Supposed, Wanted};
use sekisho_command_line::what_if;
use sekisho_model::Text;
use sekisho_terminal::language;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::document::path_segment;
use super::output::{Times, cell};
use super::wanted::newest;
use super::{Connection, Failure};

/// Decisions: the latest, or one with its explanation.
#[derive(Debug, Subcommand)]
pub(super) enum Decision {
    /// List decisions, newest first, down to the first entry of the ledger; with `--follow`, go on with those that come.
    #[command(
        after_help = "Examples:\n  sekisho decision list --outcome deny --since 2026-11-26T10:30:00+09:00 --limit 20\n  sekisho decision list --outcome deny --without-own --follow"
    )]
    List {
        #[command(flatten)]
        wanted: Wanted,
        /// The most rows to begin with.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
        limit: u16,
        /// Go on with every decision that comes, the oldest first, until interrupted.
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// List what was refused before there was a decision (malformed requests, strangers, floods), added up by second, kind and
    /// address, newest first.
    #[command(after_help = "Example: sekisho decision refused")]
    Refused {
        /// The most rows.
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=500))]
        limit: u16,
        /// Go on with what is refused from now on, the oldest first, until interrupted.
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Explain one decision, found by the request's identifier.
    #[command(after_help = "Example: sekisho decision show 01M809QSAC7GG14A05J2XYT7JQ")]
    Show {
        /// The request's identifier: it stands on every denial page and in every answer's `x-request-id`.
        request: String,
        /// The entry of the ledger, where there are several decisions on one request.
        #[arg(long)]
        entry: Option<u64>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Ask what would be decided about the request of a decision with something supposed. Nothing is recorded or permitted.
    #[command(after_help = "Example: sekisho decision what-if 01M809QSAC7GG14A05J2XYT7JQ --join hr --assurance 3")]
    WhatIf {
        /// The request's identifier.
        request: String,
        #[command(flatten)]
        supposed: Supposed,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Decision {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { wanted, limit, follow, connection } => {
                let path = format!("/decisions?limit={limit}{}", wanted.query());
                let columns = [
                    ("WHEN", "/decision/at@"),
                    ("OUTCOME", "/decision/outcome"),
                    ("SUBJECT", "/decision/subject"),
                    ("RESOURCE", "/decision/resource"),
                    ("ACTION", "/decision/action"),
                    ("REASONS", "/decision/reasons"),
                    ("REQUEST", "/decision/request!"),
                    ("ENTRY", "/index!"),
                ];
                newest(&connection, &path, (limit, follow), &columns, "no decision that fits")
            }
            Self::Refused { limit, follow, connection } => {
                let columns = [
                    ("WHEN", "/act/at@"),
                    ("KIND", "/act/detail/kind"),
                    ("COUNT", "/act/detail/count"),
                    ("FROM", "/act/target"),
                    ("FIRST", "/act/detail/first"),
                    ("DETAIL", "/act/detail/detail"),
                ];
                newest(
                    &connection,
                    &format!("/refused?limit={limit}"),
                    (limit, follow),
                    &columns,
                    "nothing was refused without a decision",
                )
            }
            Self::WhatIf { request, supposed, connection } => {
                let path = format!("/decisions/{}/what-if{}", path_segment(request.trim()), supposed.query());
                let answers = connection.client()?.get(&path)?;
                connection.output().show(&answers, what_if::text)
            }
            Self::Show { request, entry, connection } => {
                let request = request.trim().to_ascii_uppercase();
                let entry = entry.map_or_else(String::new, |entry| format!("?entry={entry}"));
                let mut client = connection.client()?;
                let mut found = client.get(&format!("/decisions/{}{entry}", path_segment(&request)))?;
                add_texts(&mut found);
                let output = client.output();
                output.show(&found, |found| explanation(found, &request, output.times()))
            }
        }
    }
}

/// What each code of a decision means, in both languages: a policy's own words, or ours.
fn add_texts(found: &mut Value) {
    let codes =
        ["reasons", "remedies"].into_iter().filter_map(|list| found.pointer(&format!("/decision/{list}"))?.as_array());
    let codes = codes.flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    let text = |code: String| {
        let of_policy = found.get("policy_texts").and_then(|texts| texts.get(&code)).cloned();
        let own = || sekisho_web::wording::code_text(&code).map(|text| json!(text));
        Some((code.clone(), of_policy.or_else(own)?))
    };
    let texts: serde_json::Map<String, Value> = codes.into_iter().filter_map(text).collect();
    if let Some(found) = found.as_object_mut() {
        found.remove("policy_texts");
        found.insert("texts".to_owned(), Value::Object(texts));
    }
}

/// Codes with their texts in the language of this terminal, one a line.
fn with_texts(found: &Value, field: &str) -> String {
    let codes = found.pointer(&format!("/decision/{field}")).and_then(Value::as_array).into_iter().flatten();
    let line = |code: &Value| {
        let text = found.get("texts").and_then(|texts| texts.get(code.as_str()?));
        let text = text.and_then(|text| Text::deserialize(text).ok());
        let text = text.map_or_else(String::new, |text| format!(": {}", text.in_language(language())));
        format!("{}{}", cell(Some(code)), cell(Some(&Value::String(text))))
    };
    codes.map(line).collect::<Vec<_>>().join("\n            ")
}

/// How what a request had opened came to its end.
fn end(ended: &Value, times: &Times) -> String {
    let field = |name: &str| ended.pointer(&format!("/end/{name}"));
    let entry = cell(ended.get("index"));
    let (at, reason) = (times.of(field("at")), cell(field("reason")));
    match field("delay_ms") {
        Some(delay) => format!(
            "what it had opened was cut at {at}: {reason}, {delay} ms after World {} (ledger entry {entry})",
            cell(field("world"))
        ),
        None => format!("what it had opened ended at {at}: {reason} (ledger entry {entry})"),
    }
}

fn explanation(found: &Value, request: &str, times: &Times) -> String {
    if let Some(refused) = found.get("refused") {
        return format!(
            "REFUSED before a decision, at {}\n  request   {request}\n  kind      {}, in this second from there: {}\n  from      {}\n  {:<9} {}\n  evidence  ledger entry {}\n",
            times.of(refused.get("at")),
            cell(refused.pointer("/detail/kind")),
            cell(refused.pointer("/detail/count")),
            cell(refused.get("target")),
            "first",
            cell(refused.pointer("/detail/detail")),
            cell(found.get("index"))
        );
    }
    if let Some(act) = found.get("act") {
        return format!(
            "NOTHING TO DECIDE at {}: {}\n  request   {request}\n  asked by  {}\n  named     {} {}\n  evidence  ledger entry {}\n",
            times.of(act.get("at")),
            cell(act.get("act")),
            cell(act.get("target")),
            cell(act.pointer("/detail/type")),
            cell(act.pointer("/detail/id")),
            cell(found.get("index"))
        );
    }
    let decision = found.get("decision").unwrap_or(&Value::Null);
    let mut text = format!("{} at {}\n", cell(decision.get("outcome")).to_uppercase(), times.of(decision.get("at")));
    if let Some(access) = found.get("access") {
        let field = |name: &str| cell(access.get(name));
        text.push_str(&format!(
            "  covers    {request}, {} {} at {}, answered {}\n",
            field("method"),
            field("path"),
            times.of(access.get("at")),
            field("status")
        ));
    }
    for field in ["request", "subject", "session", "device", "resource", "action", "method", "host", "path", "address"]
    {
        text.push_str(&format!("  {field:<9} {}\n", cell(decision.get(field))));
    }
    text.push_str(&format!("  {:<9} {}\n", "risk", cell(decision.get("risk"))));
    for part in decision.get("risk_parts").and_then(Value::as_array).into_iter().flatten() {
        text.push_str(&format!("            {} adds {}\n", cell(part.get(0)), cell(part.get(1))));
    }
    let any = |field: &str| decision.get(field).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if any("failing_checks") {
        text.push_str(&format!("  {:<9} {}\n", "fails", cell(decision.get("failing_checks"))));
    }
    for field in ["policies", "errors", "report_only"].into_iter().filter(|field| any(field)) {
        text.push_str(&format!("  {field:<9} {}\n", cell(decision.get(field))));
    }
    for field in ["reasons", "remedies"].into_iter().filter(|field| any(field)) {
        text.push_str(&format!("  {field:<9} {}\n", with_texts(found, field)));
    }
    for ended in found.get("ended").and_then(Value::as_array).into_iter().flatten() {
        text.push_str(&format!("  ended     {}\n", end(ended, times)));
    }
    text.push_str(&format!(
        "  evidence  ledger entry {}, World {}\n",
        cell(found.get("index")),
        cell(decision.get("world"))
    ));
    let conditions = what_if::conditions(found.get("conditions"));
    if !conditions.is_empty() {
        text.push_str(&format!("the policies about it, with today's facts:\n{conditions}"));
    }
    text
}
