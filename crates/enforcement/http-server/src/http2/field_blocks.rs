//! Follows the header blocks of an HTTP/2 client as far as to see what the protocol library drops before anybody could refuse
//! it: a fragment of `:path`, and pseudo-header fields after a body.
//!
//! A field may stand in the dynamic table of HPACK (RFC 7541), so the table is followed too: of each entry its size, what its
//! name is, and whether its value has a `#`. What else is wrong with a block is the library's to say.

use std::collections::VecDeque;

/// The table's size that was agreed: the library's default, which is HTTP/2's.
const TABLE: usize = 4096;
/// What each entry costs besides its bytes (RFC 7541, 4.1).
const ENTRY: usize = 32;
const PATH: &[u8] = b":path";
/// The same in the Huffman code.
const PATH_CODED: &[u8] = &[0xb9, 0x58, 0xd3, 0x3f];
/// `:` in the Huffman code, as the first seven bits of a string.
const COLON: u8 = 0x5c;
/// The names of the static table up to here begin with a colon.
const STATIC_PSEUDO: usize = 14;
/// `#` in the Huffman code: 12 bits.
const FRAGMENT: (u32, u32) = (12, 0xffa);

/// How long the names of the static table are (RFC 7541, appendix A).
const STATIC_NAMES: [u8; 61] = [
    10, 7, 7, 5, 5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 14, 15, 15, 13, 6, 27, 3, 5, 13, 13, 19, 16, 16, 14, 16, 13, 12, 6, 4,
    4, 6, 7, 4, 4, 8, 17, 13, 8, 19, 13, 4, 8, 12, 18, 19, 5, 7, 7, 11, 6, 10, 25, 17, 10, 4, 3, 16,
];

/// How many codes of each length there are in the Huffman code, from one bit on. The code is canonical: codes of one length
/// follow each other, and the first of the next length follows them.
const CODES: [u32; 30] =
    [0, 0, 0, 0, 10, 26, 32, 6, 0, 5, 3, 2, 6, 2, 3, 0, 0, 0, 3, 8, 13, 26, 29, 12, 4, 15, 19, 29, 0, 4];

/// The state of one client's header compression.
#[derive(Debug)]
pub(super) struct FieldBlocks {
    entries: VecDeque<Entry>,
    size: usize,
    limit: usize,
}

/// What is followed of one field.
#[derive(Debug, Clone, Copy)]
struct Entry {
    name: Name,
    size: usize,
    has_fragment: bool,
}

/// What is asked about a name: how long it is once decoded, and which it is.
#[derive(Debug, Clone, Copy)]
struct Name {
    length: usize,
    is_path: bool,
    is_pseudo: bool,
}

/// A string of a block.
struct Text {
    name: Name,
    has_fragment: bool,
}

/// What was found in a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// A `:path` with a fragment.
    pub(super) fragment: bool,
    /// A name that begins with a colon.
    pub(super) pseudo: bool,
}

impl Default for FieldBlocks {
    fn default() -> Self {
        Self { entries: VecDeque::new(), size: 0, limit: TABLE }
    }
}

impl FieldBlocks {
    /// Reads a whole block.
    pub(super) fn read(&mut self, mut block: &[u8]) -> Found {
        let mut found = Found::default();
        while !block.is_empty() {
            match self.field(&mut block) {
                Some(Some((name, has_fragment))) => {
                    found.fragment |= name.is_path && has_fragment;
                    found.pseudo |= name.is_pseudo;
                }
                Some(None) => {}
                // The block is broken: the library ends the connection for it.
                None => return found,
            }
        }
        found
    }

