//! `sekisho token …`

use clap::{ArgGroup, Subcommand};
use sekisho_control_plane::now;
use sekisho_model::{Language, Span, Timestamp};
use sekisho_terminal::language;
use serde_json::{Value, json};

use super::document::path_segment;
use super::output::{line, note, one_line};
use super::wanted::Wanted;
use super::{Connection, Failure};

/// The length of a day in seconds.
const DAY: i64 = 24 * 60 * 60;

/// API tokens: make, look, revoke.
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token that may do what its roles may do. It is shown once.
    #[command(
        after_help = "Examples:\n  sekisho token make ci-backup --role administrators --part platform-ledger --read-only --days 90 --owner alice\n  TOKEN=$(sekisho token make enrolment --role administrators --part platform-devices --until 2026-12-31T18:00:00+09:00 --server https://portal.example.jp)\n\nThe token is printed on standard output and all else on standard error. Who makes one must have its roles, and so must its owner.",
        group(ArgGroup::new("end").required(true).args(["days", "until"]))
    )]
    Make {
        /// What to call it.
        id: String,
        /// A role that it has, the name of a group; more than once for several.
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
        /// A part of the platform to which it is limited; more than once for several. Without one, all that its roles reach.
        #[arg(long = "part", value_name = "PART")]
        parts: Vec<String>,
        /// It may look, and change nothing.
        #[arg(long)]
        read_only: bool,
        /// The number of days after which it ends, at most 366.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: Option<u16>,
        /// It ends then: date, time and offset, such as `2026-12-31T18:00:00+09:00`.
        #[arg(long)]
        until: Option<Timestamp>,
        /// The person in whose name it acts, and whom it never goes beyond; you by default. Over the local socket, which nobody
        /// signs in to, it must be given.
        #[arg(long, value_name = "USER")]
        owner: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// List them; no token itself is shown.
    #[command(after_help = "Examples:\n  sekisho token list\n  sekisho token list --all")]
    List {
        /// Those of everybody, and not only yours. The operator at the local socket sees all of them.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        connection: Connection,
    },
    /// Revoke one: it permits nothing from now on.
    #[command(after_help = "Example: sekisho token revoke ci-backup")]
    Revoke {
        /// Which token.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Token {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Make { id, roles, parts, read_only, days, until, owner, connection } => {
                let end = until.or_else(|| days.map(|days| now().plus(Span::from_seconds(i64::from(days) * DAY))));
                let mut wanted = json!({
                    "id": id, "roles": roles, "parts": parts, "read_only": read_only, "expires_at": end,
                });
                if let (Some(owner), Some(fields)) = (owner, wanted.as_object_mut()) {
                    fields.insert("owner".to_owned(), Value::from(owner));
                }
                make(&connection, &id, &wanted)
            }
            Self::List { all, wanted, connection } => {
                let mut client = connection.client()?;
                let rows = wanted.of(&mut client, "/tokens", &[("scope", all.then_some("all"))])?;
                let columns = [
                    ("TOKEN", "/id"),
                    ("OWNER", "/owner"),
                    ("ROLES", "/roles"),
                    ("PARTS", "/parts"),
                    ("READ ONLY", "/read_only"),
                    ("UNTIL", "/expires_at@"),
                    ("USED", "/used_at@"),
                    ("FROM", "/used_from"),
                    ("REFUSED", "/refused"),
                ];
                let empty = "no token that fits: make one with `sekisho token make ID --role ROLE --days N`";
                client.output().table(&rows, &columns, empty)
            }
            Self::Revoke { id, connection } => {
                let path = format!("/tokens/{}/revoke", path_segment(&id));
                let answer = connection.client()?.post(&path, &Value::Null)?;
                connection.output().show(&answer, |_| format!("{id} is revoked"))
            }
        }
    }
}

fn make(connection: &Connection, id: &str, wanted: &Value) -> Result<(), Failure> {
    let is_local = connection.is_local()?;
    if is_local && wanted.get("owner").is_none() {
        return Err(Failure::usage(
            "over the local socket nobody is signed in whose token it could be: name the person in whose name it acts with `--owner USER`",
        ));
    }
    let mut client = connection.client()?;
    // Nothing is asked for between the token and its printing.
    let output = client.output();
    let answer = client.post("/tokens", wanted)?;
    if output.is_for_programs() {
        return output.show(&answer, |_| String::new());
    }
    let token = answer.get("token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| Failure::failed("the platform's answer holds no token"))?;
    let until = output.times().of(answer.get("expires_at").or_else(|| wanted.get("expires_at")));
    match language() {
        Language::English => note(&format!("Keep the token of {id}; it is not shown again, and ends at {until}:")),
        Language::Japanese => {
            note(&format!("{id} のトークンを保管してください。再び表示されることはなく、{until} に失効します。"));
        }
    }
    line(&one_line(token))?;
    if is_local {
        note(match language() {
            Language::English => NOBODY_SIGNED_IN.0,
            Language::Japanese => NOBODY_SIGNED_IN.1,
        });
    }
    Ok(())
}

/// What a token lacks that the operator made, in English and in Japanese.
const NOBODY_SIGNED_IN: (&str, &str) = (
    "Warning: nobody signed in for this token, so it has no sign-in method. Policies that ask for one, as those of the shipped roles do, permit it nothing. To have one that they count for, its owner signs in with `sekisho login` and makes it.",
    "警告：このトークンはサインインなしで作成されたため、認証方法がありません。認証方法を求めるポリシー（付属のロールのポリシーなど）は、このトークンに何も許可しません。それらのポリシーで許可されるトークンが必要な場合は、所有者が `sekisho login` でサインインしてから作成してください。",
);
