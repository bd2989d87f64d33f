//! Random bytes from the system.

/// Fresh random bytes; `None` when the system has none to give, and then nothing may go on.
pub fn bytes<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(bytes)
}
