//! How many connections the system lets us hold: each may need a second one to its resource, and the ledger, the store and
//! our own sockets need theirs whatever comes from outside.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that connections never get.
const RESERVED: usize = 256;
/// More connections than this would need more memory than the limits of this gateway are made for.
const MOST: usize = 65_536;

/// The most connections that fit. Raises the soft limit of open files as far as the system allows.
pub(crate) fn most_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    within(current.and_then(|current| usize::try_from(current).ok()).unwrap_or(usize::MAX))
}

fn within(descriptors: usize) -> usize {
    let reserved = RESERVED.min(descriptors / 2);
    ((descriptors - reserved) / 2).clamp(1, MOST)
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn what_is_reserved_is_left() {
        assert_eq!(within(1024), 384);
        assert_eq!(within(256), 64);
        assert_eq!(within(0), 1);
        assert_eq!(within(usize::MAX), 65_536);
    }
}
