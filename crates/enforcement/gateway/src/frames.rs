//! Watches the frames that an HTTP/2 client sends, for what the protocol library would bear for ever: a frame or a header
//! block that is begun and never finished, and floods of frames that ask for nothing; and for what it would repair: a path with
//! a fragment, and fields after a body that only a head has.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep};

use crate::field_blocks::FieldBlocks;
use crate::gathered::Gathered;

/// More frames that ask for nothing (settings, pings, priorities, resets, empty data, windows opened by a few bytes, unknown
/// ones) than any client sends in a second.
const MOST_IDLE_FRAMES: u32 = 1000;

/// A connection whose incoming frames are followed.
pub(crate) struct FrameWatch {
    io: Gathered,
    follower: Follower,
    begun: Rc<Cell<Option<Instant>>>,
    second: Instant,
}

/// Tells when something begun was not finished in time.
pub(crate) struct Stall(Rc<Cell<Option<Instant>>>);

/// Where in the frames the last byte stood.
struct Follower {
    preface_left: usize,
    head: [u8; 9],
    have: usize,
    payload_left: usize,
    in_header_block: bool,
    idle_frames: u32,
    chatter: Chatter,
    /// The first bytes of the payload: how far a window is opened.
    increment: [u8; 4],
    /// RFC 9113, 3.4: the first frame is SETTINGS.
    began: Began,
    /// The header block so far: its first frame's payload with what stands around the fields, then the others.
    block: Vec<u8>,
    /// The frame that began the block: its flags, its stream, and its payload's length.
    opened: (u8, u32, usize),
    /// The newest stream: a further block on one that is not newer stands behind a body.
    newest: u32,
    blocks: FieldBlocks,
    untold: Untold,
}

/// What the protocol library does not tell of the streams of a connection, until somebody asked. A lock, because bodies may be
/// read on another thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Untold(Arc<Mutex<Streams>>);

#[derive(Debug, Default)]
struct Streams {
    with_fragment: BTreeSet<u32>,
    with_wrong_trailers: BTreeSet<u32>,
}

impl Untold {
    /// Whether a stream's `:path` has a fragment. It is asked once.
    pub(crate) fn had_fragment(&self, stream: u32) -> bool {
        self.streams().with_fragment.remove(&stream)
    }

    /// Whether what stands behind a stream's body has a pseudo-header field.
    pub(crate) fn has_wrong_trailers(&self, stream: u32) -> bool {
        self.streams().with_wrong_trailers.contains(&stream)
    }

    /// The stream is over.
    pub(crate) fn forget(&self, stream: u32) {
        self.streams().with_wrong_trailers.remove(&stream);
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) -> usize {
        let streams = self.streams();
        streams.with_fragment.len() + streams.with_wrong_trailers.len()
    }
}

/// More than the protocol library takes of one header block.
const LONGEST_BLOCK: usize = 128 * 1024;
/// More streams than wait to be served.
const MOST_UNTOLD: usize = 1024;

/// How a connection began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Began {
    NotYet,
    WithSettings,
    Otherwise,
}

/// A window that is opened by less than this is opened for nothing.
const SMALL_INCREMENT: u32 = 256;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const WITH_PRIORITY: u8 = 0x20;

impl FrameWatch {
    pub(crate) fn new(io: Gathered) -> (Self, Stall, Untold) {
        let begun = Rc::new(Cell::new(None));
        let untold = Untold::default();
        let follower = Follower {
            preface_left: 24,
            head: [0; 9],
            have: 0,
            payload_left: 0,
            in_header_block: false,
            idle_frames: 0,
            chatter: Chatter::default(),
            increment: [0; 4],
            began: Began::NotYet,
            block: Vec::new(),
            opened: (0, 0, 0),
            newest: 0,
            blocks: FieldBlocks::default(),
            untold: untold.clone(),
        };
        (Self { io, follower, begun: begun.clone(), second: Instant::now() }, Stall(begun), untold)
    }

