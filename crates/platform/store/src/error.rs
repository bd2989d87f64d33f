//! Why the store could not do something.

use sekisho_model::documents::Kind;

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached. Whether a commit took place is then unknown: repeat it with the same
    /// expected revisions, and it takes place once.
    #[error("the database did not answer: {0}")]
    Database(#[from] sqlx::Error),
    /// The file of the database could not be made or opened.
    #[error(
        "the database file `{path}` cannot be used: {source}; check that its folder exists and belongs to this user"
    )]
    File {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A newer Sekisho wrote this database.
    #[error(
        "the database has schema {found} and this program knows schemas up to {known}: run the newer program, or restore the backup made before the upgrade"
    )]
    NewerSchema {
        /// The schema in the database.
        found: i64,
        /// The newest one this program knows.
        known: i64,
    },
    /// The master key is not the one this database was sealed under.
    #[error(
        "the master key is not the one this database was sealed under: put back the key that was used when it was created"
    )]
    WrongMasterKey,
    /// A sealed text was altered, or belongs to another document.
    #[error("the sealed content of `{0}` was altered or belongs elsewhere")]
    Unsealable(String),
    /// A stored body is not JSON.
    #[error("the stored document `{0}` cannot be read: the database was altered outside of this program")]
    Corrupt(String),
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes to seal a secret with")]
    Randomness,
    /// Only sealed kinds are consumed.
    #[error("a document of kind `{0}` cannot be consumed: only one-time things, credentials and keys can")]
    NotConsumable(Kind),
    /// The database was replaced by an older copy, or this is a replica that is behind.
    #[error(
        "the database is at revision {head} and was at {position} before: it was replaced by an older copy, or is a replica that is behind"
    )]
    WentBack {
        /// The last revision that the feed had seen.
        position: u64,
        /// The newest one in the database.
        head: u64,
    },
    /// The feed was away for so long that deletions it has not seen were forgotten.
    #[error(
        "the change feed stopped at revision {position} and deletions up to {forgotten} were forgotten: read everything again from revision 0"
    )]
    FeedTooOld {
        /// The last revision that the feed had seen.
        position: u64,
        /// The newest forgotten deletion.
        forgotten: u64,
    },
}

/// Why a commit changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A document is not as expected. Nothing of the commit was written.
    #[error("`{kind}/{id}` is not as expected: {}", present(*.found))]
    Conflict {
        /// The document's kind.
        kind: Kind,
        /// Its identifier.
        id: String,
        /// The revision it is at; `None` when there is no such document.
        found: Option<u64>,
    },
    /// The commit writes one document twice.
    #[error("`{kind}/{id}` is written twice in one commit: write it once")]
    Twice {
        /// The document's kind.
        kind: Kind,
        /// Its identifier.
        id: String,
    },
    /// The identifier is empty, too long or has control characters.
    #[error("`{}` is not an identifier of a document: use 1 to 512 bytes without control characters", .0.escape_debug())]
    BadId(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CommitError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

fn present(found: Option<u64>) -> String {
    match found {
        Some(revision) => format!("it is at revision {revision}; read it again and repeat"),
        None => "there is no such document".to_owned(),
    }
}
