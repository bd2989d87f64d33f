//! Limits the interim responses (1xx) of an upstream that speaks HTTP/2. One may send them without end, and the protocol library
//! reads all that is there in one go, while every other exchange of the worker waits. Beyond the limit the connection ends.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use sekisho_http_server::{Inspect, Inspected};

/// The most header blocks that may come for each request: a head, what stands behind the body, and early hints.
const BLOCKS: u32 = 32;
/// What a connection's requests leave unused is kept up to this.
const MOST_BLOCKS: u32 = 100 * BLOCKS;

const HEADERS: u8 = 1;

/// How many header blocks may still come.
#[derive(Debug, Clone)]
pub(super) struct Allowance(Rc<Cell<u32>>);

/// The inspector of a connection to an upstream: it ends what is read beyond the allowance.
pub(super) struct InterimLimit {
    allowance: Allowance,
    frames: Frames,
}

/// Where in the frames of HTTP/2 the last byte stood.
#[derive(Default)]
struct Frames {
    head: [u8; 9],
    have: usize,
    payload_left: usize,
}

impl Allowance {
    /// One more request is sent.
    pub(super) fn asked_once_more(&self) {
        self.0.set(self.0.get().saturating_add(BLOCKS).min(MOST_BLOCKS));
    }

    fn take(&self, used: u32) -> io::Result<()> {
        let left = self.0.get().checked_sub(used);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or_else(|| io::Error::other("the upstream sends too much before its answer"))
    }
}

impl InterimLimit {
    /// Limits a connection.
    pub(super) fn new<S>(io: S) -> (Inspected<S, Self>, Allowance) {
        let allowance = Allowance(Rc::default());
        let limit = Self { allowance: allowance.clone(), frames: Frames::default() };
        (Inspected::new(io, limit), allowance)
    }
}

impl Frames {
    /// How many header blocks begin in these bytes.
    fn blocks_in(&mut self, mut bytes: &[u8]) -> u32 {
        let mut blocks = 0;
        while !bytes.is_empty() {
            if self.payload_left > 0 {
                let skipped = self.payload_left.min(bytes.len());
                self.payload_left -= skipped;
                bytes = bytes.get(skipped..).unwrap_or_default();
                continue;
            }
            let rest = self.head.iter_mut().skip(self.have);
            let read = rest.zip(bytes).map(|(to, from)| *to = *from).count();
            self.have += read;
            bytes = bytes.get(read..).unwrap_or_default();
            if self.have == self.head.len() {
                let [high, middle, low, kind, ..] = self.head;
                self.have = 0;
                self.payload_left = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
                blocks += u32::from(kind == HEADERS);
            }
        }
        blocks
    }
}

impl Inspect for InterimLimit {
    fn read(&mut self, bytes: &[u8]) -> io::Result<()> {
        let used = self.frames.blocks_in(bytes);
        self.allowance.take(used)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn each_request_has_so_many_header_blocks() {
        let data = [[0, 0, 2, 0, 0, 0, 0, 0, 1].as_slice(), &[HEADERS; 2]].concat();
        let block = [[0, 0, 3, HEADERS, 4, 0, 0, 0, 1].as_slice(), &[0; 3]].concat();
        let text = [data.repeat(1000), block.repeat(32), data.repeat(1000), block.repeat(33)].concat();
        for size in [1, 7, 9, 4096] {
            let (mut stream, allowance) = InterimLimit::new(text.as_slice());
            allowance.asked_once_more();
            let (mut part, mut read) = (vec![0; size], 0);
            let sound = 2000 * data.len() + 32 * block.len();
            while read < sound {
                let most = size.min(sound - read);
                read += stream.read(part.get_mut(..most).expect("a part")).await.expect("within the allowance");
            }
            allowance.asked_once_more();
            assert!(stream.read_to_end(&mut part).await.is_err(), "one more than for one request");
        }
        let (_, allowance) = InterimLimit::new(text.as_slice());
        (0..1_000_000).for_each(|_| allowance.asked_once_more());
        assert!(
            allowance.take(MOST_BLOCKS).is_ok() && allowance.take(1).is_err(),
            "what was left is kept up to a bound"
        );
    }
}
