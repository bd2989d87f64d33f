//! Finding the end of an HTTP/1 head in bytes as they arrive, looking at each byte once.

use memchr::memchr2;
use sekisho_model::LONGEST_METHOD;

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
        loop {
            let after_cr = self.is_after_cr(bytes);
            if !after_cr {
                // What ends no line only counts.
                let rest = bytes.get(self.looked_at..).unwrap_or_default();
                self.looked_at += memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                self.within(limits)?;
            }
            let Some(byte) = bytes.get(self.looked_at) else { return Ok(None) };
            let at = self.looked_at;
            let ends_line = *byte == b'\n';
            // INVARIANT I-6: servers end lines at CR LF, at LF or at CR; only what all of them read alike goes on.
            if ends_line != after_cr {
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
    }

    /// Whether the next byte is one after a CR of the same line.
    fn is_after_cr(&self, bytes: &[u8]) -> bool {
        let before = self.looked_at.checked_sub(1).and_then(|before| bytes.get(before));
        before == Some(&b'\r') && self.looked_at > self.line_start
    }

    fn within(self, limits: &HeadLimits) -> Result<(), Malformed> {
        // The longest method, two spaces, the version and the line's end.
        const AROUND_TARGET: usize = LONGEST_METHOD + 2 + 8 + 2;
        let longest_line = limits.target + AROUND_TARGET;
        let too_long = !self.first_line_done && self.looked_at > longest_line;
        // Of the two limits, the one that comes first in the bytes.
        match self.looked_at >= limits.bytes {
            _ if too_long && longest_line < limits.bytes => Err(Malformed::TargetTooLong),
            true => Err(Malformed::HeadTooLong),
            false if too_long => Err(Malformed::TargetTooLong),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same rules, byte by byte.
    fn by_bytes(bytes: &[u8], limits: &HeadLimits) -> Result<Option<usize>, Malformed> {
        let (mut line_start, mut first_line_done) = (0, false);
        for (at, byte) in bytes.iter().enumerate() {
            let after_cr = at > line_start && bytes[at - 1] == b'\r';
            if (*byte == b'\n') != after_cr {
                return Err(Malformed::LineEnd);
            }
            if *byte == b'\n' && line_start + 1 == at {
                return if first_line_done { Ok(Some(at + 1)) } else { Err(Malformed::RequestLine) };
            }
            if *byte == b'\n' {
                (line_start, first_line_done) = (at + 1, true);
            }
            if !first_line_done && at + 1 > limits.target + LONGEST_METHOD + 12 {
                return Err(Malformed::TargetTooLong);
            }
            if at + 1 >= limits.bytes {
                return Err(Malformed::HeadTooLong);
            }
        }
        Ok(None)
    }

    proptest! {
        #[test]
        fn however_the_bytes_arrive_the_same_end_or_rule_is_found(
            bytes in proptest::collection::vec(prop_oneof![4 => Just(b'a'), 2 => Just(b'\r'), 2 => Just(b'\n')], 0..60),
            pairs in any::<bool>(),
            (target, most) in (0_usize..40, 1_usize..70),
            part in 1_usize..20,
        ) {
            let bytes = if pairs { String::from_utf8_lossy(&bytes).replace('\r', "").replace('\n', "\r\n").into_bytes() } else { bytes };
            let limits = HeadLimits { bytes: most, target, ..HeadLimits::default() };
            let mut scanner = HeadScanner::default();
            let mut found = Ok(None);
            for end in (0..bytes.len()).step_by(part).skip(1).chain([bytes.len()]) {
                found = scanner.scan(&bytes[..end], &limits);
                if found != Ok(None) {
                    break;
                }
            }
            prop_assert_eq!(found, by_bytes(&bytes, &limits));
        }
    }
}
