//! Random bytes from the system.

use sekisho_capability::Entropy;

/// Fresh random bytes; `None` when the system has none to give, and then nothing may go on.
pub fn bytes<const N: usize>() -> Option<[u8; N]> {
    Some(*Entropy::system().bytes().ok()?)
}
