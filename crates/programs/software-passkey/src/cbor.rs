//! The little of CBOR (RFC 8949) that WebAuthn needs, written in its canonical form.

/// A CBOR item.
pub(crate) enum Item<'a> {
    /// An integer.
    Integer(i64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A text string.
    Text(&'a str),
    /// A map, its keys already in canonical order.
    Map(&'a [(Item<'a>, Item<'a>)]),
}

impl Item<'_> {
    /// Appends the item's encoding.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Integer(value) if *value >= 0 => head(out, 0, value.unsigned_abs()),
            // -1 is encoded as 0, -2 as 1, and so on.
            Self::Integer(value) => head(out, 1, value.unsigned_abs() - 1),
            Self::Bytes(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Map(pairs) => {
                head(out, 5, pairs.len() as u64);
                for (key, value) in *pairs {
                    key.write(out);
                    value.write(out);
                }
            }
        }
    }

    /// The item's encoding.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

/// The initial byte of an item with its argument in the shortest form.
fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let bytes = argument.to_be_bytes();
    let (info, length) = match argument {
        0..=23 => (bytes[7], 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push((major << 5) | info);
    out.extend(bytes.iter().skip(8 - length));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_written_as_the_rfc_says() {
        // RFC 8949, appendix A.
        let cases: [(Item<'_>, &[u8]); 9] = [
            (Item::Integer(0), &[0x00]),
            (Item::Integer(23), &[0x17]),
            (Item::Integer(24), &[0x18, 0x18]),
            (Item::Integer(1000), &[0x19, 0x03, 0xe8]),
            (Item::Integer(1_000_000), &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
            (Item::Integer(-1), &[0x20]),
            (Item::Integer(-100), &[0x38, 0x63]),
            (Item::Text("IETF"), &[0x64, 0x49, 0x45, 0x54, 0x46]),
            (Item::Map(&[(Item::Integer(1), Item::Bytes(&[4]))]), &[0xa1, 0x01, 0x41, 0x04]),
        ];
        for (item, expected) in cases {
            assert_eq!(item.encode(), expected);
        }
    }
}
