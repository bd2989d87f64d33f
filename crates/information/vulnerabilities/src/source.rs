//! One source as the task keeps it: its document, and what was last read of it.

use std::path::PathBuf;
use std::sync::Arc;

use sekisho_model::documents::VulnerabilitySource;
use sekisho_model::{Span, Timestamp};
use sekisho_vulnerability_matching::Content;

use crate::failure::SourceFailure;
use crate::reading::{Read, read};
use crate::standing::Standing;

/// How soon a source that failed is read again, at the latest.
const AGAIN: Span = Span::from_minutes(5);

/// A source.
pub(crate) struct Source {
    pub(crate) document: VulnerabilitySource,
    pub(crate) revision: u64,
    /// `None` until a reading succeeds.
    pub(crate) content: Option<Arc<Content>>,
    records: usize,
    skipped: usize,
    read_at: Option<Timestamp>,
    next_at: Timestamp,
    problem: Option<String>,
}

impl Source {
    /// A source of which nothing was read, to be read at once.
    pub(crate) const fn new(document: VulnerabilitySource, revision: u64, now: Timestamp) -> Self {
        Self { document, revision, content: None, records: 0, skipped: 0, read_at: None, next_at: now, problem: None }
    }

    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.next_at <= now
    }

    /// Reads it. Returns whether it says something else than before.
    // INVARIANT I-45: a source that fails, is damaged or is empty changes nothing of what was read of it.
    pub(crate) async fn read(&mut self, folder: PathBuf, now: Timestamp) -> bool {
        let (path, format) = (self.document.path.clone(), self.document.format);
        let reading = tokio::task::spawn_blocking(move || read(&folder, &path, format));
        match reading.await.unwrap_or(Err(SourceFailure::Stopped)) {
            Ok(Read { content, records, skipped }) => {
                self.problem = None;
                self.read_at = Some(now);
                self.next_at = now.plus(self.document.every);
                (self.records, self.skipped) = (records, skipped);
                let is_new = self.content.as_deref() != Some(&content);
                if is_new {
                    self.content = Some(Arc::new(content));
                }
                is_new
            }
            Err(failure) => {
                tracing::warn!(source = %self.document.id, %failure, "a vulnerability source was not read; what it said before stays in force");
                let shown = failure.to_string().chars().filter(|letter| !letter.is_control()).take(300).collect();
                self.problem = Some(shown);
                self.next_at = now.plus(self.document.every.min(AGAIN));
                false
            }
        }
    }

    /// How it stands, for people.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            source: self.document.id.to_string(),
            path: self.document.path.clone(),
            format: self.document.format,
            records: self.records,
            skipped: self.skipped,
            read_at: self.read_at,
            next_at: self.next_at,
            problem: self.problem.clone(),
        }
    }
}
