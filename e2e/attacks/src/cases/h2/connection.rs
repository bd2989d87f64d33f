//! Sections 3 and 4: how a connection begins, the form of frames, and header compression.

use super::{
    ACK, COMPRESSION, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, FRAME_SIZE_ERROR, HEADERS, PING,
    PRIORITY, PROTOCOL_ERROR, SETTINGS, Table, WHOLE,
};
use crate::h2::H2Expected::{Connection, Ends, Served, Stream};
use crate::h2::{field, frame};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) fn cases(table: &mut Table) {
    beginnings(table);
    frame_forms(table);
    compression(table);
    blocks(table);
}

fn beginnings(table: &mut Table) {
    let settings = frame(SETTINGS, 0, 0, []);
    let get = table.get(1, "/");
    let bare = |parts: &[&[u8]]| parts.concat();
    table.bare("3.4", "another preface", Ends, b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
    table.bare("3.4", "HTTP/1.1 where h2 was agreed", Ends, b"GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    table.bare("3.4", "lower case", Ends, b"pri * http/2.0\r\n\r\nsm\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    table.bare("3.4", "HEADERS before SETTINGS", Ends, &bare(&[PREFACE, &get]));
    table.bare("3.4", "PING before SETTINGS", Ends, &bare(&[PREFACE, &frame(PING, 0, 0, [0; 8]), &settings]));
    table.bare("3.4", "an unknown frame before SETTINGS", Ends, &bare(&[PREFACE, &frame(0x33, 0, 0, []), &settings]));
    table.bare("3.4", "two prefaces", Ends, &bare(&[PREFACE, PREFACE, &settings]));
    table.bare("3.4", "zeros", Ends, &[0; 64]);
    table.bare("3.4", "a TLS record inside", Ends, b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03aaaaaaaaaaaaaaaa");
}

fn frame_forms(table: &mut Table) {
    table.case("4.1", "a frame of unknown type", Served(&[]), &[frame(0x42, 0xff, 0, b"whatever")]);
    table.case("4.1", "an unknown frame on an idle stream", Served(&[]), &[frame(0xfb, 0, 7, b"grease")]);
    table.case("4.1", "unknown flags of PING", Served(&[]), &[frame(PING, 0xfe, 0, [7; 8])]);
    let mut reserved = table.get(1, "/reserved");
    if let Some(byte) = reserved.get_mut(5) {
        *byte |= 0x80;
    }
    table.case("4.1", "the reserved bit of a stream", Served(&["GET /reserved"]), &[reserved]);
    let flags = frame(HEADERS, WHOLE | 0xd2, 1, table.block("GET", "/flags"));
    table.case("4.1", "unknown flags of HEADERS", Served(&["GET /flags"]), &[flags]);
    let post = table.post(1);
    let large = [0; 16_385];
    table.midway("4.2", "DATA over the limit", Stream(&[FRAME_SIZE_ERROR]), &[post, frame(DATA, END_STREAM, 1, large)]);
    let huge = table.with(&[field("x", vec![b'a'; 17_000])]);
    table.case("4.2", "HEADERS over the limit", Connection(&[FRAME_SIZE_ERROR]), &[frame(HEADERS, WHOLE, 1, huge)]);
    table.case(
        "4.2",
        "SETTINGS over the limit",
        Connection(&[FRAME_SIZE_ERROR]),
        &[frame(SETTINGS, 0, 0, vec![0; 16_386])],
    );
    table.case("4.2", "an unknown frame over the limit", Connection(&[FRAME_SIZE_ERROR]), &[frame(0x42, 0, 0, large)]);
    table.case("4.2", "PING over the limit", Connection(&[FRAME_SIZE_ERROR]), &[frame(PING, 0, 0, large)]);
}

fn compression(table: &mut Table) {
    let broken: [(&str, &'static str, Vec<u8>); 11] = [
        ("4.3", "index 0", vec![0x80]),
        ("4.3", "an index beyond the tables", vec![0xff, 0x80, 0x01]),
        ("4.3", "an index that never ends", vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        ("4.3", "a name from beyond the tables", vec![0x7f, 0x40, 0x01, b'a']),
        ("4.3", "a string that is cut", vec![0x00, 0x05, b'a', b'b']),
        ("4.3", "a name without value", vec![0x00, 0x01, b'a']),
        ("4.3", "a length that never ends", vec![0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        ("4.3", "Huffman padding of zeros", vec![0x00, 0x01, b'x', 0x81, 0x00]),
        ("4.3", "Huffman padding of eight bits", vec![0x00, 0x01, b'x', 0x82, 0x1f, 0xff]),
        ("4.3", "EOS in a Huffman string", vec![0x00, 0x01, b'x', 0x84, 0xff, 0xff, 0xff, 0xff]),
        ("4.3", "a table larger than allowed", vec![0x3f, 0xe1, 0xff, 0x03]),
    ];
    for (section, what, bytes) in broken {
        let block = if what.starts_with("a table") {
            [bytes, table.block("GET", "/")].concat()
        } else {
            [table.block("GET", "/"), bytes].concat()
        };
        table.case(section, what, Connection(COMPRESSION), &[frame(HEADERS, WHOLE, 1, block)]);
    }
    let late = [table.block("GET", "/"), vec![0x20]].concat();
    table.case("4.3", "a new table size at the end", Connection(COMPRESSION), &[frame(HEADERS, WHOLE, 1, late)]);
    let early = [vec![0x20, 0x3f, 0x11], table.block("GET", "/sizes")].concat();
    table.case("4.3", "two new table sizes first", Served(&["GET /sizes"]), &[frame(HEADERS, WHOLE, 1, early)]);
    // With the dynamic table: the cookie goes in, and the second request finds it there.
    let indexed = [table.pseudo("GET", "/1").concat(), vec![0x40], table.cookie().split_off(1)].concat();
    let second = [table.pseudo("GET", "/2").concat(), vec![0xbe]].concat();
    table.case(
        "4.3",
        "a field from the dynamic table",
        Served(&["GET /1", "GET /2"]),
        &[frame(HEADERS, WHOLE, 1, indexed), frame(PING, 0, 0, [0; 8]), frame(HEADERS, WHOLE, 3, second)],
    );
    let bomb =
        [table.pseudo("GET", "/").concat(), vec![0x40], field("x", vec![b'a'; 4000]).split_off(1), vec![0xbe; 12_000]];
    table.case(
        "4.3",
        "a bomb of one large indexed field",
        Stream(&[ENHANCE_YOUR_CALM, PROTOCOL_ERROR]),
        &[frame(HEADERS, WHOLE, 1, bomb.concat())],
    );
}

fn blocks(table: &mut Table) {
    let block = table.block("GET", "/parts");
    let (first, rest) = block.split_at(20);
    let open = frame(HEADERS, END_STREAM, 1, first);
    let last = frame(CONTINUATION, END_HEADERS, 1, rest);
    let parts = [open.clone(), last.clone()];
    table.case("4.3", "a block in two frames", Served(&["GET /parts"]), &parts);
    let empty = frame(CONTINUATION, 0, 1, []);
    table.case("4.3", "an empty part between", Served(&["GET /parts"]), &[open.clone(), empty.clone(), last.clone()]);
    let between: [(&'static str, Vec<u8>); 7] = [
        ("DATA in a block", frame(DATA, 0, 1, b"x")),
        ("PING in a block", frame(PING, 0, 0, [0; 8])),
        ("SETTINGS in a block", frame(SETTINGS, ACK, 0, [])),
        ("PRIORITY in a block", frame(PRIORITY, 0, 1, [0, 0, 0, 0, 1])),
        ("an unknown frame in a block", frame(0x42, 0, 1, b"x")),
        ("HEADERS of another stream in a block", table.get(3, "/")),
        ("CONTINUATION of another stream in a block", frame(CONTINUATION, END_HEADERS, 3, rest)),
    ];
    for (what, frame) in between {
        table.case("4.3", what, Connection(&[PROTOCOL_ERROR]), &[open.clone(), frame, last.clone()]);
    }
    let flood: Vec<Vec<u8>> = std::iter::once(open).chain(std::iter::repeat_n(empty, 5_000)).collect();
    table.case("4.3", "parts without end", Connection(&[ENHANCE_YOUR_CALM, PROTOCOL_ERROR]), &flood);
}