    fn follow(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.follower.follow(bytes);
        let begun = self.follower.is_inside().then(|| self.begun.get().unwrap_or_else(Instant::now));
        self.begun.set(begun);
        if self.second.elapsed() >= Duration::from_secs(1) {
            self.second = Instant::now();
            self.follower.idle_frames = 0;
            self.follower.chatter.frames = 0;
        }
        let Follower { began, idle_frames, chatter, block, untold, .. } = &self.follower;
        let wrong = *began == Began::Otherwise
            || idle_frames + chatter.frames > MOST_IDLE_FRAMES
            || block.len() > LONGEST_BLOCK
            || untold.count() > MOST_UNTOLD;
        if wrong { Err(io::ErrorKind::InvalidData.into()) } else { Ok(()) }
    }
}

impl Stall {
    /// Ready once something has been unfinished for that long.
    pub(crate) async fn longer_than(&self, limit: Duration) {
        loop {
            sleep(limit / 4).await;
            if self.0.get().is_some_and(|begun| begun.elapsed() >= limit) {
                return;
            }
        }
    }
}

impl Follower {
    fn follow(&mut self, mut bytes: &[u8]) {
        let of_preface = self.preface_left.min(bytes.len());
        self.preface_left -= of_preface;
        bytes = bytes.get(of_preface..).unwrap_or_default();
        while !bytes.is_empty() {
            let of_payload = self.payload_left.min(bytes.len());
            if of_payload > 0 {
                let [_, _, _, kind, ..] = self.head;
                let payload = bytes.get(..of_payload).unwrap_or_default();
                match kind {
                    WINDOW_UPDATE => self.open_window(payload),
                    HEADERS | CONTINUATION if self.block.len() <= LONGEST_BLOCK => {
                        self.block.extend_from_slice(payload)
                    }
                    _ => {}
                }
                self.payload_left -= of_payload;
                self.end_frame();
                bytes = bytes.get(of_payload..).unwrap_or_default();
                continue;
            }
            let (Some((byte, rest)), Some(place)) = (bytes.split_first(), self.head.get_mut(self.have)) else { return };
            *place = *byte;
            bytes = rest;
            self.have += 1;
            if self.have == self.head.len() {
                self.have = 0;
                self.begin_frame();
                self.end_frame();
            }
        }
    }

    fn begin_frame(&mut self) {
        let [a, b, c, kind, flags, ..] = self.head;
        self.payload_left = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        if self.began == Began::NotYet {
            self.began = if kind == SETTINGS { Began::WithSettings } else { Began::Otherwise };
        }
        if kind == HEADERS {
            let [.., s, t, u, v] = self.head;
            self.opened = (flags, u32::from_be_bytes([s & 0x7f, t, u, v]), self.payload_left);
            self.block.clear();
        }
        match kind {
            HEADERS | CONTINUATION => self.in_header_block = flags & END_HEADERS == 0,
            DATA if self.payload_left > 0 => self.chatter.forgive(2),
            PING => self.chatter.is_asked(PING_ANSWER),
            SETTINGS => {
                self.chatter.is_owed(SETTINGS_ANSWER);
                self.idle_frames += 1;
            }
            // Priorities, resets, empty data and frames of no known kind.
            DATA | 2 | 3 | 10.. => self.idle_frames += 1,
            _ => {}
        }
    }

    /// Reads the header block that is whole with this frame, if one is.
    fn end_frame(&mut self) {
        let [_, _, _, kind, flags, ..] = self.head;
        if self.payload_left > 0 || !matches!(kind, HEADERS | CONTINUATION) || flags & END_HEADERS == 0 {
            return;
        }
        let (flags, stream, length) = self.opened;
        let padding = if flags & PADDED == 0 { 0 } else { self.block.first().map_or(0, |byte| usize::from(*byte)) };
        let before = usize::from(flags & PADDED != 0) + if flags & WITH_PRIORITY == 0 { 0 } else { 5 };
        // Padding stands at the end of the first frame, before what other frames continue.
        let (first, more) = self.block.split_at(length.min(self.block.len()));
        let first = first.get(before..first.len().saturating_sub(padding)).unwrap_or_default();
        let found = match more.is_empty() {
            true => self.blocks.read(first),
            false => self.blocks.read(&[first, more].concat()),
        };
        let is_head = stream > self.newest;
        self.newest = self.newest.max(stream);
        if is_head && found.fragment {
            self.untold.streams().with_fragment.insert(stream);
        }
        if !is_head && found.pseudo {
            self.untold.streams().with_wrong_trailers.insert(stream);
        }
        self.block.clear();
    }

