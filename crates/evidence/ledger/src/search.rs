//! Looking for older entries about a request in the bundles on the disk, newest first.

use sekisho_model::{Record, RequestId};

use crate::entry::read_entries;
use crate::filter::request_of;
use crate::folder::Folder;
use crate::tiles::read_bundle;
use crate::tree::TILE;

/// The newest decision on a request, or the newest act that names it, among the entries before `end`.
pub(crate) fn entry(folder: &Folder, request: &RequestId, end: u64) -> Option<(u64, Record)> {
    let needle = format!("\"request\":{}", serde_json::to_string(request).ok()?);
    let needle = memchr::memmem::Finder::new(&needle);
    for number in (0..end.div_ceil(TILE as u64)).rev() {
        // Bundles before `end` are full: what is at hand begins in the last full one at the earliest.
        let Ok(Some(bundle)) = read_bundle(folder, number, (number + 1) * TILE as u64) else { continue };
        let numbered: Vec<(u64, &[u8])> = (number * TILE as u64..).zip(read_entries(&bundle).0).collect();
        for (index, entry) in numbered.into_iter().rev() {
            if needle.find(entry).is_some()
                && let Ok(record @ (Record::Decision(_) | Record::Act(_))) = serde_json::from_slice(entry)
                && request_of(&record) == Some(request.as_str())
            {
                return Some((index, record));
            }
        }
    }
    None
}
