//! The two databases behind one small surface: the same SQL with `$1` placeholders, bound and decoded for each.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{FromRow, PgPool, Postgres, Sqlite, SqlitePool};

use crate::{StoreError, StoreUrl};

const READERS: u32 = 4;
const CONNECTIONS: u32 = 8;
/// How long a caller waits for a free connection before it is told that the database does not answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) enum Database {
    /// SQLite has one writer; readers see the last commit meanwhile.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction of either database. Dropped without [`Transaction::commit`], it leaves nothing.
pub(crate) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A value for a placeholder.
#[derive(Clone, Copy)]
pub(crate) enum Argument<'a> {
    Number(i64),
    Text(&'a str),
    Maybe(Option<&'a str>),
}

/// What a row of either database becomes.
pub(crate) trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Row for T {}

macro_rules! bound {
    ($query:expr, $arguments:expr) => {{
        let mut query = $query;
        for argument in $arguments {
            query = match *argument {
                Argument::Number(number) => query.bind(number),
                Argument::Text(text) => query.bind(text.to_owned()),
                Argument::Maybe(text) => query.bind(text.map(str::to_owned)),
            };
        }
        query
    }};
}

impl Database {
    pub(crate) async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(path) => {
                create_file(path)?;
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .journal_mode(SqliteJournalMode::Wal)
                    // An acknowledged commit is on the disk: the write-ahead log is synced at every commit.
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    // A deleted secret is overwritten, not only unlinked.
                    .pragma("secure_delete", "ON")
                    .busy_timeout(PATIENCE);
                let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
                let writer = writer.connect_with(options.clone()).await?;
                let readers = SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(PATIENCE);
                let readers = readers.connect_with(options.pragma("query_only", "ON")).await?;
                Ok(Self::Sqlite { writer, readers })
            }
            StoreUrl::Postgres(text) => {
                let options: PgConnectOptions = text.parse()?;
                // Whatever the server's default is: an acknowledged commit is on its disk.
                let options = options.application_name("sekisho").options([("synchronous_commit", "on")]);
                let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
                Ok(Self::Postgres(pool.connect_with(options).await?))
            }
        }
    }

    /// Connections that change nothing: no file is made, no table, no journal mode.
    pub(crate) async fn open_to_read(url: &StoreUrl) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(PATIENCE);
                let readers = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
                let readers = readers.connect_with(options).await?;
                Ok(Self::Sqlite { writer: readers.clone(), readers })
            }
            StoreUrl::Postgres(_) => Self::open(url).await,
        }
    }

    /// A copy of the last commit as one file; `false` where the database is not a file.
    pub(crate) async fn copy_to(&self, file: &std::path::Path) -> Result<bool, sqlx::Error> {
        match self {
            Self::Sqlite { readers, .. } => {
                let copy = sqlx::query("VACUUM INTO $1").bind(file.display().to_string());
                copy.execute(readers).await.map(|_| true)
            }
            Self::Postgres(_) => Ok(false),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// A transaction that may write. SQLite takes its write lock at once, so that it cannot fail to get it later.
    pub(crate) async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Transaction::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => {
                Transaction::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?)
            }
        })
    }

    /// A transaction whose reads all see the same revision.
    pub(crate) async fn snapshot(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Transaction::Sqlite(in_time(readers.begin()).await?),
            Self::Postgres(pool) => {
                let begin = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
                Transaction::Postgres(in_time(begin).await?)
            }
        })
    }

    /// One statement that only reads.
    pub(crate) async fn read<T: Row>(
        &self,
        sql: &'static str,
        arguments: &[Argument<'_>],
    ) -> Result<Vec<T>, sqlx::Error> {
        match self {
            Self::Sqlite { readers, .. } => all(bound!(sqlx::query_as(sql), arguments).fetch(readers)).await,
            Self::Postgres(pool) => all(bound!(sqlx::query_as(sql), arguments).fetch(pool)).await,
        }
    }
}

impl Transaction {
    pub(crate) async fn rows<T: Row>(
        &mut self,
        sql: &'static str,
        arguments: &[Argument<'_>],
    ) -> Result<Vec<T>, sqlx::Error> {
        match self {
            Self::Sqlite(one) => all(bound!(sqlx::query_as(sql), arguments).fetch(&mut **one)).await,
            Self::Postgres(one) => all(bound!(sqlx::query_as(sql), arguments).fetch(&mut **one)).await,
        }
    }

    /// Executes one statement; the number of rows it changed.
    pub(crate) async fn execute(&mut self, sql: &'static str, arguments: &[Argument<'_>]) -> Result<u64, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(one) => bound!(sqlx::query(sql), arguments).execute(&mut **one).await?.rows_affected(),
            Self::Postgres(one) => bound!(sqlx::query(sql), arguments).execute(&mut **one).await?.rows_affected(),
        })
    }

    /// Executes several statements without arguments.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(one) => sqlx::raw_sql(sql).execute(&mut **one).await.map(drop),
            Self::Postgres(one) => sqlx::raw_sql(sql).execute(&mut **one).await.map(drop),
        }
    }

    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(one) => one.commit().await,
            Self::Postgres(one) => one.commit().await,
        }
    }
}

/// Every row, each of them in time.
async fn all<T>(mut rows: BoxStream<'_, Result<T, sqlx::Error>>) -> Result<Vec<T>, sqlx::Error> {
    let mut all = Vec::new();
    while let Some(row) = in_time(rows.try_next()).await? {
        all.push(row);
    }
    Ok(all)
}

/// A connection on which nothing comes any more, behind a network that forgot it, would be waited for without end.
async fn in_time<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let silent = || Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| silent())
}

/// Makes the database's file, if it is absent, so that nobody else can read it; its log files take the same mode.
fn create_file(path: &std::path::Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |source| StoreError::File { path: path.display().to_string(), source };
    let file = std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
    file.and_then(|file| file.sync_all()).map_err(failed)?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = std::fs::File::open(folder.unwrap_or_else(|| std::path::Path::new(".")));
    folder.and_then(|folder| folder.sync_all()).map_err(failed)
}
