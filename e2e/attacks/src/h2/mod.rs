//! HTTP/2 byte by byte: frames and header blocks as an attacker writes them, and a peer that says what came of them.

mod frame;
mod peer;
mod run;

pub use frame::{Frame, block, field, frame};
pub use peer::{Ending, Peer};

/// What must come of a case.
#[derive(Debug, Clone, Copy)]
pub enum H2Expected {
    /// A connection error: GOAWAY with one of these codes, then the end.
    Connection(&'static [u32]),
    /// The end of the connection, with or without GOAWAY.
    Ends,
    /// A stream error: RST_STREAM with one of these codes, or a connection error with one of them (RFC 9113, 5.4.2).
    Stream(&'static [u32]),
    /// A malformed message (RFC 9113, 8.1.1): a stream or connection error PROTOCOL_ERROR, or a 4xx answer that is no denial.
    Malformed,
    /// Answered here with one of these statuses.
    Status(&'static [u16]),
    /// Forwarded as exactly these requests, and the connection serves on.
    Served(&'static [&'static str]),
}

/// One attack in frames.
#[derive(Debug, Clone)]
pub struct H2Case {
    /// The section of RFC 9113, with a letter for each input: `H2-6.5a`.
    pub id: String,
    /// What is wrong, or odd, about it.
    pub what: &'static str,
    /// The bytes after the preface and our SETTINGS.
    pub bytes: Vec<u8>,
    /// Whether the bytes are all that is sent, the preface included.
    pub bare: bool,
    /// Whether it shows only in the body of a request that is well so far: the head may have gone on, no whole request may have.
    pub midway: bool,
    /// What must come of it.
    pub expected: H2Expected,
}

impl H2Case {
    /// What the origin sees in the field `x-case` of its requests.
    #[must_use]
    pub fn mark(&self) -> String {
        mark(&self.id)
    }
}

/// An identifier in as many bytes as any other.
pub(crate) fn mark(id: &str) -> String {
    format!("{id:-<16}")
}

/// What the header blocks of the cases are written with.
#[derive(Debug, Clone)]
pub struct Names {
    /// The host that the cookie is for, with the port.
    pub app: String,
    /// A host that the cookie's owner may not use.
    pub other: String,
    /// A `name=value` pair that signs in at `app`.
    pub cookie: String,
}

/// The codes of RFC 9113, section 7.
pub mod code {
    /// No error.
    pub const NO_ERROR: u32 = 0;
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: u32 = 1;
    /// The peer broke flow control.
    pub const FLOW_CONTROL_ERROR: u32 = 3;
    /// A frame on a half-closed stream.
    pub const STREAM_CLOSED: u32 = 5;
    /// A frame of a wrong size.
    pub const FRAME_SIZE_ERROR: u32 = 6;
    /// A stream that was not begun.
    pub const REFUSED_STREAM: u32 = 7;
    /// A stream that is not wanted any more.
    pub const CANCEL: u32 = 8;
    /// Header compression was broken.
    pub const COMPRESSION_ERROR: u32 = 9;
    /// The peer behaves in a way that could exhaust us.
    pub const ENHANCE_YOUR_CALM: u32 = 11;
}
