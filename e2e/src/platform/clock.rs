//! Another time than this machine's, for a platform that is started under it and for whoever connects to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use tempfile::TempDir;

use crate::Trouble;

/// A clock that a test sets. The library of Debian's `faketime` shows it to the platform; time that only passes goes on as it does.
#[derive(Debug)]
pub struct Clock {
    folder: TempDir,
    /// Seconds that it is ahead of the machine.
    ahead: Arc<AtomicI64>,
}

#[derive(Debug)]
struct Ahead(Arc<AtomicI64>);

impl Clock {
    /// One that is so many seconds ahead of the machine's; behind it, where they are negative.
    pub fn ahead(seconds: i64) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for a clock"))?;
        let clock = Self { folder, ahead: Arc::new(AtomicI64::new(0)) };
        clock.set_ahead(seconds)?;
        Ok(clock)
    }

    /// One that shows that second since 1970 now.
    pub fn at(second: i64) -> Result<Self, Trouble> {
        Self::ahead(second - machine())
    }

    /// What it shows, in seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        machine() + self.ahead.load(Ordering::Acquire)
    }

    /// Sets it so many seconds ahead of the machine's.
    pub fn set_ahead(&self, seconds: i64) -> Result<(), Trouble> {
        // Whoever reads the file in between finds the whole old text or the whole new one.
        let (file, new) = (self.file(), self.folder.path().join("new"));
        std::fs::write(&new, format!("{seconds:+}")).map_err(Trouble::during("a clock"))?;
        std::fs::rename(&new, &file).map_err(Trouble::during("a clock"))?;
        self.ahead.store(seconds, Ordering::Release);
        Ok(())
    }

    /// Sets it so many seconds forward.
    pub fn forward(&self, seconds: i64) -> Result<(), Trouble> {
        self.set_ahead(self.ahead.load(Ordering::Acquire) + seconds)
    }

    /// What a program is run through to go by it.
    pub fn wrapper(&self) -> Result<Vec<String>, Trouble> {
        let library = library().ok_or_else(|| Trouble::new("there is no libfaketime: run `cargo verify`"))?;
        let words = [
            "env".to_owned(),
            format!("LD_PRELOAD={}", library.display()),
            format!("FAKETIME_TIMESTAMP_FILE={}", self.file().display()),
            "FAKETIME_NO_CACHE=1".to_owned(),
            // What passes is measured by the clock that is never set.
            "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
        ];
        Ok(words.into())
    }

    /// The same clock for whoever checks certificates.
    #[must_use]
    pub fn for_clients(&self) -> Arc<dyn TimeProvider> {
        Arc::new(Ahead(Arc::clone(&self.ahead)))
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ahead")
    }
}

impl TimeProvider for Ahead {
    fn current_time(&self) -> Option<UnixTime> {
        let second = u64::try_from(machine() + self.0.load(Ordering::Acquire)).unwrap_or(0);
        Some(UnixTime::since_unix_epoch(Duration::from_secs(second)))
    }
}

/// What the machine's clock shows.
fn machine() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

/// Debian keeps it by architecture.
fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
    folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).find(|file| file.is_file())
}
