//! `sekisho policy-draft …`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use super::document::path_segment;
use super::output::one_line;
use super::{Connection, Failure};

/// Drafts of policies: what they would do, report-only, approval, publishing, the way back.
#[derive(Debug, Subcommand)]
pub(super) enum PolicyDraft {
    /// List the drafts, the newest first.
    #[command(after_help = "Example: sekisho policy-draft list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show a draft: what it would do to people, what is probably not meant, what report-only found.
    #[command(after_help = "Example: sekisho policy-draft show payroll-contractors")]
    Show {
        /// Which draft.
        draft: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Begin a draft of a policy file, with the text of a file or with its present text.
    #[command(after_help = "Example: sekisho policy-draft begin payroll-contractors payroll --text payroll.cedar")]
    Begin {
        /// The name of the draft.
        draft: String,
        /// Which policy file, without `.cedar`.
        policy: String,
        /// The file with the text.
        #[arg(long)]
        text: Option<PathBuf>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Write the text of a draft. What was approved before does not count for the new text.
    #[command(after_help = "Example: sekisho policy-draft write payroll-contractors payroll.cedar")]
    Write {
        /// Which draft.
        draft: String,
        /// The file with the text.
        text: PathBuf,
        #[command(flatten)]
        connection: Connection,
    },
    /// Let a draft run beside the set: it changes no answer.
    #[command(after_help = "Example: sekisho policy-draft report-only payroll-contractors")]
    ReportOnly {
        /// Which draft.
        draft: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// End the report-only of a draft.
    #[command(after_help = "Example: sekisho policy-draft stop payroll-contractors")]
    Stop {
        /// Which draft.
        draft: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Give a draft up.
    #[command(after_help = "Example: sekisho policy-draft withdraw payroll-contractors")]
    Withdraw {
        /// Which draft.
        draft: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Approve exactly the text that was looked at, by its digest. Who wrote on the draft cannot.
    #[command(
        after_help = "Example: sekisho policy-draft approve payroll-contractors --digest 5f0c… --server https://portal.example.jp\n\n`sekisho policy-draft show` prints the digest."
    )]
    Approve {
        /// Which draft.
        draft: String,
        /// The digest of the text.
        #[arg(long)]
        digest: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Put a draft into force in the place of the policy that it was made from.
    #[command(after_help = "Example: sekisho policy-draft publish payroll-contractors")]
    Publish {
        /// Which draft.
        draft: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Put the policy back as it was before the draft was published.
    #[command(after_help = "Example: sekisho policy-draft roll-back payroll-contractors")]
    RollBack {
        /// Which draft.
        draft: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl PolicyDraft {
    pub(super) fn run(self) -> Result<(), Failure> {
        let nothing = Value::Null;
        match self {
            Self::List { connection } => list(&connection),
            Self::Show { draft, connection } => {
                let found = connection.client()?.get(&format!("/policy-drafts/{}", path_segment(&draft)))?;
                connection.output().show(&found, shown)
            }
            Self::Begin { draft, policy, text, connection } => {
                let text = text.as_deref().map(read).transpose()?;
                let body = json!({ "draft": draft, "policy": policy, "text": text });
                let answer = connection.client()?.post("/policy-drafts", &body)?;
                connection.output().show(&answer, line)
            }
            Self::Write { draft, text, connection } => {
                let body = json!({ "text": read(&text)? });
                post(&connection, &draft, "text", &body)
            }
            Self::Approve { draft, digest, connection } => {
                post(&connection, &draft, "approve", &json!({ "digest": digest }))
            }
            Self::ReportOnly { draft, connection } => post(&connection, &draft, "report-only", &nothing),
            Self::Stop { draft, connection } => post(&connection, &draft, "stop", &nothing),
            Self::Withdraw { draft, connection } => post(&connection, &draft, "withdraw", &nothing),
            Self::Publish { draft, connection } => post(&connection, &draft, "publish", &nothing),
            Self::RollBack { draft, connection } => post(&connection, &draft, "roll-back", &nothing),
        }
    }
}

fn list(connection: &Connection) -> Result<(), Failure> {
    let mut client = connection.client()?;
    let (rows, output) = (client.list("/policy-drafts")?, client.output());
    let columns = [
        ("DRAFT", "/draft"),
        ("POLICY", "/policy"),
        ("STATE", "/state"),
        ("AUTHOR", "/author"),
        ("APPROVED BY", "/approved_by"),
        ("BEGUN", "/at@"),
    ];
    output.table(&rows, &columns, "there is no draft")
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::data(format_args!("{}: {error}", file.display())))
}

fn post(connection: &Connection, draft: &str, act: &str, body: &Value) -> Result<(), Failure> {
    let answer = connection.client()?.post(&format!("/policy-drafts/{}/{act}", path_segment(draft)), body)?;
    connection.output().show(&answer, line)
}

fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => one_line(text),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn line(draft: &Value) -> String {
    format!("{}: {} of {}", text(draft, "/draft"), text(draft, "/state"), text(draft, "/policy"))
}

/// A draft, and a line for each thing that it would do.
fn shown(found: &Value) -> String {
    let mut lines = vec![line(found), format!("digest: {}", text(found, "/digest"))];
    let approved = text(found, "/approved_by");
    match (approved.as_str(), found.get("needs_approval") == Some(&Value::Bool(true))) {
        ("", true) => lines.push("approval: another person must approve this text".to_owned()),
        ("", false) => {}
        (by, _) => lines.push(format!("approval: by {by}")),
    }
    if found.get("people").is_some_and(Value::is_object) {
        let [gain, lose, cut] = ["gain", "lose", "sessions_cut"].map(|name| text(found, &format!("/people/{name}")));
        lines.push(format!("people: {gain} gain access, {lose} lose access, {cut} live sessions lose access"));
    }
    for lint in found.get("lints").and_then(Value::as_array).into_iter().flatten() {
        lines.push(format!("{}: {}", text(lint, "/code"), text(lint, "/what")));
    }
    let [compared, differences] = ["compared", "differences"].map(|name| text(found, &format!("/report/{name}")));
    lines.push(format!("report-only: {compared} decisions compared, {differences} would have been others"));
    for row in found.pointer("/report/rows").and_then(Value::as_array).into_iter().flatten() {
        let [user, resource, action, now, then, count] =
            ["/user", "/resource", "/action", "/now", "/then", "/count"].map(|name| text(row, name));
        lines.push(format!("  {user} {action} {resource}: {now}, would {then}, {count}×"));
    }
    lines.join("\n")
}
