//! Reading the access events that a seal covers.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use sekisho_model::AccessEvent;

use crate::error::LedgerError;
use crate::ledger::Ledger;

impl Ledger {
    /// The events in these bytes of a segment of access events. A seal says where they end; the seal before it of the same segment, where
    /// they begin. A line that is no event is passed over.
    ///
    /// # Errors
    /// When the segment cannot be read.
    pub async fn sealed_accesses(&self, segment: u64, bytes: Range<u64>) -> Result<Vec<AccessEvent>, LedgerError> {
        let folder = Arc::clone(&self.folder);
        let reading = tokio::task::spawn_blocking(move || {
            let path = folder.segment(segment);
            let read = || {
                let mut file = File::open(&path)?;
                file.seek(SeekFrom::Start(bytes.start))?;
                let mut content = Vec::new();
                file.take(bytes.end.saturating_sub(bytes.start)).read_to_end(&mut content)?;
                Ok(content)
            };
            let content = read().map_err(LedgerError::file(&path))?;
            let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
        });
        reading.await.map_err(|_| LedgerError::Closed)?
    }
}
