//! What the scanner finds in 2,000 generated documents, as UTF-8 and Shift_JIS, compressed and in parts.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod documents;
mod numbers;

use std::collections::BTreeMap;
use std::io::Write as _;

use documents::{Document, document};
use numbers::Source;
use proptest::prelude::{any, prop, prop_assert_eq, proptest};
use sekisho_data_scanner::{DataKind, Decoder, Encoding, Format, Piece, Scanner};

type Found = Vec<(DataKind, String)>;

/// What is found in bytes that come in parts of this size, and the text that the pieces make.
fn scan(bytes: &[u8], part: usize) -> (Found, String) {
    let (mut decoder, mut scanner) = (Decoder::new(None), Scanner::new(Format::Unknown));
    let (mut found, mut whole, mut text) = (Vec::new(), String::new(), String::new());
    let mut take = |piece: Piece<'_>| match piece {
        Piece::Clean(text) => whole.push_str(text),
        Piece::Found(finding, text) => {
            assert_eq!(finding.at.start, u64::try_from(whole.len()).expect("small"));
            whole.push_str(text);
            found.push((finding.kind, String::from_utf8_lossy(finding.value.bytes()).into_owned()));
        }
    };
    for part in bytes.chunks(part) {
        decoder.push(part, &mut text).expect("text");
        scanner.push(&std::mem::take(&mut text), &mut take);
    }
    decoder.finish(&mut text).expect("text");
    scanner.push(&text, &mut take);
    scanner.finish(&mut take);
    (found, whole)
}

/// The bytes of a document: UTF-8, Shift_JIS or either compressed.
fn stored(source: &mut Source, text: &str) -> Vec<u8> {
    let encoding = if source.chance(30) { Encoding::ShiftJis } else { Encoding::Utf8 };
    let plain = encoding.encode(text);
    if !source.chance(20) {
        return plain;
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).and_then(|()| gzip.finish()).expect("memory")
}

/// Counts by kind: found and right, found and wrong, missed.
fn compare(found: Found, mut holds: Found, counts: &mut BTreeMap<DataKind, [u32; 3]>) {
    for one in found {
        let held = holds.iter().position(|it| *it == one);
        counts.entry(one.0).or_default()[usize::from(held.is_none())] += 1;
        if let Some(at) = held {
            holds.swap_remove(at);
        }
    }
    for (kind, _) in holds {
        counts.entry(kind).or_default()[2] += 1;
    }
}

#[test]
fn of_two_thousand_documents_nearly_all_values_are_found_and_hardly_anything_else() {
    let (mut source, mut counts) = (Source::new(20_261_130), BTreeMap::new());
    for _ in 0..2000 {
        let Document { text, holds } = document(&mut source);
        let bytes = stored(&mut source, &text);
        let (found, whole) = scan(&bytes, 1 + source.below(9000));
        assert_eq!(whole, text);
        compare(found, holds, &mut counts);
    }
    for (kind, [right, wrong, missed]) in &counts {
        let f1 = f64::from(2 * right) / f64::from(2 * right + wrong + missed);
        println!("{kind}: {right} right, {wrong} wrong, {missed} missed, F1 {f1:.3}");
        assert!(f1 >= 0.95, "{kind}: {right} right, {wrong} wrong, {missed} missed");
    }
    assert_eq!(counts.len(), DataKind::ALL.len());
}

#[test]
fn a_number_with_a_right_check_digit_alone_is_nothing() {
    for text in
        ["123456789018", "4111111111111111 and 7000012050002", "9.123456789018", "x-123456789018", "order 123456789018"]
    {
        assert_eq!(scan(text.as_bytes(), 99).0, [], "{text}");
    }
    let (found, _) = scan("マイナンバー １２３４－５６７８－９０１８".as_bytes(), 1);
    assert_eq!(found, [(DataKind::MyNumber, "123456789018".to_owned())]);
    assert_eq!(scan("マイナンバー 123456789019".as_bytes(), 99).0, []);
}

#[test]
fn a_table_of_many_windows_keeps_its_columns() {
    let mut source = Source::new(7);
    let mut text = "名前,マイナンバー,注文番号\n".to_owned();
    let mut expected = Vec::new();
    while text.len() < 300_000 {
        let (number, order) = (source.my_number(), source.my_number());
        text.push_str(&format!("佐藤,{number},{order}\n"));
        expected.push((DataKind::MyNumber, number));
    }
    let (found, whole) = scan(text.as_bytes(), 1000);
    assert!(found == expected && whole == text);
}

#[test]
fn a_private_key_is_found_to_its_end_and_its_certificate_is_not() {
    let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", "MIIEvQIBADANBg\n".repeat(100));
    let text = format!("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n{key}\nrest");
    assert_eq!(scan(text.as_bytes(), 50).0, [(DataKind::Secret, key)]);
}

#[test]
fn what_is_no_text_and_what_swells_is_refused() {
    let mut text = String::new();
    assert!(Decoder::new(Some(Encoding::Utf8)).push(&[b'a', b'b', 0xFF, 0xFE, b'c'], &mut text).is_err());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let bomb = gzip.write_all(&vec![b'a'; 64 << 20]).and_then(|()| gzip.finish()).expect("memory");
    let mut decoder = Decoder::new(Some(Encoding::Utf8));
    assert!(bomb.chunks(4096).any(|part| decoder.push(part, &mut text).is_err()));
    let mut cut = Decoder::new(None);
    let fed = cut.push(&bomb[..100], &mut text).and_then(|()| cut.finish(&mut text));
    assert!(fed.is_err(), "cut off");
}

proptest! {
    /// However a text is divided, the same is found, and no byte is lost, doubled or changed.
    #[test]
    fn parts_change_nothing(seed in any::<u64>(), part in 1_usize..5000, count in 1_usize..6) {
        let mut source = Source::new(seed);
        let text: String = (0..count).map(|_| document(&mut source).text + "\n").collect();
        let (whole, divided) = (scan(text.as_bytes(), usize::MAX), scan(text.as_bytes(), part));
        prop_assert_eq!(&divided.1, &text);
        prop_assert_eq!(whole.0.len(), divided.0.len());
        prop_assert_eq!(whole.0, divided.0);
    }

    /// Any text passes unchanged, and nothing panics.
    #[test]
    fn any_text_passes(parts in prop::collection::vec("(\\PC|[0-9０-９ー@,\" \n\\-.]){0,300}|マイナンバー|-----BEGIN PRIVATE KEY-----", 0..40)) {
        let text: String = parts.concat();
        let mut scanner = Scanner::new(Format::Unknown);
        let mut whole = String::new();
        let mut take = |piece: Piece<'_>| match piece { Piece::Clean(text) | Piece::Found(_, text) => whole.push_str(text) };
        for part in &parts {
            scanner.push(part, &mut take);
        }
        scanner.finish(&mut take);
        prop_assert_eq!(whole, text);
    }
}
