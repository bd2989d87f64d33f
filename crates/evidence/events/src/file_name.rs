//! The names of files of events: which entries of the ledger they hold, and from when to when.

use std::path::{Path, PathBuf};

use crate::EventsError;

/// What the name of a file says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileName {
    /// The first entry of the ledger in it.
    pub(crate) first: u64,
    /// The entry after the last.
    pub(crate) end: u64,
    /// The time of its earliest event, in milliseconds.
    pub(crate) from: i64,
    /// The time of its latest event, in milliseconds.
    pub(crate) to: i64,
}

impl FileName {
    fn read(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix("events-")?.strip_suffix(".parquet")?.split('-');
        let mut next = || parts.next();
        let (first, end) = (next()?.parse().ok()?, next()?.parse().ok()?);
        let (from, to) = (next()?.parse().ok()?, next()?.parse().ok()?);
        next().is_none().then_some(Self { first, end, from, to })
    }

    /// The path of the file in its folder.
    pub(crate) fn path(&self, folder: &Path) -> PathBuf {
        let Self { first, end, from, to } = self;
        folder.join(format!("events-{first:012}-{end:012}-{from:013}-{to:013}.parquet"))
    }
}

/// The files in a folder in the order of their entries. Where two overlap, as after an interrupted upgrade, the first one counts.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn files(folder: &Path) -> Result<Vec<FileName>, EventsError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(EventsError::file(folder))?,
    };
    let names = entries.flatten().filter_map(|entry| FileName::read(entry.file_name().to_str()?));
    let mut names: Vec<FileName> = names.collect();
    names.sort_unstable();
    let mut end = 0;
    names.retain(|name| {
        let is_next = name.first >= end;
        end = end.max(name.end);
        is_next
    });
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written_and_another_is_none() {
        let name = FileName { first: 7, end: 9, from: 1_790_000_000_000, to: 1_790_000_000_001 };
        let path = name.path(Path::new("/e"));
        assert_eq!(FileName::read(path.file_name().unwrap().to_str().unwrap()), Some(name));
        for other in
            ["events-1-2-3.parquet", "events-1-2-3-4-5.parquet", "events-1-2-3-x.parquet", "events-1-2-3-4.part"]
        {
            assert_eq!(FileName::read(other), None, "{other}");
        }
    }
}
