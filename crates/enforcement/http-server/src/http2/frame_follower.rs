//! Follows the frames that an HTTP/2 client sends, byte by byte: which frame is under way, which header blocks are whole, and
//! how many frames ask for nothing.

use super::chatter::{Chatter, PING_ANSWER, SETTINGS_ANSWER};
use super::field_blocks::FieldBlocks;
use super::stream_audit::StreamAudit;

/// The bytes of the connection preface (RFC 9113, 3.4).
const PREFACE: usize = 24;
/// More than the protocol library takes of one header block.
const LONGEST_BLOCK: usize = 128 * 1024;
/// More findings than streams wait to be served.
const MOST_FINDINGS: usize = 1024;

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

/// Where in the frames the last byte stood.
pub(super) struct FrameFollower {
    preface_left: usize,
    head: [u8; 9],
    have: usize,
    payload_left: usize,
    in_header_block: bool,
    /// Frames that ask for nothing.
    pub(super) idle_frames: u32,
    pub(super) chatter: Chatter,
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
    audit: StreamAudit,
}

impl FrameFollower {
    pub(super) fn new(audit: StreamAudit) -> Self {
        Self {
            preface_left: PREFACE,
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
            audit,
        }
    }

    /// Whether the connection breaks a rule that does not depend on the clock.
    pub(super) fn is_wrong(&self) -> bool {
        self.began == Began::Otherwise || self.block.len() > LONGEST_BLOCK || self.audit.count() > MOST_FINDINGS
    }

    /// Follows bytes as they were read.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) {
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
            self.audit.note_fragment(stream);
        }
        if !is_head && found.pseudo {
            self.audit.note_wrong_trailers(stream);
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
    pub(super) fn is_inside(&self) -> bool {
        let [_, _, _, kind, ..] = self.head;
        self.in_header_block || self.have > 0 || (self.payload_left > 0 && kind != DATA)
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

    /// A follower behind the preface.
    fn follower() -> FrameFollower {
        FrameFollower { preface_left: 0, ..FrameFollower::new(StreamAudit::default()) }
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
        assert!(follower.chatter.frames > crate::http2::frame_watch::MOST_IDLE_FRAMES, "{:?}", follower.chatter);
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
        assert!(follower.audit.had_fragment(1) && !follower.audit.had_fragment(1));
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
        assert!(!follower.audit.has_wrong_trailers(1));
        follower.follow(&block(3, &[0x82]));
        assert!(!follower.audit.has_wrong_trailers(3));
        follower.follow(&block(1, &[0x82]));
        assert!(follower.audit.has_wrong_trailers(1) && !follower.audit.has_wrong_trailers(3));
        follower.audit.forget(1);
        assert!(!follower.audit.has_wrong_trailers(1));
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
