//! Section 6: each type of frame, in its wrong forms.

use super::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, FLOW, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GOAWAY, HEADERS,
    PADDED, PING, PRIORITY, PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM, SETTINGS, SIZE, Table, WHOLE, WINDOW_UPDATE,
};
use crate::h2::H2Expected::{Connection, Ends, Served, Stream};
use crate::h2::frame;

pub(super) fn cases(table: &mut Table) {
    data_and_headers(table);
    priorities_and_resets(table);
    settings(table);
    pushes_pings_and_goodbyes(table);
    windows(table);
    continuations(table);
}

fn data_and_headers(table: &mut Table) {
    table.case("6.1", "DATA on stream 0", Connection(&[PROTOCOL_ERROR]), &[frame(DATA, 0, 0, b"x")]);
    let post = table.post(1);
    let padding = frame(DATA, END_STREAM | PADDED, 1, [5, b'h', b'i']);
    table.midway("6.1", "more padding than DATA", Connection(&[PROTOCOL_ERROR]), &[post.clone(), padding]);
    let nothing = frame(DATA, END_STREAM | PADDED, 1, []);
    table.midway(
        "6.1",
        "PADDED without length",
        Connection(&[PROTOCOL_ERROR, FRAME_SIZE_ERROR]),
        &[post.clone(), nothing],
    );
    let padded = frame(DATA, END_STREAM | PADDED, 1, [2, b'h', b'i', 0, 0]);
    table.case("6.1", "padded DATA", Served(&["POST /"]), &[post.clone(), padded]);
    let empty = frame(DATA, 0, 1, []);
    let end = frame(DATA, END_STREAM, 1, []);
    table.case("6.1", "an empty body", Served(&["POST /"]), &[post, empty, end]);
    let block = table.block("GET", "/padded");
    let too_much = frame(HEADERS, WHOLE | PADDED, 1, [&[255][..], block.get(..20).unwrap_or_default()].concat());
    table.case("6.2", "more padding than HEADERS", Connection(&[PROTOCOL_ERROR]), &[too_much]);
    let padded = frame(HEADERS, WHOLE | PADDED, 1, [&[3][..], &block, &[0; 3]].concat());
    table.case("6.2", "padded HEADERS", Served(&["GET /padded"]), &[padded]);
    let prioritised =
        frame(HEADERS, WHOLE | 0x20, 1, [&[0, 0, 0, 0, 9][..], &table.block("GET", "/priority")].concat());
    table.case("6.2", "HEADERS with a priority", Served(&["GET /priority"]), &[prioritised]);
    let short = frame(HEADERS, WHOLE | 0x20, 1, [0, 0, 0]);
    table.case("6.2", "a priority that is cut", Connection(&[PROTOCOL_ERROR, FRAME_SIZE_ERROR]), &[short]);
    let itself = frame(HEADERS, WHOLE | 0x20, 1, [&[0, 0, 0, 1, 9][..], &block].concat());
    table.case("6.2", "HEADERS that depend on themselves", Stream(&[PROTOCOL_ERROR]), &[itself]);
}

fn priorities_and_resets(table: &mut Table) {
    table.case("6.3", "PRIORITY on stream 0", Connection(&[PROTOCOL_ERROR]), &[frame(PRIORITY, 0, 0, [0, 0, 0, 0, 1])]);
    table.case("6.3", "PRIORITY of 4 bytes", Stream(SIZE), &[frame(PRIORITY, 0, 1, [0; 4])]);
    table.case("6.3", "PRIORITY of 6 bytes", Stream(SIZE), &[frame(PRIORITY, 0, 1, [0; 6])]);
    table.case(
        "6.4",
        "RST_STREAM on stream 0",
        Connection(&[PROTOCOL_ERROR]),
        &[frame(RST_STREAM, 0, 0, [0, 0, 0, 8])],
    );
    let refused = frame(HEADERS, END_HEADERS, 1, table.pseudo("POST", "/admin/x").concat());
    for (what, payload) in [("RST_STREAM of 3 bytes", vec![0; 3]), ("RST_STREAM of 5 bytes", vec![0; 5])] {
        let reset = frame(RST_STREAM, 0, 1, payload);
        table.case("6.4", what, Connection(SIZE), &[refused.clone(), reset]);
    }
}

