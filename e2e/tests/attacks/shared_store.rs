//! A PostgreSQL that several processes share, and the lines with which they are told of it.

use std::os::unix::fs::PermissionsExt as _;

use sekisho_e2e::services::Postgres;

/// All processes read the same sealed documents.
const MASTER_KEY: &str = "c2VraXNobyB0ZXN0cyBhbmQgbm90aGluZyBlbHNlISE=";

/// The store. It ends with the value.
pub(crate) struct SharedStore {
    pub(crate) postgres: Postgres,
    folder: tempfile::TempDir,
}

impl SharedStore {
    pub(crate) async fn start() -> Self {
        let (postgres, folder) = (Postgres::start().await.unwrap(), tempfile::tempdir().unwrap());
        let key = folder.path().join("master.key");
        std::fs::write(&key, MASTER_KEY).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        Self { postgres, folder }
    }

    /// The lines of a configuration file with which a process reaches it.
    pub(crate) fn lines(&self) -> String {
        self.lines_by(&self.postgres.address())
    }

    /// The same by another way.
    pub(crate) fn lines_by(&self, address: &str) -> String {
        let key = self.folder.path().join("master.key");
        let key = key.display();
        format!("store = {{ postgres = \"postgres://sekisho@{address}/postgres\" }}\nmaster_key_file = \"{key}\"\n")
    }
}
