//! Verification of access segments against their seals.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use aws_lc_rs::digest::{Context, SHA256};

use crate::folder::Folder;
use crate::report::{Finding, Report};
use crate::segment::{Seal, count_lines};

/// Checks every segment against every seal of it.
pub(crate) fn verify(folder: &Folder, seals: &[Seal], on_disk: &[u64], report: &mut Report) {
    let mut by_segment: BTreeMap<u64, Vec<&Seal>> = BTreeMap::new();
    seals.iter().for_each(|seal| by_segment.entry(seal.segment).or_default().push(seal));
    let newest = by_segment.keys().chain(on_disk).max().copied();
    for number in on_disk.iter().filter(|number| !by_segment.contains_key(number)) {
        let path = folder.segment(*number);
        let length = path.metadata().map_or(0, |metadata| metadata.len());
        if Some(*number) == newest {
            report.segments += 1;
            report.unsealed_bytes += length;
        } else if length > 0 {
            let what = "no seal covers this access segment".to_owned();
            report.findings.push(Finding { index: None, file: folder.name(&path), what });
        }
    }
    for (number, seals) in by_segment {
        report.segments += 1;
        match check(folder, number, &seals, Some(number) == newest) {
            Ok(unsealed) => {
                report.sealed_events += seals.last().map_or(0, |seal| seal.events);
                report.unsealed_bytes += unsealed;
            }
            Err((index, what)) => {
                report.findings.push(Finding { index, file: folder.name(&folder.segment(number)), what });
            }
        }
    }
}

type Wrong = (Option<u64>, String);

/// Checks one segment; how many bytes follow its last seal.
fn check(folder: &Folder, number: u64, seals: &[&Seal], newest: bool) -> Result<u64, Wrong> {
    let first = seals.first().map(|seal| seal.index);
    let unreadable = |error: std::io::Error| (first, format!("a sealed access segment cannot be read: {error}"));
    let mut file = File::open(folder.segment(number)).map_err(unreadable)?;
    let mut hash = Context::new(&SHA256);
    let (mut bytes, mut events) = (0, 0);
    let mut buffer = vec![0; 1 << 16];
    for seal in seals {
        let wrong = |what: String| (Some(seal.index), what);
        while bytes < seal.bytes {
            let room = usize::try_from(seal.bytes - bytes).unwrap_or(usize::MAX).min(buffer.len());
            let place = buffer.get_mut(..room).unwrap_or_default();
            let count = file.read(place).map_err(unreadable)?;
            if count == 0 {
                let what =
                    format!("the access segment was truncated: {bytes} of {} sealed bytes are there", seal.bytes);
                return Err(wrong(what));
            }
            let read = buffer.get(..count).unwrap_or_default();
            hash.update(read);
            events += count_lines(read);
            bytes += count as u64;
        }
        if hex::encode(hash.clone().finish()) != seal.sha256 || bytes != seal.bytes || events != seal.events {
            return Err(wrong(format!("access events before byte {} do not match this seal", seal.bytes)));
        }
    }
    let length = file.metadata().map_err(unreadable)?.len();
    if length > bytes && !newest {
        return Err((seals.last().map(|seal| seal.index), format!("{} bytes follow the last seal", length - bytes)));
    }
    Ok(length.saturating_sub(bytes))
}
