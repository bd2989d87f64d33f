//! `sekisho identity-provider …`

use std::io::Read as _;

use clap::Subcommand;
use serde_json::{Value, json};

use super::document::path_segment;
use super::{Connection, Failure};

/// The longest secret in bytes that is read.
const LONGEST: u64 = 4096;

/// Identity providers: look, set the client secret, link accounts.
#[derive(Debug, Subcommand)]
pub(super) enum IdentityProvider {
    /// List them, with the redirect URI that is registered at each.
    #[command(after_help = "Example: sekisho identity-provider list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Set the client secret that the provider gave, read from standard input; an empty one removes it.
    #[command(after_help = "Example: sekisho identity-provider set-secret acme < secret.txt")]
    SetSecret {
        /// Which provider.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// List the identities that are linked to an account.
    #[command(after_help = "Example: sekisho identity-provider links alice")]
    Links {
        /// Whose account.
        user: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Link an identity to an account: who proves it at the provider signs in to the account.
    #[command(after_help = "Example: sekisho identity-provider link alice --provider acme --subject 248289761001")]
    Link {
        /// Whose account.
        user: String,
        /// The provider.
        #[arg(long)]
        provider: String,
        /// The subject, as the provider's tokens name it (`sub`).
        #[arg(long)]
        subject: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Unlink an identity from an account: the sessions that it opened end.
    #[command(after_help = "Example: sekisho identity-provider unlink alice federated-5f0c2a9e11d4b7a3")]
    Unlink {
        /// Whose account.
        user: String,
        /// The link, as `links` names it.
        link: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl IdentityProvider {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let mut client = connection.client()?;
                let rows = client.list_first("/identity-providers", usize::MAX)?;
                let columns = [
                    ("PROVIDER", "/id"),
                    ("NAME", "/name"),
                    ("ISSUER", "/issuer"),
                    ("ENABLED", "/enabled"),
                    ("ASSURANCE", "/trusted_assurance"),
                    ("SECRET", "/has_secret"),
                    ("REDIRECT URI", "/redirect_uri"),
                ];
                client.output().table(
                    &rows,
                    &columns,
                    "no identity provider: apply an `[[identity-provider]]` document",
                )
            }
            Self::SetSecret { id, connection } => {
                let secret = secret()?;
                let path = format!("/identity-providers/{}/secret", path_segment(&id));
                let answer = connection.client()?.post(&path, &json!({ "secret": secret }))?;
                connection.output().show(&answer, |_| format!("the client secret of {id} is set"))
            }
            Self::Links { user, connection } => {
                let mut client = connection.client()?;
                let path = format!("/users/{}/identities", path_segment(&user));
                let rows = client.list_first(&path, usize::MAX)?;
                let columns =
                    [("LINK", "/id"), ("PROVIDER", "/provider"), ("SUBJECT", "/subject"), ("USED", "/last_used_at@")];
                client.output().table(&rows, &columns, "no identity is linked to this account")
            }
            Self::Link { user, provider, subject, connection } => {
                let path = format!("/users/{}/identities", path_segment(&user));
                let answer = connection.client()?.post(&path, &json!({ "provider": provider, "subject": subject }))?;
                connection.output().show(&answer, |_| format!("{subject} at {provider} is linked to {user}"))
            }
            Self::Unlink { user, link, connection } => {
                let path = format!("/users/{}/identities/{}/remove", path_segment(&user), path_segment(&link));
                let answer = connection.client()?.post(&path, &Value::Null)?;
                connection.output().show(&answer, |_| format!("{link} is unlinked from {user}"))
            }
        }
    }
}

/// The secret on standard input, without the end of its line.
fn secret() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().lock().take(LONGEST).read_to_string(&mut text).map_err(Failure::failed)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
