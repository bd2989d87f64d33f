//! Searching: the newest events in memory, then the files, the newest first.

use std::path::Path;
use std::sync::Arc;

use crate::file_name::files;
use crate::read_file::read;
use crate::{Events, EventsError, Found, Position, Wanted};

/// How many groups of rows one search reads; beyond it, it says where to go on.
const MOST_GROUPS: usize = 2_048;

impl Events {
    /// At most `count` events that are asked for, newest first.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn search(&self, wanted: Wanted, count: usize) -> Result<Found, EventsError> {
        let (mut events, written) = {
            let tail = self.tail.borrow();
            let new = tail.events.iter().rev().take_while(|event| event.position.entry >= tail.written);
            let fitting = new.filter(|event| wanted.fits(event)).take(count + 1);
            (fitting.cloned().collect::<Vec<_>>(), tail.written)
        };
        let mut next = None;
        if events.len() <= count {
            let (folder, left) = (Arc::clone(&self.folder), count + 1 - events.len());
            let searching = tokio::task::spawn_blocking(move || in_files(&folder, &wanted, written, left));
            let older = searching.await.map_err(|_| EventsError::Interrupted)??;
            events.extend(older.events);
            next = older.next;
        }
        if events.len() > count {
            events.truncate(count);
            next = events.last().map(|event| event.position);
        }
        Ok(Found { events, next })
    }
}

/// At least `count` events of the files whose entries are before `end`, as far as there are that many.
pub(crate) fn in_files(folder: &Path, wanted: &Wanted, end: u64, count: usize) -> Result<Found, EventsError> {
    let (mut found, mut groups) = (Found::default(), 0);
    for file in files(folder)?.iter().rev().filter(|file| file.first < end) {
        let is_outside = wanted.since.is_some_and(|since| file.to < since.as_millis())
            || wanted.until.is_some_and(|until| until.as_millis() <= file.from)
            || wanted.before.is_some_and(|before| before.entry < file.first);
        if is_outside {
            continue;
        }
        if groups >= MOST_GROUPS {
            found.next = Some(Position { entry: file.end, number: 0 });
            return Ok(found);
        }
        let (events, read) = read(&file.path(folder), wanted, count.saturating_sub(found.events.len()))?;
        groups += read;
        found.events.extend(events.into_iter().map(Arc::new));
        if found.events.len() >= count {
            break;
        }
    }
    Ok(found)
}
