//! How many connections the system lets us hold, from clients and to upstreams: the ledger, the store and our own sockets
//! need their descriptors whatever comes from outside.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that connections never get.
const RESERVED: usize = 256;
/// More connections than this would need more memory than the limits of this gateway are made for.
const MOST: usize = 65_536;

/// The most connections from clients, where `asked` are configured; 0 asks for half of what there is, and no more than three
/// quarters are given. Raises the soft limit of open files as far as the system allows.
#[must_use]
pub fn most_connections(asked: usize) -> usize {
    within(limit(), asked)
}

/// The most connections to upstreams, where `asked` connections from clients are configured.
#[must_use]
pub fn most_upstreams(asked: usize) -> usize {
    beside(limit(), asked)
}

fn limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    current.and_then(|current| usize::try_from(current).ok()).unwrap_or(usize::MAX)
}

fn within(descriptors: usize, asked: usize) -> usize {
    let unreserved = unreserved(descriptors);
    let most = if asked == 0 { unreserved / 2 } else { asked.min(unreserved - unreserved / 4) };
    most.clamp(1, MOST)
}

fn beside(descriptors: usize, asked: usize) -> usize {
    // However many connections are asked for, some of them can be served.
    unreserved(descriptors).saturating_sub(within(descriptors, asked)).clamp(1, MOST)
}

fn unreserved(descriptors: usize) -> usize {
    descriptors - RESERVED.min(descriptors / 2)
}

#[cfg(test)]
mod tests {
    use super::{beside, within};

    #[test]
    fn what_is_reserved_is_left() {
        assert_eq!([within(1024, 0), within(256, 0), within(0, 0), within(usize::MAX, 0)], [384, 64, 1, 65_536]);
        assert_eq!([within(1024, 100), within(1024, 5000), within(usize::MAX, usize::MAX)], [100, 576, 65_536]);
        assert_eq!([beside(1024, 0), beside(1024, 100), beside(1024, 5000)], [384, 668, 192]);
        assert_eq!([beside(0, 0), beside(usize::MAX, 0), beside(usize::MAX, usize::MAX)], [1, 65_536, 65_536]);
    }
}
