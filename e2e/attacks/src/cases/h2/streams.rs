//! Section 5: the states of streams, their numbers, their limit, and priorities.

use super::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PRIORITY, PROTOCOL_ERROR, REFUSED_STREAM, RST_STREAM,
    STREAM_CLOSED, Table, WHOLE, WINDOW_UPDATE,
};
use crate::h2::H2Expected::{Connection, Served, Stream};
use crate::h2::frame;

pub(super) fn cases(table: &mut Table) {
    idle(table);
    closed(table);
    numbers(table);
    limits(table);
    priorities(table);
}

fn idle(table: &mut Table) {
    let on_idle: [(&'static str, Vec<u8>); 5] = [
        ("DATA on an idle stream", frame(DATA, END_STREAM, 1, b"x")),
        ("RST_STREAM on an idle stream", frame(RST_STREAM, 0, 1, [0, 0, 0, 8])),
        ("WINDOW_UPDATE on an idle stream", frame(WINDOW_UPDATE, 0, 1, [0, 0, 0, 1])),
        ("CONTINUATION on an idle stream", frame(CONTINUATION, END_HEADERS, 1, table.block("GET", "/"))),
        ("DATA on a stream of the server's", frame(DATA, END_STREAM, 2, b"x")),
    ];
    for (what, frame) in on_idle {
        table.case("5.1", what, Connection(&[PROTOCOL_ERROR]), &[frame]);
    }
}

fn closed(table: &mut Table) {
    let never = table.get(1, "/never-sent");
    let cancel = frame(RST_STREAM, 0, 1, [0, 0, 0, 8]);
    let denied =
        frame(HEADERS, WHOLE, 1, [table.pseudo("GET", "/").concat(), crate::h2::field("cookie", "a=b")].concat());
    table.case(
        "5.1",
        "DATA on a half-closed stream",
        Stream(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        &[denied.clone(), frame(DATA, END_STREAM, 1, b"x")],
    );
    table.case(
        "5.1",
        "HEADERS on a half-closed stream",
        Stream(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        &[denied.clone(), denied.clone()],
    );
    table.case(
        "5.1",
        "CONTINUATION on a half-closed stream",
        Connection(&[PROTOCOL_ERROR, STREAM_CLOSED]),
        &[denied.clone(), frame(CONTINUATION, END_HEADERS, 1, [])],
    );
    table.midway(
        "5.1",
        "DATA after a reset",
        Stream(&[STREAM_CLOSED]),
        &[table.post(1), cancel.clone(), frame(DATA, 0, 1, b"x")],
    );
    table.midway(
        "5.1",
        "HEADERS after a reset",
        Connection(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        &[table.post(1), cancel.clone(), never],
    );
    table.midway(
        "5.1",
        "CONTINUATION after a reset",
        Connection(&[PROTOCOL_ERROR, STREAM_CLOSED]),
        &[table.post(1), cancel.clone(), frame(CONTINUATION, END_HEADERS, 1, [])],
    );
    let window = frame(WINDOW_UPDATE, 0, 1, [0, 0, 0, 1]);
    table.case("5.1", "WINDOW_UPDATE after a reset", Served(&[]), &[denied.clone(), cancel.clone(), window]);
    table.case("5.1", "RST_STREAM twice", Served(&[]), &[denied.clone(), cancel.clone(), cancel]);
    let priority = frame(PRIORITY, 0, 1, [0, 0, 0, 0, 1]);
    table.case("5.1", "PRIORITY on a closed stream", Served(&[]), &[denied, priority]);
}

fn numbers(table: &mut Table) {
    let even = table.get(2, "/");
    table.case("5.1.1", "an even stream", Connection(&[PROTOCOL_ERROR]), &[even]);
    let zero = table.get(0, "/");
    table.case("5.1.1", "HEADERS on stream 0", Connection(&[PROTOCOL_ERROR]), &[zero]);
    let refused = |table: &Table, stream| frame(HEADERS, WHOLE, stream, table.pseudo("GET", "/").concat());
    let (five, three) = (refused(table, 5), refused(table, 3));
    table.case("5.1.1", "a lower stream than before", Connection(&[PROTOCOL_ERROR, STREAM_CLOSED]), &[five, three]);
    table.case(
        "5.1.1",
        "a lower stream than the last one",
        Connection(&[PROTOCOL_ERROR, STREAM_CLOSED]),
        &[refused(table, 0x7fff_ffff), refused(table, 1)],
    );
    let (first, fifth) = (table.get(1, "/1"), table.get(0x4001, "/2"));
    table.case(
        "5.1.1",
        "streams that are left out",
        Served(&["GET /1", "GET /2"]),
        &[first, frame(6, 0, 0, [0; 8]), fifth],
    );
}

fn limits(table: &mut Table) {
    // Bodies that do not come keep their streams open, and no byte goes to the origin before the decision is made; these
    // ask for nothing that may be had.
    let open = |table: &Table, stream| frame(HEADERS, END_HEADERS, stream, table.pseudo("POST", "/admin/x").concat());
    let many: Vec<Vec<u8>> = (0..300).map(|number| open(table, 2 * number + 1)).collect();
    table.case(
        "5.1.2",
        "300 streams at once",
        Stream(&[REFUSED_STREAM, super::ENHANCE_YOUR_CALM, PROTOCOL_ERROR]),
        &many,
    );
}

fn priorities(table: &mut Table) {
    let itself = frame(PRIORITY, 0, 1, [0, 0, 0, 1, 15]);
    table.case("5.3", "PRIORITY before the stream", Served(&[]), &[frame(PRIORITY, 0, 3, [0, 0, 0, 1, 15])]);
    table.case("5.3", "a stream that depends on itself", Stream(&[PROTOCOL_ERROR]), &[itself]);
    let flood = frame(PRIORITY, 0, 3, [0, 0, 0, 0, 15]).repeat(super::WITHOUT_END);
    table.case("5.3", "priorities without end", crate::h2::H2Expected::Ends, &[flood]);
}
