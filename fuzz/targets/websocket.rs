//! The boundaries of WebSocket frames: the same wherever the bytes are cut.

use sekisho_policy_enforcement::FrameBoundary;

/// Checks one input.
pub(crate) fn check(bytes: &[u8]) {
    let (mut whole, mut single) = (FrameBoundary::default(), FrameBoundary::default());
    whole.follow(bytes);
    bytes.iter().for_each(|byte| single.follow(&[*byte]));
    let state = |boundary: &FrameBoundary| (boundary.is_between_frames(), boundary.is_closed());
    assert_eq!(state(&whole), state(&single));
    let mut stepwise = FrameBoundary::default();
    let taken = stepwise.follow_to_boundary(bytes);
    assert!(taken <= bytes.len());
    assert!(taken == bytes.len() || stepwise.is_between_frames());
}
