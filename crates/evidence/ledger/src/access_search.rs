//! Looking for the access event of a request in the segments on the disk.

use std::fs::File;
use std::io::{BufRead, BufReader};

use sekisho_model::{AccessEvent, RequestId, Timestamp};

use crate::folder::{self, Folder};

/// How many segments are searched, from the one that was written when the request came: its event is noted when it ends.
const MOST_SEGMENTS: usize = 32;
/// An event may stand before one that was noted a little earlier.
const SLACK_MILLIS: i64 = 2_000;

/// The event of a request that a decision covers.
pub(crate) fn event(folder: &Folder, request: &RequestId) -> Option<AccessEvent> {
    let came = came_at(request.as_str())?.as_millis().saturating_sub(SLACK_MILLIS);
    let numbers = segments(folder);
    let began_before = |number: &u64| began(folder, *number).is_some_and(|at| at.as_millis() <= came);
    let start = numbers.partition_point(began_before).saturating_sub(1);
    let needle = format!("\"request\":{}", serde_json::to_string(request).ok()?);
    let needle = memchr::memmem::Finder::new(&needle);
    numbers.iter().skip(start).take(MOST_SEGMENTS).find_map(|number| {
        let bytes = folder::read(&folder.segment(*number)).ok()??;
        let at = needle.find(&bytes)?;
        let (before, after) = bytes.split_at_checked(at)?;
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let line_end = after.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end);
        let event: AccessEvent = serde_json::from_slice(bytes.get(line_start..line_end)?).ok()?;
        (event.request == *request).then_some(event)
    })
}

/// The segments on the disk, in order.
fn segments(folder: &Folder) -> Vec<u64> {
    let entries = std::fs::read_dir(folder.segments()).into_iter().flatten().flatten();
    let mut numbers: Vec<u64> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}

/// When the first event of a segment was noted.
fn began(folder: &Folder, number: u64) -> Option<Timestamp> {
    let mut line = Vec::new();
    BufReader::new(File::open(folder.segment(number)).ok()?).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice::<AccessEvent>(&line).ok().map(|event| event.at)
}

/// When a request came: the first ten characters of its identifier are that in base 32.
fn came_at(request: &str) -> Option<Timestamp> {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digit = |byte: &u8| DIGITS.iter().position(|digit| digit == byte).and_then(|place| i64::try_from(place).ok());
    let time = request.as_bytes().get(..10)?;
    let millis = time.iter().try_fold(0_i64, |millis, byte| Some((millis << 5) | digit(byte)?))?;
    Some(Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_says_when_its_request_came() {
        assert_eq!(came_at("0000000001XXXX"), Some(Timestamp::from_millis(1)));
        assert_eq!(came_at("00000000100000"), Some(Timestamp::from_millis(32)));
        assert_eq!((came_at("short"), came_at("not-one-of-ours")), (None, None));
    }
}