    /// The next field; `Some(None)` for an update of the table, `None` for a broken block.
    fn field(&mut self, block: &mut &[u8]) -> Option<Option<(Name, bool)>> {
        let first = *block.first()?;
        if first & 0x80 != 0 {
            let index = number(block, 7)?;
            let has_fragment = self.entry(index).is_some_and(|entry| entry.has_fragment);
            return Some(self.name(index).map(|name| (name, has_fragment)));
        }
        if first & 0xe0 == 0x20 {
            self.limit = number(block, 5)?.min(TABLE);
            self.evict();
            return Some(None);
        }
        let is_kept = first & 0x40 != 0;
        let index = number(block, if is_kept { 6 } else { 4 })?;
        let name = match index {
            0 => text(block)?.name,
            index => self.name(index)?,
        };
        let value = text(block)?;
        if is_kept {
            let size = name.length + value.name.length + ENTRY;
            self.entries.push_front(Entry { name, size, has_fragment: value.has_fragment });
            self.size += size;
            self.evict();
        }
        Some(Some((name, value.has_fragment)))
    }

    /// A name of the tables.
    fn name(&self, index: usize) -> Option<Name> {
        match STATIC_NAMES.get(index.checked_sub(1)?) {
            Some(length) => Some(Name {
                length: usize::from(*length),
                is_path: matches!(index, 4 | 5),
                is_pseudo: index <= STATIC_PSEUDO,
            }),
            None => self.entry(index).map(|entry| entry.name),
        }
    }

    fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index.checked_sub(STATIC_NAMES.len() + 1)?)
    }

    fn evict(&mut self) {
        while self.size > self.limit {
            let Some(oldest) = self.entries.pop_back() else { return };
            self.size -= oldest.size;
        }
    }
}