fn settings(table: &mut Table) {
    let setting = |id: u16, value: u32| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat();
    let one = |id, value| frame(SETTINGS, 0, 0, setting(id, value));
    table.case("6.5", "SETTINGS on a stream", Connection(&[PROTOCOL_ERROR]), &[frame(SETTINGS, 0, 1, [])]);
    table.case("6.5", "SETTINGS of 5 bytes", Connection(SIZE), &[frame(SETTINGS, 0, 0, [0; 5])]);
    table.case("6.5", "an acknowledgement with a payload", Connection(SIZE), &[frame(SETTINGS, ACK, 0, [0; 6])]);
    table.case("6.5.2", "ENABLE_PUSH of 2", Connection(&[PROTOCOL_ERROR]), &[one(2, 2)]);
    table.case("6.5.2", "INITIAL_WINDOW_SIZE of 2^31", Connection(FLOW), &[one(4, 1 << 31)]);
    table.case("6.5.2", "MAX_FRAME_SIZE of 16,383", Connection(&[PROTOCOL_ERROR]), &[one(5, 16_383)]);
    table.case("6.5.2", "MAX_FRAME_SIZE of 2^24", Connection(&[PROTOCOL_ERROR]), &[one(5, 1 << 24)]);
    table.case("6.5.2", "ENABLE_CONNECT_PROTOCOL of 2", Connection(&[PROTOCOL_ERROR]), &[one(8, 2)]);
    table.case("6.5.2", "a setting that nobody knows", Served(&[]), &[one(0x0a0a, 7)]);
    table.case(
        "6.5.2",
        "the same setting twice",
        Served(&[]),
        &[frame(SETTINGS, 0, 0, [setting(4, 1), setting(4, 65_535)].concat())],
    );
    table.case("6.5.3", "an acknowledgement of nothing", Connection(&[PROTOCOL_ERROR]), &[frame(SETTINGS, ACK, 0, [])]);
    table.case("6.5.3", "settings without end", Ends, &[frame(SETTINGS, 0, 0, []).repeat(super::WITHOUT_END)]);
}

