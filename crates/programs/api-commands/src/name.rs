//! `sekisho name …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::document::path_segment;
use super::{Connection, Failure};

/// Lists of domain names, and the tokens of those who ask the resolver.
#[derive(Debug, Subcommand)]
pub(super) enum Name {
    /// List the lists: how many names each has, when it was read, and why it is not in force as written.
    #[command(after_help = "Example: sekisho name list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show which lists hold a name.
    #[command(after_help = "Example: sekisho name show www.example.jp")]
    Show {
        /// The domain name.
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// List the tokens for the resolver.
    #[command(after_help = "Example: sekisho name tokens")]
    Tokens {
        #[command(flatten)]
        connection: Connection,
    },
    /// Make a token for the resolver, and print the address with it. It is printed once.
    #[command(after_help = "Example: sekisho name token alice --id alice-phone --days 90")]
    Token {
        /// Whose questions it asks.
        user: String,
        /// Its identifier, such as the machine that it is for.
        #[arg(long)]
        id: String,
        /// In how many days it ends, 1 to 366.
        #[arg(long, default_value_t = 90)]
        days: u32,
        #[command(flatten)]
        connection: Connection,
    },
    /// Revoke a token for the resolver: it is refused from now on.
    #[command(after_help = "Example: sekisho name revoke alice-phone")]
    Revoke {
        /// Which token.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Name {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let mut client = connection.client()?;
                let (rows, output) = (client.list("/names")?, client.output());
                let columns = [
                    ("LIST", "/list"),
                    ("RESOURCE", "/resource"),
                    ("NAMES", "/names"),
                    ("SKIPPED", "/skipped"),
                    ("READ", "/read_at@"),
                    ("PROBLEM", "/problem"),
                ];
                output.table(&rows, &columns, "there is no list of names")
            }
            Self::Show { name, connection } => {
                let found = connection.client()?.get(&format!("/names/{}", path_segment(&name)))?;
                connection.output().show(&found, shown)
            }
            Self::Tokens { connection } => {
                let mut client = connection.client()?;
                let (rows, output) = (client.list("/resolver-tokens")?, client.output());
                let columns = [("TOKEN", "/id"), ("USER", "/user"), ("MADE", "/made_at@"), ("ENDS", "/expires_at@")];
                output.table(&rows, &columns, "there is no token for the resolver")
            }
            Self::Token { user, id, days, connection } => {
                let body = json!({ "id": id, "user": user, "days": days });
                let made = connection.client()?.post("/resolver-tokens", &body)?;
                connection.output().show(&made, |made| {
                    let address = made.get("address").and_then(Value::as_str);
                    let token = made.get("token").and_then(Value::as_str).unwrap_or_default();
                    address.unwrap_or(token).to_owned()
                })
            }
            Self::Revoke { id, connection } => {
                let answer = connection
                    .client()?
                    .post(&format!("/resolver-tokens/{}/revoke", path_segment(&id)), &Value::Null)?;
                connection.output().show(&answer, |_| format!("{id} is refused from now on"))
            }
        }
    }
}

/// Which lists hold a name, a line for each.
fn shown(found: &Value) -> String {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text(found, "name");
    let Some(lists) = found.get("lists").and_then(Value::as_array) else {
        return format!("{name}: a list was never read, so no question passes: sekisho name list");
    };
    if lists.is_empty() {
        return format!("{name} is on no list");
    }
    let line =
        |list: &Value| format!("{name} is on `{}`: an access to `{}`", text(list, "list"), text(list, "resource"));
    lists.iter().map(line).collect::<Vec<_>>().join("\n")
}
