//! Looking for older entries on the disk, newest first: by the summaries of the bundles, and then in the bundles that they admit.

use sekisho_model::Record;

use crate::entry::read_entries;
use crate::filter::Filter;
use crate::folder::Folder;
use crate::summaries::{Block, Summaries};
use crate::summary::{Probe, Summary};
use crate::tiles::read_bundle;
use crate::tree::TILE;

/// How many bundles one search goes through by their summaries, 256 entries each; beyond it, it says where to go on.
const MOST_SUMMARIES: usize = 8_192;
/// How many bundles one search reads.
const MOST_READ: usize = 512;
/// How many bundles one search summarises itself, where their summaries are missing.
const MOST_MADE: usize = 16;

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The entries with their indices, newest first.
    pub entries: Vec<(u64, Record)>,
    /// The index before which a search for the rest begins; `None` when the first entry of the ledger was reached. A search is bounded,
    /// so there may be more to find even when it found less than it was asked for.
    pub next: Option<u64>,
}

/// At most `count` entries before `end` that fit, of the full bundles.
pub(crate) fn entries(folder: &Folder, filter: &Filter, end: u64, count: usize) -> Found {
    let probe = Probe::of(filter);
    let mut search =
        Search { folder, filter, probe, summaries: Summaries::new(folder), found: Found::default(), count };
    let (mut made, mut read) = (0, 0);
    let first = filter.after.map_or(0, |after| after / TILE as u64);
    for (passed, number) in (first..end.div_ceil(TILE as u64)).rev().enumerate() {
        if passed >= MOST_SUMMARIES || read >= MOST_READ || made >= MOST_MADE {
            search.found.next = Some(((number + 1) * TILE as u64).min(end));
            break;
        }
        let block = search.summaries.read(number).or_else(|| {
            made += 1;
            search.summaries.make(number)
        });
        // Bundles before `end` are full, but for the last one while another process writes the ledger.
        let Some(block) = block else { continue };
        let candidates = search.candidates(&block, number, end);
        read += usize::from(!candidates.is_empty());
        if search.bundle(number, &candidates) {
            break;
        }
    }
    search.found
}

struct Search<'a> {
    folder: &'a Folder,
    filter: &'a Filter,
    probe: Probe,
    summaries: Summaries<'a>,
    found: Found,
    count: usize,
}

impl Search<'_> {
    /// The places in a bundle of entries that may be asked for, the newest first.
    fn candidates(&self, block: &Block, number: u64, end: u64) -> Vec<usize> {
        let index = |place: usize| number * TILE as u64 + place as u64;
        let wanted = |(place, summary): &(usize, &Summary)| {
            self.probe.admits(summary) && index(*place) < end && self.filter.admits_index(index(*place))
        };
        block.summaries().iter().enumerate().filter(wanted).map(|(place, _)| place).rev().collect()
    }

    /// Takes those entries of a bundle that fit. Returns whether everything asked for is found.
    fn bundle(&mut self, number: u64, candidates: &[usize]) -> bool {
        if candidates.is_empty() {
            return false;
        }
        let first = number * TILE as u64;
        let Ok(Some(bundle)) = read_bundle(self.folder, number, first + TILE as u64) else { return false };
        let entries = read_entries(&bundle).0;
        for place in candidates {
            let record = entries.get(*place).and_then(|entry| serde_json::from_slice::<Record>(entry).ok());
            if let Some(record) = record.filter(|record| self.filter.fits(record)) {
                let index = first + *place as u64;
                self.found.entries.push((index, record));
                if self.found.entries.len() >= self.count {
                    self.found.next =
                        Some(index).filter(|index| *index > self.filter.after.map_or(0, |after| after + 1));
                    return true;
                }
            }
        }
        false
    }
}
