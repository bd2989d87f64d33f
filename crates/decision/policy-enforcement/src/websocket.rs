//! Where the frames of a WebSocket begin and end: a close frame may only stand between them (RFC 6455, section 5).

/// Follows the bytes of one direction.
#[derive(Debug, Clone, Default)]
pub struct FrameBoundary {
    head: [u8; 14],
    have: usize,
    payload_left: u64,
    closed: bool,
}

impl FrameBoundary {
    /// Follows further bytes.
    pub fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let of_payload = usize::try_from(self.payload_left).unwrap_or(usize::MAX).min(bytes.len());
            if of_payload > 0 {
                self.payload_left -= u64::try_from(of_payload).unwrap_or(self.payload_left);
                bytes = bytes.get(of_payload..).unwrap_or_default();
                continue;
            }
            let (Some(byte), Some(place)) = (bytes.first(), self.head.get_mut(self.have)) else { return };
            *place = *byte;
            self.have += 1;
            bytes = bytes.get(1..).unwrap_or_default();
            if self.have >= self.head_length() {
                self.payload_left = self.payload_length();
                self.closed |= self.head.first().is_some_and(|first| first & 0x0f == 0x08);
                self.have = 0;
            }
        }
    }

    /// Follows bytes up to the next end of a frame; how many that took.
    pub fn follow_to_boundary(&mut self, bytes: &[u8]) -> usize {
        for (at, byte) in bytes.iter().enumerate() {
            if self.is_between_frames() {
                return at;
            }
            self.follow(&[*byte]);
        }
        bytes.len()
    }

    /// Whether the last byte ended a frame.
    #[must_use]
    pub const fn is_between_frames(&self) -> bool {
        self.have == 0 && self.payload_left == 0
    }

    /// Whether a close frame went by: nothing may follow it.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// How long the frame's head is, as far as it can be told; two bytes tell.
    fn head_length(&self) -> usize {
        let [_, second, ..] = self.head;
        if self.have < 2 {
            return 2;
        }
        let length = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + length + if second & 0x80 != 0 { 4 } else { 0 }
    }

    fn payload_length(&self) -> u64 {
        let [_, second, a, b, c, d, e, f, g, h, ..] = self.head;
        match second & 0x7f {
            126 => u64::from(u16::from_be_bytes([a, b])),
            127 => u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            short => u64::from(short),
        }
    }
}

/// A close frame from server to client (unmasked): status 1008, policy violation, with a reason of at most 123 bytes.
#[must_use]
pub fn close_frame(reason: &str) -> Vec<u8> {
    let mut end = reason.len().min(123);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let reason = reason.get(..end).unwrap_or_default();
    let length = u8::try_from(reason.len() + 2).unwrap_or(2);
    let mut frame = vec![0x88, length];
    frame.extend_from_slice(&1008_u16.to_be_bytes());
    frame.extend_from_slice(reason.as_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(opcode: u8, masked: bool, payload: usize) -> Vec<u8> {
        let mask_bit = if masked { 0x80 } else { 0 };
        let mut frame = vec![0x80 | opcode];
        match payload {
            0..126 => frame.push(mask_bit | u8::try_from(payload).expect("short")),
            126..65_536 => {
                frame.push(mask_bit | 126);
                frame.extend_from_slice(&u16::try_from(payload).expect("short").to_be_bytes());
            }
            _ => {
                frame.push(mask_bit | 127);
                frame.extend_from_slice(&(payload as u64).to_be_bytes());
            }
        }
        if masked {
            frame.extend_from_slice(&[1, 2, 3, 4]);
        }
        frame.resize(frame.len() + payload, 0x88);
        frame
    }

    #[test]
    fn a_boundary_is_seen_only_between_frames() {
        for masked in [false, true] {
            for payload in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
                let bytes = frame(1, masked, payload);
                let mut boundary = FrameBoundary::default();
                for (at, byte) in bytes.iter().enumerate() {
                    boundary.follow(&[*byte]);
                    assert_eq!(boundary.is_between_frames(), at + 1 == bytes.len(), "{payload} at {at}");
                }
                assert!(!boundary.is_closed());
                let mut at_once = FrameBoundary::default();
                at_once.follow(&[bytes.clone(), frame(8, masked, 2)].concat());
                assert!(at_once.is_between_frames() && at_once.is_closed());
            }
        }
    }

    #[test]
    fn a_close_frame_is_short_and_whole() {
        let frame = close_frame(&"関".repeat(60));
        assert_eq!(frame[0], 0x88);
        assert_eq!(usize::from(frame[1]) + 2, frame.len());
        assert!(std::str::from_utf8(&frame[4..]).is_ok() && frame.len() <= 127);
        assert_eq!(&close_frame("device-not-compliant")[2..4], &1008_u16.to_be_bytes());
    }
}
