//! Device reports: what a device says is read or refused, and what is read is written the same way again.

use sekisho_device_protocol::report::Report;

/// Checks one input.
pub(crate) fn check(bytes: &[u8]) {
    if sekisho_device_protocol::report::is_deeper_than(bytes, 16) {
        return;
    }
    let Ok(report) = serde_json::from_slice::<Report>(bytes) else { return };
    let written = serde_json::to_vec(&report).expect("a report has a JSON form");
    let again: Report = serde_json::from_slice(&written).expect("what we write, we read");
    assert_eq!(serde_json::to_vec(&again).expect("JSON"), written);
}
