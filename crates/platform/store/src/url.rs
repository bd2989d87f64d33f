//! Where the documents are: a file, or a PostgreSQL server.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the documents are. Its `Debug` and `Display` hide a password.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A SQLite database in this file, created when it is absent.
    Sqlite(PathBuf),
    /// A PostgreSQL server, as libpq writes its address.
    Postgres(String),
}

/// Why a text is not a [`StoreUrl`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the store's address must be `sqlite:PATH`, for example `sqlite:/var/lib/sekisho/store.db`, or `postgres://user@host/database`"
)]
pub struct StoreUrlError;

impl FromStr for StoreUrl {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, StoreUrlError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(StoreUrlError) } else { Ok(Self::Sqlite(PathBuf::from(path))) };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(StoreUrlError)
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(text) => f.write_str(&without_password(text)),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

/// The address up to its query, where a password may also hide, with the password of the authority left out.
fn without_password(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = text.split_once("://") else { return String::from("postgres://…") };
    let Some((account, place)) = rest.rsplit_once('@') else { return text.to_owned() };
    let user = account.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_file_or_a_server() {
        assert_eq!("sqlite:/a/b.db".parse(), Ok(StoreUrl::Sqlite("/a/b.db".into())));
        assert_eq!("sqlite:///a/b.db".parse(), Ok(StoreUrl::Sqlite("/a/b.db".into())));
        assert_eq!("sqlite:b.db".parse(), Ok(StoreUrl::Sqlite("b.db".into())));
        for bad in ["", "sqlite:", "sqlite://", "mysql://a", "/a/b.db"] {
            assert_eq!(bad.parse::<StoreUrl>(), Err(StoreUrlError), "{bad}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for text in
            ["postgres://a:secret@h/d", "postgres://a:s@secret@h/d?password=secret", "postgresql://h/d?password=secret"]
        {
            let url: StoreUrl = text.parse().expect("an address");
            assert!(!format!("{url} {url:?}").contains("secret"), "{url}");
        }
    }
}