    /// Follows the payload of a WINDOW_UPDATE. What is not 4 bytes long ends the connection elsewhere.
    fn open_window(&mut self, payload: &[u8]) {
        for byte in payload {
            let [_, b, c, d] = self.increment;
            self.increment = [b, c, d, *byte];
        }
        if payload.len() == self.payload_left && u32::from_be_bytes(self.increment) < SMALL_INCREMENT {
            self.chatter.is_asked(0);
        }
    }

    /// Whether something is begun and not finished. A body's data has a watch of its own.
    fn is_inside(&self) -> bool {
        let [_, _, _, kind, ..] = self.head;
        self.in_header_block || self.have > 0 || (self.payload_left > 0 && kind != DATA)
    }
}

/// Pings and small windows: clients of gRPC send both with every small message that they get. What is exchanged beside them
/// forgives them; what only answers them does not.
#[derive(Debug, Default)]
struct Chatter {
    frames: u32,
    /// Bytes that will be written as answers to frames that ask for nothing else.
    owed: usize,
    /// Bytes that were written and have forgiven nothing yet.
    credit: usize,
}

/// The length of the answer to a ping, and of that to settings.
const PING_ANSWER: usize = 17;
const SETTINGS_ANSWER: usize = 9;
/// So many bytes for the client forgive one frame: the smallest message of gRPC with its frame's head.
const FORGIVING: usize = 15;

impl Chatter {
    const fn is_asked(&mut self, answer: usize) {
        self.frames = self.frames.saturating_add(1);
        self.is_owed(answer);
    }

    const fn is_owed(&mut self, answer: usize) {
        self.owed = self.owed.saturating_add(answer);
    }

    fn answered(&mut self, written: usize) {
        let paid = self.owed.min(written);
        self.owed -= paid;
        self.credit += written - paid;
        self.forgive(u32::try_from(self.credit / FORGIVING).unwrap_or(u32::MAX));
        self.credit %= FORGIVING;
    }

    const fn forgive(&mut self, frames: u32) {
        self.frames = self.frames.saturating_sub(frames);
    }
}

impl AsyncRead for FrameWatch {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(context, into))?;
        Poll::Ready(self.follow(into.filled().get(before..).unwrap_or_default()))
    }
}