fn pushes_pings_and_goodbyes(table: &mut Table) {
    let push = frame(PUSH_PROMISE, END_HEADERS, 1, [&[0, 0, 0, 2][..], &table.block("GET", "/")].concat());
    table.case("6.6", "a push from a client", Connection(&[PROTOCOL_ERROR]), std::slice::from_ref(&push));
    let post = table.post(1);
    table.midway("6.6", "a push on an open stream", Connection(&[PROTOCOL_ERROR]), &[post, push]);
    table.case("6.7", "PING on a stream", Connection(&[PROTOCOL_ERROR]), &[frame(PING, 0, 1, [0; 8])]);
    table.case("6.7", "PING of 7 bytes", Connection(SIZE), &[frame(PING, 0, 0, [0; 7])]);
    table.case("6.7", "PING of 9 bytes", Connection(SIZE), &[frame(PING, 0, 0, [0; 9])]);
    table.case("6.7", "an answer to no PING", Served(&[]), &[frame(PING, ACK, 0, [1; 8])]);
    table.case("6.7", "pings without end", Ends, &[frame(PING, 0, 0, [0; 8]).repeat(super::WITHOUT_END)]);
    table.case("6.8", "GOAWAY on a stream", Connection(&[PROTOCOL_ERROR]), &[frame(GOAWAY, 0, 1, [0; 8])]);
    table.case(
        "6.8",
        "GOAWAY of 7 bytes",
        Connection(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        &[frame(GOAWAY, 0, 0, [0; 7])],
    );
}

fn windows(table: &mut Table) {
    let update = |stream, increment: u32| frame(WINDOW_UPDATE, 0, stream, increment.to_be_bytes());
    let opened = frame(HEADERS, END_HEADERS, 1, table.pseudo("POST", "/admin/x").concat());
    table.case("6.9", "a window opened by 0", Connection(&[PROTOCOL_ERROR]), &[update(0, 0)]);
    table.case("6.9", "a stream's window opened by 0", Stream(&[PROTOCOL_ERROR]), &[opened.clone(), update(1, 0)]);
    table.case("6.9", "WINDOW_UPDATE of 3 bytes", Connection(SIZE), &[frame(WINDOW_UPDATE, 0, 0, [0; 3])]);
    table.case("6.9", "WINDOW_UPDATE of 5 bytes", Connection(SIZE), &[frame(WINDOW_UPDATE, 0, 0, [0; 5])]);
    let most = update(0, 0x7fff_ffff);
    table.case("6.9.1", "a window beyond 2^31", Connection(&[FLOW_CONTROL_ERROR]), &[most.clone(), most]);
    let (most, post) = (update(1, 0x7fff_ffff), table.post(1));
    table.midway("6.9.1", "a stream's window beyond 2^31", Stream(&[FLOW_CONTROL_ERROR]), &[post, most.clone(), most]);
    let block = [0; 16_384];
    let flood: Vec<Vec<u8>> = std::iter::once(opened).chain(std::iter::repeat_n(frame(DATA, 0, 1, block), 8)).collect();
    table.case(
        "6.9.1",
        "DATA beyond the stream's window",
        Stream(&[FLOW_CONTROL_ERROR, super::STREAM_CLOSED, 0]),
        &flood,
    );
    let post = table.post(1);
    let beyond: Vec<Vec<u8>> = std::iter::once(post).chain(std::iter::repeat_n(frame(DATA, 0, 1, block), 80)).collect();
    table.midway("6.9.1", "DATA beyond the connection's window", Stream(&[FLOW_CONTROL_ERROR]), &beyond);
    let tiny = frame(WINDOW_UPDATE, 0, 0, [0, 0, 0, 1]).repeat(super::WITHOUT_END);
    table.case("6.9", "a window opened byte by byte without end", Ends, &[tiny]);
    let setting = |value: u32| frame(SETTINGS, 0, 0, [&[0, 4][..], &value.to_be_bytes()].concat());
    let get = table.get(1, "/window");
    let opens = [setting(0), get, frame(PING, 0, 0, [0; 8]), setting(65_535)];
    table.case("6.9.2", "a window that was shut and opens", Served(&["GET /window"]), &opens);
    let (max, post) = (update(1, 0x7fff_0000), table.post(1));
    table.midway(
        "6.9.2",
        "a setting that overflows a window",
        Connection(&[FLOW_CONTROL_ERROR]),
        &[post, max, setting(0x7fff_ffff)],
    );
}

fn continuations(table: &mut Table) {
    table.case(
        "6.10",
        "CONTINUATION on stream 0",
        Connection(&[PROTOCOL_ERROR]),
        &[frame(CONTINUATION, END_HEADERS, 0, [])],
    );
    let whole = frame(HEADERS, WHOLE, 1, table.pseudo("GET", "/").concat());
    let more = frame(CONTINUATION, END_HEADERS, 1, []);
    table.case(
        "6.10",
        "CONTINUATION after the end",
        Connection(&[PROTOCOL_ERROR, super::STREAM_CLOSED]),
        &[whole, more.clone()],
    );
    let opened = frame(HEADERS, END_HEADERS, 1, table.pseudo("POST", "/admin/x").concat());
    let data = frame(DATA, 0, 1, b"x");
    table.case(
        "6.10",
        "CONTINUATION after DATA",
        Connection(&[PROTOCOL_ERROR, super::STREAM_CLOSED]),
        &[opened, data, more],
    );
}
