//! Finding the end of an HTTP/1 head in bytes as they arrive, looking at each byte once.

use super::HeadLimits;
use crate::Malformed;

/// How far a head was looked at. Start with the default for each head.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeadScanner {
    looked_at: usize,
    line_start: usize,
    first_line_done: bool,
}

impl HeadScanner {
    /// Looks at the bytes that came since the last call. `bytes` begins with the head's first byte.
    ///
    /// Gives the head's length, the empty line included, once it is complete.
    ///
    /// # Errors
    /// A line that does not end in CR LF, a CR or LF that stands alone, or a head over its limits; as soon as it shows.
    pub fn scan(&mut self, bytes: &[u8], limits: &HeadLimits) -> Result<Option<usize>, Malformed> {
        while let Some(byte) = bytes.get(self.looked_at) {
            let at = self.looked_at;
            let ends_line = *byte == b'\n';
            let after_cr = at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\r');
            // INVARIANT I-6: servers end lines at CR LF, at LF or at CR; only what all of them read alike goes on.
            if ends_line != (after_cr && at > self.line_start) {
                return Err(Malformed::LineEnd);
            }
            self.looked_at += 1;
            if ends_line {
                let empty = self.line_start + 1 == at;
                if empty {
                    // An empty line before the request line is no head.
                    return if self.first_line_done { Ok(Some(at + 1)) } else { Err(Malformed::RequestLine) };
                }
                self.first_line_done = true;
                self.line_start = at + 1;
            }
            self.within(limits)?;
        }
        Ok(None)
    }

    fn within(self, limits: &HeadLimits) -> Result<(), Malformed> {
        // The longest method, two spaces, the version and the line's end.
        const AROUND_TARGET: usize = 7 + 2 + 8 + 2;
        if !self.first_line_done && self.looked_at > limits.target + AROUND_TARGET {
            return Err(Malformed::TargetTooLong);
        }
        if self.looked_at >= limits.bytes { Err(Malformed::HeadTooLong) } else { Ok(()) }
    }
}
