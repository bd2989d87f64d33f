//! `sekisho workload …`

use std::path::PathBuf;

use clap::Subcommand;
use sekisho_model::Language;
use sekisho_terminal::language;
use serde_json::{Value, json};

use super::document::path_segment;
use super::output::{line, note, one_line};
use super::{Connection, Failure};

/// Workloads: how they stand, and what they prove themselves with.
#[derive(Debug, Subcommand)]
pub(super) enum Workload {
    /// List the workloads and how each stands.
    #[command(after_help = "Example: sekisho workload list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show a workload: whom it trusts, and its credentials.
    #[command(after_help = "Example: sekisho workload show ci-deploy")]
    Show {
        /// Which workload.
        workload: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Issue a token to a workload. It is shown once.
    #[command(
        after_help = "Example: TOKEN=$(sekisho workload token nightly-report --days 90)\n\nThe token is printed on standard output and all else on standard error. The program sends it to applications as `Authorization: Bearer`."
    )]
    Token {
        /// Which workload.
        workload: String,
        /// The number of days after which it ends, at most 366.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
        #[command(flatten)]
        connection: Connection,
    },
    /// Issue a certificate with the workload's SPIFFE ID, for a key that the workload keeps to itself.
    #[command(
        after_help = "Example: sekisho workload certificate ci-deploy --csr ci-deploy.csr > ci-deploy.pem\n\nThe chain is printed on standard output in PEM and all else on standard error. Of the request only the key counts."
    )]
    Certificate {
        /// Which workload.
        workload: String,
        /// The certificate request in PEM (PKCS #10), signed with its own key.
        #[arg(long)]
        csr: PathBuf,
        /// The number of hours after which it ends, at most 168.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=168))]
        hours: u16,
        #[command(flatten)]
        connection: Connection,
    },
    /// Revoke a credential of a workload. What was opened with it is cut.
    #[command(after_help = "Example: sekisho workload revoke ci-deploy 5f0c2a9e11d4")]
    Revoke {
        /// Which workload.
        workload: String,
        /// The credential, by its first digits.
        credential: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Disable a workload. What it has open is cut.
    #[command(after_help = "Example: sekisho workload disable ci-deploy")]
    Disable {
        /// Which workload.
        workload: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Enable a workload again.
    #[command(after_help = "Example: sekisho workload enable ci-deploy")]
    Enable {
        /// Which workload.
        workload: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Workload {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => list(&connection),
            Self::Show { workload, connection } => {
                let found = connection.client()?.get(&path(&workload, ""))?;
                connection.output().show(&found, shown)
            }
            Self::Token { workload, days, connection } => token(&connection, &workload, days),
            Self::Certificate { workload, csr, hours, connection } => {
                let request = std::fs::read_to_string(&csr)
                    .map_err(|error| Failure::data(format_args!("{}: {error}", csr.display())))?;
                certificate(&connection, &workload, &json!({ "csr": request, "hours": hours }))
            }
            Self::Revoke { workload, credential, connection } => {
                let path = path(&workload, &format!("/credentials/{}/revoke", path_segment(&credential)));
                let answer = connection.client()?.post(&path, &Value::Null)?;
                connection.output().show(&answer, |_| format!("{credential} of {workload} is revoked"))
            }
            Self::Disable { workload, connection } => {
                let answer = connection.client()?.post(&path(&workload, "/disable"), &Value::Null)?;
                connection.output().show(&answer, |_| format!("{workload} is disabled"))
            }
            Self::Enable { workload, connection } => {
                let answer = connection.client()?.post(&path(&workload, "/enable"), &Value::Null)?;
                connection.output().show(&answer, |_| format!("{workload} is enabled"))
            }
        }
    }
}

fn list(connection: &Connection) -> Result<(), Failure> {
    let mut client = connection.client()?;
    let (rows, output) = (client.list("/workloads")?, client.output());
    let columns = [
        ("WORKLOAD", "/id"),
        ("OWNER", "/owner"),
        ("GROUPS", "/groups"),
        ("STATE", "/state"),
        ("CREDENTIALS", "/credentials"),
    ];
    output.table(&rows, &columns, "no workload: apply a `[[workload]]` document")
}

fn token(connection: &Connection, workload: &str, days: u16) -> Result<(), Failure> {
    let mut client = connection.client()?;
    // Nothing is asked for between the token and its printing.
    let output = client.output();
    let answer = client.post(&path(workload, "/tokens"), &json!({ "days": days }))?;
    if output.is_for_programs() {
        return output.show(&answer, |_| String::new());
    }
    let token = answer.get("token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| Failure::failed("the platform's answer holds no token"))?;
    let until = output.times().of(answer.get("expires_at"));
    note(&match language() {
        Language::English => format!("Keep the token of {workload}; it is not shown again, and ends at {until}:"),
        Language::Japanese => {
            format!("{workload} のトークンを保管してください。再び表示されることはなく、{until} に失効します。")
        }
    });
    line(&one_line(token))
}

fn certificate(connection: &Connection, workload: &str, wanted: &Value) -> Result<(), Failure> {
    let mut client = connection.client()?;
    let output = client.output();
    let answer = client.post(&path(workload, "/certificates"), wanted)?;
    if output.is_for_programs() {
        return output.show(&answer, |_| String::new());
    }
    let (name, until) = (text(&answer, "spiffe_id"), output.times().of(answer.get("expires_at")));
    note(&match language() {
        Language::English => format!("The certificate of {name} ends at {until}."),
        Language::Japanese => format!("{name} の証明書の有効期限は {until} です。"),
    });
    let chain = answer.get("chain").and_then(Value::as_str).unwrap_or_default();
    chain.lines().try_for_each(|text| line(&one_line(text)))
}

fn path(workload: &str, rest: &str) -> String {
    format!("/workloads/{}{rest}", path_segment(workload))
}

/// A workload, and a line for each issuer that it trusts and for each of its credentials.
fn shown(found: &Value) -> String {
    let mut lines = vec![format!(
        "{}: {}, owner {}, {}",
        text(found, "id"),
        text(found, "state"),
        text(found, "owner"),
        text(found, "spiffe_id")
    )];
    for trust in rows(found, "trusts") {
        let [issuer, audience, subject] = ["issuer", "audience", "subject"].map(|name| text(trust, name));
        lines.push(format!("  trusts {issuer} for {audience}: {subject}"));
    }
    for one in rows(found, "live") {
        let short: String = text(one, "id").chars().take(12).collect();
        let [form, origin, until] = ["form", "origin", "expires_at"].map(|name| text(one, name));
        lines.push(format!("  {short} {form}, {origin}, until {until}"));
    }
    lines.join("\n")
}

fn rows<'a>(found: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    found.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => one_line(text),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