impl AsyncWrite for FrameWatch {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(context, bytes))?;
        self.follower.chatter.answered(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(context, parts))?;
        self.follower.chatter.answered(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, payload: usize) -> Vec<u8> {
        let length = u32::try_from(payload).expect("short").to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, flags, 0, 0, 0, 1];
        frame.resize(9 + payload, 7);
        frame
    }

    fn follower() -> Follower {
        Follower {
            preface_left: 0,
            head: [0; 9],
            have: 0,
            payload_left: 0,
            in_header_block: false,
            idle_frames: 0,
            chatter: Chatter::default(),
            increment: [0; 4],
            began: Began::NotYet,
            block: Vec::new(),
            opened: (0, 0, 0),
            newest: 0,
            blocks: FieldBlocks::default(),
            untold: Untold::default(),
        }
    }

    #[test]
    fn what_is_begun_is_seen_until_it_is_finished() {
        let mut follower = follower();
        follower.follow(&frame(HEADERS, 0, 20));
        assert!(follower.is_inside());
        follower.follow(&frame(CONTINUATION, 0, 0));
        assert!(follower.is_inside());
        follower.follow(&frame(CONTINUATION, END_HEADERS, 5));
        assert!(!follower.is_inside());
        let data = frame(DATA, 0, 100);
        follower.follow(&data[..50]);
        assert!(!follower.is_inside());
        follower.follow(&data[50..]);
        follower.follow(&frame(6, 0, 8)[..12]);
        assert!(follower.is_inside());
    }

    #[test]
    fn frames_that_ask_for_nothing_are_counted() {
        let mut follower = follower();
        for byte in [frame(6, 0, 8), frame(4, 0, 0), frame(DATA, 0, 0), frame(200, 0, 3), frame(HEADERS, 4, 9)].concat()
        {
            follower.follow(&[byte]);
        }
        assert_eq!(follower.idle_frames + follower.chatter.frames, 4);
        // The payload of `frame` is sevens: a large increment. Then one of 1.
        follower.follow(&frame(WINDOW_UPDATE, 0, 4));
        assert_eq!(follower.idle_frames + follower.chatter.frames, 4);
        let mut small = frame(WINDOW_UPDATE, 0, 4);
        small[9..].copy_from_slice(&[0, 0, 0, 1]);
        small.iter().for_each(|byte| follower.follow(&[*byte]));
        assert_eq!(follower.idle_frames + follower.chatter.frames, 5);
    }

    #[test]
    fn small_windows_and_pings_are_forgiven_for_what_is_exchanged_and_not_for_their_answers() {
        let mut follower = follower();
        follower.follow(&frame(SETTINGS, 0, 0));
        follower.chatter.answered(SETTINGS_ANSWER);
        let mut small = frame(WINDOW_UPDATE, 0, 4);
        small[9..].copy_from_slice(&[0, 0, 0, 20]);
        for _ in 0..5000 {
            follower.follow(&small);
            follower.follow(&frame(PING, 0, 8));
            follower.chatter.answered(PING_ANSWER + 9 + 5 + 16);
        }
        assert!(follower.chatter.frames < 10, "{:?}", follower.chatter);
        for _ in 0..2000 {
            follower.follow(&frame(PING, 0, 8));
            follower.chatter.answered(PING_ANSWER);
        }
        assert!(follower.chatter.frames > MOST_IDLE_FRAMES, "{:?}", follower.chatter);
    }

    #[test]
    fn a_fragment_is_found_behind_padding_and_in_parts() {
        let mut follower = follower();
        follower.follow(&frame(SETTINGS, 0, 0));
        let mut padded = frame(HEADERS, PADDED | WITH_PRIORITY, 1 + 5 + 3 + 2);
        padded[9..].copy_from_slice(&[2, 0, 0, 0, 0, 9, 0x04, 0x04, b'/', 0, 0]);
        let mut rest = frame(CONTINUATION, END_HEADERS, 3);
        rest[9..].copy_from_slice(b"a#b");
        for byte in [padded, rest].concat() {
            follower.follow(&[byte]);
        }
        assert!(follower.untold.had_fragment(1) && !follower.untold.had_fragment(1));
    }

    #[test]
    fn a_pseudo_header_field_is_wrong_behind_a_body_and_nowhere_else() {
        let mut follower = follower();
        follower.follow(&frame(SETTINGS, 0, 0));
        let block = |stream: u8, bytes: &[u8]| {
            let mut block = frame(HEADERS, END_HEADERS, bytes.len());
            block[8] = stream;
            block[9..].copy_from_slice(bytes);
            block
        };
        // `:method: GET`, then behind the body `content-length: 1`, then `:method: GET` again.
        follower.follow(&block(1, &[0x82]));
        follower.follow(&block(1, &[0x5c, 1, b'1']));
        assert!(!follower.untold.has_wrong_trailers(1));
        follower.follow(&block(3, &[0x82]));
        assert!(!follower.untold.has_wrong_trailers(3));
        follower.follow(&block(1, &[0x82]));
        assert!(follower.untold.has_wrong_trailers(1) && !follower.untold.has_wrong_trailers(3));
        follower.untold.forget(1);
        assert!(!follower.untold.has_wrong_trailers(1));
    }

    #[test]
    fn the_first_frame_is_settings() {
        let mut other = follower();
        other.follow(&frame(6, 0, 8));
        assert_eq!(other.began, Began::Otherwise);
        let mut settings = follower();
        settings.follow(&[frame(SETTINGS, 0, 6), frame(6, 0, 8)].concat());
        assert_eq!(settings.began, Began::WithSettings);
    }
}