/// A number with a prefix of `bits` bits (RFC 7541, 5.1).
fn number(block: &mut &[u8], bits: u32) -> Option<usize> {
    let (first, rest) = block.split_first()?;
    *block = rest;
    let most = (1_usize << bits) - 1;
    let mut value = usize::from(*first) & most;
    if value < most {
        return Some(value);
    }
    for shift in [0, 7, 14, 21] {
        let (byte, rest) = block.split_first()?;
        *block = rest;
        value += usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn text(block: &mut &[u8]) -> Option<Text> {
    let is_coded = *block.first()? & 0x80 != 0;
    let length = number(block, 7)?;
    let (bytes, rest) = block.split_at_checked(length)?;
    *block = rest;
    if is_coded {
        let (length, has_fragment) = coded(bytes)?;
        let is_pseudo = bytes.first().is_some_and(|byte| byte >> 1 == COLON);
        Some(Text { name: Name { length, is_path: bytes == PATH_CODED, is_pseudo }, has_fragment })
    } else {
        let name = Name { length, is_path: bytes == PATH, is_pseudo: bytes.starts_with(b":") };
        Some(Text { name, has_fragment: bytes.contains(&b'#') })
    }
}

/// How many bytes a Huffman string has once decoded, and whether one of them is `#`.
fn coded(bytes: &[u8]) -> Option<(usize, bool)> {
    let (mut length, mut has_fragment) = (0, false);
    let (mut code, mut bits, mut first) = (0_u32, 0_u32, 0_u32);
    for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |place| u32::from(byte >> place & 1))) {
        code = code << 1 | bit;
        first <<= 1;
        let count = *CODES.get(usize::try_from(bits).ok()?)?;
        bits += 1;
        if code - first < count {
            has_fragment |= (bits, code) == FRAGMENT;
            length += 1;
            (code, bits, first) = (0, 0, 0);
        } else {
            first += count;
        }
    }
    // What is left is the padding.
    Some((length, has_fragment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(first: u8, name: &[u8], value: &[u8]) -> Vec<u8> {
        let string = |text: &[u8]| [&[u8::try_from(text.len()).expect("short")], text].concat();
        [vec![first], if name.is_empty() { Vec::new() } else { string(name) }, string(value)].concat()
    }

    #[test]
    fn a_fragment_is_seen_in_every_form_of_a_path() {
        for block in [
            literal(0x04, b"", b"/a#b"),
            literal(0x05, b"", b"/#"),
            literal(0x14, b"", b"/a#b"),
            literal(0x44, b"", b"/a#b"),
            literal(0x00, b":path", b"/a#b"),
            literal(0x40, b":path", b"#"),
            // "/#" in Huffman code: 011000 111111111010 and padding.
            vec![0x04, 0x83, 0x63, 0xfe, 0xbf],
            [&[0x00, 0x84][..], PATH_CODED, &[0x02, b'/', b'#']].concat(),
        ] {
            let found = Found { fragment: true, pseudo: true };
            assert_eq!(FieldBlocks::default().read(&block), found, "{block:02x?}");
        }
        for block in [
            literal(0x04, b"", b"/a?b"),
            literal(0x00, b"x", b"#fff"),
            literal(0x41, b"", b"a#b"),
            literal(0x00, b":path2", b"/#"),
            vec![0x84, 0x85, 0x82],
            vec![0x04, 0x03, b'/'],
            vec![],
        ] {
            assert!(!FieldBlocks::default().read(&block).fragment, "{block:02x?}");
        }
    }

    #[test]
    fn a_pseudo_header_field_is_seen_in_every_form() {
        let path =
            |name: &[u8]| [&[0x00, 0x80 | u8::try_from(name.len()).expect("short")], name, &[0x01, b'x']].concat();
        for block in [
            vec![0x82],
            vec![0x8e],
            literal(0x01, b"", b"host"),
            literal(0x4e, b"", b"200"),
            literal(0x00, b":path", b"/"),
            literal(0x10, b":none", b""),
            path(PATH_CODED),
            // Behind another field.
            [literal(0x00, b"x", b"y"), vec![0x87]].concat(),
        ] {
            assert!(FieldBlocks::default().read(&block).pseudo, "{block:02x?}");
        }
        // `x:` is a name that is wrong in another way.
        for block in [vec![0x8f], literal(0x0f, b"", b"gzip"), literal(0x00, b"x:", b":"), literal(0x00, b"", b":path")]
        {
            assert!(!FieldBlocks::default().read(&block).pseudo, "{block:02x?}");
        }
        let mut blocks = FieldBlocks::default();
        blocks.read(&literal(0x40, b":protocol", b"websocket"));
        blocks.read(&literal(0x40, b"x", b"y"));
        assert!(blocks.read(&[0xbf]).pseudo && !blocks.read(&[0xbe]).pseudo);
    }

    #[test]
    fn the_dynamic_table_is_followed() {
        let mut blocks = FieldBlocks::default();
        assert!(blocks.read(&literal(0x44, b"", b"/a#b")).fragment);
        assert!(!blocks.read(&literal(0x40, b"x-color", b"#fff")).fragment);
        assert!(blocks.read(&[0xbf]).fragment, "the path is the second entry now");
        assert!(!blocks.read(&[0xbe]).fragment, "a colour is no path");
        assert!(blocks.read(&[0x7f, 0x00, 0x02, b'/', b'#']).fragment, "with the name from the table");
        // An update to 0 and back empties the table.
        assert!(!blocks.read(&[0x20, 0x3f, 0xe1, 0x1f, 0xbf]).fragment);
        assert_eq!((blocks.size, blocks.limit), (0, TABLE));
        // Names from the table count with their own length.
        blocks.read(&literal(0x40, b"abc", b"12345"));
        blocks.read(&literal(0x7e, b"", b"1"));
        assert_eq!(blocks.size, 3 + 5 + 32 + 3 + 1 + 32);
    }

    #[test]
    fn what_does_not_fit_leaves() {
        let mut blocks = FieldBlocks::default();
        assert!(blocks.read(&literal(0x44, b"", b"/#")).fragment);
        for _ in 0..40 {
            blocks.read(&literal(0x40, b"x", &[b'y'; 100]));
        }
        assert!(blocks.size <= TABLE && blocks.entries.len() == TABLE / 133);
        assert!(blocks.entries.iter().all(|entry| !entry.name.is_path));
    }

    #[test]
    fn coded_strings_have_their_decoded_length() {
        // RFC 7541, C.4.1 and C.6.1.
        let authority = [0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];
        assert_eq!(coded(&authority), Some(("www.example.com".len(), false)));
        assert_eq!(coded(&[0x64, 0x02]), Some((3, false)));
        assert_eq!(coded(PATH_CODED), Some((5, false)));
    }
}
