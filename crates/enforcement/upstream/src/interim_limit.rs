//! Limits the interim responses (1xx) of an upstream. One may send them without end, and both protocol libraries read all that is
//! there in one go, while every other exchange of the worker waits. Beyond the limit the connection ends.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sekisho_http_server::{Inspect, Inspected};

/// The most bytes that may come over HTTP/1 before an answer has begun: more than the head of one that is taken.
const MOST_BYTES: u32 = 512 * 1024;
/// The most header blocks that may come over HTTP/2 for each request: a head, what stands behind the body, and early hints.
const BLOCKS: u32 = 32;
/// What a connection's requests leave unused is kept up to this.
const MOST_BLOCKS: u32 = 100 * BLOCKS;
/// An answer has begun: what comes is its body, which waits for its reader.
const ANSWERED: u32 = u32::MAX;

const HEADERS: u8 = 1;

/// How much may still come. An atomic only because upgraded connections may move to another thread.
#[derive(Debug, Clone)]
pub(super) struct Allowance(Arc<AtomicU32>);

/// The inspector of a connection to an upstream: it ends what is read beyond the allowance.
pub(super) struct InterimLimit {
    allowance: Allowance,
    /// Where blocks are counted, and not bytes.
    frames: Option<Frames>,
}

/// Where in the frames of HTTP/2 the last byte stood.
#[derive(Default)]
struct Frames {
    head: [u8; 9],
    have: usize,
    payload_left: usize,
}

impl Allowance {
    /// A request is sent over HTTP/1.
    pub(super) fn asked(&self) {
        self.0.store(MOST_BYTES, Ordering::Relaxed);
    }

    /// Its answer has begun.
    pub(super) fn answered(&self) {
        self.0.store(ANSWERED, Ordering::Relaxed);
    }

    /// One more request is sent over HTTP/2.
    pub(super) fn asked_once_more(&self) {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_add(BLOCKS).min(MOST_BLOCKS), Ordering::Relaxed);
    }

    fn take(&self, used: u32) -> io::Result<()> {
        let left = self.0.load(Ordering::Relaxed);
        if used == 0 || left == ANSWERED {
            return Ok(());
        }
        let left = left.checked_sub(used);
        self.0.store(left.unwrap_or(0), Ordering::Relaxed);
        left.map(|_| ()).ok_or_else(|| io::Error::other("the upstream sends too much before its answer"))
    }
}

impl InterimLimit {
    /// Limits a connection that speaks HTTP/1.
    pub(super) fn http1<S>(io: S) -> (Inspected<S, Self>, Allowance) {
        let allowance = Allowance(Arc::new(AtomicU32::new(ANSWERED)));
        (Inspected::new(io, Self { allowance: allowance.clone(), frames: None }), allowance)
    }

    /// Limits a connection that speaks HTTP/2.
    pub(super) fn http2<S>(io: S) -> (Inspected<S, Self>, Allowance) {
        let allowance = Allowance(Arc::new(AtomicU32::new(0)));
        let limit = Self { allowance: allowance.clone(), frames: Some(Frames::default()) };
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
        let used = match &mut self.frames {
            Some(frames) => frames.blocks_in(bytes),
            None => u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        };
        self.allowance.take(used)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn over_http1_interim_responses_end_and_a_body_does_not() {
        let text = vec![b'x'; 3 * 512 * 1024];
        let (mut stream, allowance) = InterimLimit::http1(text.as_slice());
        allowance.asked();
        let mut part = vec![0; 512 * 1024];
        stream.read_exact(&mut part).await.expect("as much as a head may have");
        assert!(stream.read_exact(&mut [0]).await.is_err());
        allowance.answered();
        stream.read_to_end(&mut part).await.expect("whatever comes");
        allowance.asked();
        assert_eq!(stream.read(&mut [0]).await.expect("the end"), 0);
    }

    #[tokio::test]
    async fn over_http2_each_request_has_so_many_header_blocks() {
        let data = [[0, 0, 2, 0, 0, 0, 0, 0, 1].as_slice(), &[HEADERS; 2]].concat();
        let block = [[0, 0, 3, HEADERS, 4, 0, 0, 0, 1].as_slice(), &[0; 3]].concat();
        let text = [data.repeat(1000), block.repeat(32), data.repeat(1000), block.repeat(33)].concat();
        for size in [1, 7, 9, 4096] {
            let (mut stream, allowance) = InterimLimit::http2(text.as_slice());
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
        let (_, allowance) = InterimLimit::http2(text.as_slice());
        (0..1_000_000).for_each(|_| allowance.asked_once_more());
        assert!(
            allowance.take(MOST_BLOCKS).is_ok() && allowance.take(1).is_err(),
            "what was left is kept up to a bound"
        );
    }
}
