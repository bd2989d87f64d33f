//! SMUG: one message must have one length, and its bytes one reading.

use super::{R400, Table, get, post, with};
use crate::{Case, Expected};

const FIRST: Expected = Expected::Forwarded(&["POST /"]);
const MIDWAY: Expected = Expected::RefusedMidway(&[400]);

pub(super) fn cases() -> Vec<Case> {
    let mut table = Table::new("SMUG");
    transfer_encodings(&mut table);
    lengths(&mut table);
    lines(&mut table);
    chunks(&mut table);
    sequences(&mut table);
    upgrades(&mut table);
    sizes(&mut table);
    garden(&mut table);
    table.cases
}

fn transfer_encodings(table: &mut Table) {
    let chunked = "0\r\n\r\n";
    table.entry(
        1,
        &R400,
        [
            post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG"),
            post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "0\r\n\r\nG"),
            post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", chunked),
        ],
    );
    table.entry(
        2,
        &R400,
        [post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n")],
    );
    table.entry(
        3,
        &R400,
        [
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunked),
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked),
            post("Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n", chunked),
        ],
    );
    let lists = [
        ",chunked",
        "chunked,",
        "chunked, chunked",
        "gzip, chunked",
        "chunked, identity",
        "identity",
        "xchunked",
        "",
        "chunked;q=1",
        "\"chunked\"",
        "chunkedx",
        "chunked\u{b}",
        "Chunked, gzip",
        " chunked",
        "chunked ",
        "chu nked",
    ];
    table.entry(4, &R400, lists.map(|value| post(format!("Transfer-Encoding: {value}\r\n"), chunked)));
    table.entry(
        5,
        &R400,
        [
            post("Transfer-Encoding : chunked\r\n", chunked),
            post(" Transfer-Encoding: chunked\r\n", chunked),
            post("Transfer-Encoding:\tchunked\r\n", chunked),
            post("Transfer-Encoding: \x0bchunked\r\n", chunked),
            post("Transfer-Encoding: chunked\x0c\r\n", chunked),
            post(b"Transfer-Encoding: \xa0chunked\r\n", chunked),
            post("Transfer_Encoding: chunked\r\n", chunked),
            post("Transfer-Encoding\0: chunked\r\n", chunked),
            post("Transfer-Encoding: chunked\0\r\n", chunked),
            post("Transfer-Encoding\u{a0}: chunked\r\n", chunked),
            post("X: y\rTransfer-Encoding: chunked\r\n", chunked),
            post("X: y\nTransfer-Encoding: chunked\r\n", chunked),
        ],
    );
    table.entry(
        6,
        &R400,
        [post("Transfer-Encoding:\r\n chunked\r\n", chunked), post("Transfer-Encoding:\r\n\tchunked\r\n", chunked)],
    );
    let old = |lines: &str| format!("POST / HTTP/1.0\r\nHost: {{app}}\r\nCookie: {{cookie}}\r\n{lines}\r\n0\r\n\r\n");
    table.entry(
        7,
        &R400,
        [old("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), old("Transfer-Encoding: chunked\r\n")],
    );
    table.entry(
        8,
        &FIRST,
        [
            post("tRANSFER-ENCODING: cHUNKED\r\n", "2\r\nhi\r\n0\r\n\r\n"),
            post("Transfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n"),
            post("Transfer-Encoding:chunked\r\n", chunked),
        ],
    );
}

fn lengths(table: &mut Table) {
    table.entry(
        9,
        &R400,
        [
            post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"),
            post("Content-Length: 6\r\ncontent-length: 5\r\n", "hello!"),
            post("Content-Length: 0\r\nX: y\r\nContent-Length: 5\r\n", "hello"),
        ],
    );
    table.entry(
        10,
        &R400,
        [post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), post("Content-Length: 5, 5\r\n", "hello")],
    );
    let wrong = [
        "+5",
        "-5",
        "0x5",
        "5 ",
        "5_0",
        " 5 5",
        "5;x",
        "",
        "1e1",
        "5.0",
        "\"5\"",
        "5,",
        "five",
        "5\u{b}",
        "99999999999999999999",
        "18446744073709551621",
        "5\t",
        "٥",
        "  5",
    ];
    table.entry(11, &R400, wrong.map(|value| post(format!("Content-Length: {value}\r\n"), "hello")));
    table.entry(12, &R400, ["005", "00", "05"].map(|value| post(format!("Content-Length: {value}\r\n"), "hello")));
    table.entry(
        13,
        &R400,
        [
            post("Content-Length : 5\r\n", "hello"),
            post("Content_Length: 5\r\n", "hello"),
            post("Content-Length:\r\n 5\r\n", "hello"),
        ],
    );
    table.entry(
        15,
        &FIRST,
        [post("Expect: 100-continue\r\nContent-Length: 30\r\n", "GET /admin/x HTTP/1.1\r\nHost: \r\n")],
    );
    table.entry(
        16,
        &Expected::Refused(&[417]),
        [
            post("Expect: y 100-continue\r\nContent-Length: 0\r\n", ""),
            post("Expect: 100-continue\r\nExpect: x\r\nContent-Length: 0\r\n", ""),
            post("Expect: 100-continue, 100-continue\r\nContent-Length: 0\r\n", ""),
            post("Expect: \r\nContent-Length: 0\r\n", ""),
        ],
    );
    let body = "GET /admin/x HTTP/1.1\r\nHost: \r\n";
    for (method, forwarded) in
        [("GET", &["GET /"] as &[&str]), ("OPTIONS", &["OPTIONS /"]), ("DELETE", &["DELETE /"]), ("HEAD", &["HEAD /"])]
    {
        let request =
            format!("{method} / HTTP/1.1\r\nHost: {{app}}\r\nCookie: {{cookie}}\r\nContent-Length: 31\r\n\r\n{body}");
        table.entry(17, &Expected::Forwarded(forwarded), [request]);
    }
}

fn lines(table: &mut Table) {
    let whole_lf = "GET / HTTP/1.1\nHost: {app}\nCookie: {cookie}\n\n";
    table.entry(18, &R400, [whole_lf.as_bytes().to_vec(), with("X: y\n"), with("X: y\n\r\n"), with("X: a\nb\r\n")]);
    table.entry(
        18,
        &R400,
        ["GET / HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\n\r\n", "GET / HTTP/1.1\nHost: {app}\r\n\r\n"],
    );
    table.entry(19, &R400, [with("X: a\rb\r\n"), with("X: y\rZ: z\r\n"), "GET / HTTP/1.1\rHost: {app}\r\r".into()]);
    table.entry(
        20,
        &R400,
        [with("X: y\r\r\n"), with("\n\r\n"), with("X: y\n\r"), "\r\nGET / HTTP/1.1\r\nHost: {app}\r\n\r\n".into()],
    );
    table.entry(21, &R400, [with("X: a\r\n b\r\n"), with("X: a\r\n\tb\r\n"), with("X:\r\n \r\n")]);
    table.entry(
        22,
        &R400,
        [
            "GET / HTTP/1.1\r\n X: y\r\nHost: {app}\r\n\r\n",
            "GET / HTTP/1.1\r\n\tX: y\r\nHost: {app}\r\n\r\n",
            " GET / HTTP/1.1\r\nHost: {app}\r\n\r\n",
        ],
    );
    table.entry(
        23,
        &R400,
        [with("Content-Length 5\r\n"), with(": x\r\n"), with("X\r\n"), with(":\r\n"), with("X y: z\r\n")],
    );
    table.entry(
        24,
        &R400,
        [with("X: a\0b\r\n"), with("X: a\x01b\r\n"), with("X: \x7f\r\n"), with("X: a\x1b[0m\r\n"), with("X: a\tb\r\n")],
    );
    // Bytes above 0x7e pass where nobody on the way reads them.
    table.entry(
        25,
        &Expected::Forwarded(&["GET /"]),
        [with(b"User: \x85admin\xa0\r\n"), with(b"X: \xff\r\n"), with("X: 関所\r\n"), with(b"Referer: /\x93\xfa\r\n")],
    );
    table.entry(
        25,
        &R400,
        [
            with(b"Connection: \xa0close\r\n"),
            with(b"Expect: 100-continue\x85\r\n"),
            with(b"Content-Type: a/b\xa0\r\n"),
            post(b"Content-Length: 2\xa0\r\n", "hi"),
            with(b"X-HTTP-Method: PUT\x85\r\n"),
        ],
    );
    table.entry(
        26,
        &R400,
        [
            "GET  / HTTP/1.1\r\nHost: {app}\r\n\r\n",
            "GET / HTTP/1.1 \r\nHost: {app}\r\n\r\n",
            "GET\t/\tHTTP/1.1\r\nHost: {app}\r\n\r\n",
            "GET / x HTTP/1.1\r\nHost: {app}\r\n\r\n",
            "GET /\r\nHost: {app}\r\n\r\n",
            "GET\r\n\r\n",
            "\0GET / HTTP/1.1\r\nHost: {app}\r\n\r\n",
        ],
    );
    table.entry(
        26,
        &Expected::Refused(&[400, 505]),
        [
            "GET / HTTP/2.0\r\nHost: {app}\r\n\r\n",
            "GET / HTTP/1.2\r\nHost: {app}\r\n\r\n",
            "GET / HTTP/0.9\r\nHost: {app}\r\n\r\n",
            "GET / http/1.1\r\nHost: {app}\r\n\r\n",
            "GET / HTTP/1.10\r\nHost: {app}\r\n\r\n",
            "GET / HTTP/01.1\r\nHost: {app}\r\n\r\n",
            "GET / ICY/1.1\r\nHost: {app}\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ]
        .map(|bytes| bytes.replace("PRI *", "GET *")),
    );
}

fn chunks(table: &mut Table) {
    let bad = [
        "5;\0a\r\nhello\r\n0\r\n\r\n",
        "5;a\r\r\nhello\r\n0\r\n\r\n",
        "5;\r\nhello\r\n0\r\n\r\n",
        "5;a=b\r\nhello\r\n0\r\n\r\n",
        "5 ;a\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
    ];
    table.entry(27, &MIDWAY, bad.map(|body| post("Transfer-Encoding: chunked\r\n", body)));
    let sizes = [
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-1\r\nhello\r\n0\r\n\r\n",
        "5_\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "\r\n5\r\nhello\r\n0\r\n\r\n",
        "g\r\nhello\r\n0\r\n\r\n",
        "00000000000000000005\r\nhello\r\n0\r\n\r\n",
        "\t5\r\nhello\r\n0\r\n\r\n",
    ];
    table.entry(28, &MIDWAY, sizes.map(|body| post("Transfer-Encoding: chunked\r\n", body)));
    let line_ends = [
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\n",
        "0\n\n",
        "5\r\nhello\r0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "0\r\nX: y\n\r\n",
    ];
    table.entry(29, &MIDWAY, line_ends.map(|body| post("Transfer-Encoding: chunked\r\n", body)));
    let spills = ["5\r\nhelloXX\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "3\r\nhello\r\n0\r\n\r\n"];
    table.entry(30, &MIDWAY, spills.map(|body| post("Transfer-Encoding: chunked\r\n", body)));
    table.entry(
        31,
        &MIDWAY,
        ["0\r\n X: y\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\nX Y: z\r\n\r\n", "0\r\nX: \0\r\n\r\n"]
            .map(|body| post("Transfer-Encoding: chunked\r\n", body)),
    );
}

fn sequences(table: &mut Table) {
    let anonymous = "GET /admin/x HTTP/1.1\r\nHost: {app}\r\n\r\n";
    table.entry(
        14,
        &Expected::Denied,
        [
            // No cookie: answered here. Its body holds a request, which must stay a body.
            format!(
                "POST / HTTP/1.1\r\nHost: {{app}}\r\nContent-Length: 40\r\n\r\n{:<40}",
                "GET /admin/x HTTP/1.1\r\nHost: a\r\n\r\n"
            ),
            format!(
                "POST / HTTP/1.1\r\nHost: {{app}}\r\nTransfer-Encoding: chunked\r\n\r\n28\r\n{:<40}\r\n0\r\n\r\n",
                "GET /admin/x HTTP/1.1\r\nHost: a\r\n\r\n"
            ),
            "POST /.sekisho/session HTTP/1.1\r\nHost: {app}\r\nContent-Length: 4\r\n\r\nbody"
                .to_owned()
                .replace("/.sekisho/session", "/admin/x"),
        ],
    );
    table.entry(
        33,
        &Expected::ThenDenied(&["GET /"]),
        [[get("/"), anonymous.into()].concat(), [get("/"), get("/admin/x")].concat()],
    );
    table.entry(
        33,
        &Expected::Forwarded(&["GET /1", "GET /2", "POST /", "GET /3"]),
        [[get("/1"), get("/2"), post("Content-Length: 2\r\n", "hi"), get("/3")].concat()],
    );
    table.entry(
        39,
        &Expected::Forwarded(&["POST /"]),
        ["POST / HTTP/1.0\r\nHost: {app}\r\nCookie: {cookie}\r\n\r\nGET /admin/x HTTP/1.0\r\n\r\n"],
    );
    table.entry(
        43,
        &Expected::Forwarded(&["GET /two-answers", "GET /1", "GET /2"]),
        [[get("/two-answers"), get("/1"), get("/2")].concat()],
    );
}

fn upgrades(table: &mut Table) {
    let behind = "GET /admin/x HTTP/1.1\r\nHost: {app}\r\n\r\n";
    let unknown = [with("Upgrade: foo\r\nConnection: Upgrade\r\n"), behind.into()].concat();
    table.entry(35, &Expected::ThenDenied(&["GET /"]), [unknown]);
    table.entry(
        36,
        &Expected::Forwarded(&["GET /"]),
        [
            with("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nConnection: Upgrade, HTTP2-Settings\r\n"),
            with("Upgrade: h2c\r\n"),
            with("Upgrade: TLS/1.2\r\nConnection: upgrade\r\n"),
        ],
    );
    let handshake = |lines: &str| with(format!("Upgrade: websocket\r\nConnection: Upgrade\r\n{lines}"));
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    table.entry(
        37,
        &R400,
        [
            handshake(&format!("{key}Sec-WebSocket-Version: 777\r\n")),
            handshake("Sec-WebSocket-Version: 13\r\n"),
            handshake("Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n"),
            handshake(&format!("{key}{key}Sec-WebSocket-Version: 13\r\n")),
            handshake(&format!("{key}Sec-WebSocket-Version: 13\r\nContent-Length: 5\r\n")),
            [with("Upgrade: websocket\r\nUpgrade: h2c\r\nConnection: upgrade\r\n")].concat(),
        ],
    );
    // The origin answers a handshake with 200: no tunnel, and what follows is a request of its own.
    let declined = handshake(&format!("{key}Sec-WebSocket-Version: 13\r\n"));
    table.entry(37, &Expected::ThenDenied(&["GET /"]), [[declined, behind.into()].concat()]);
}

fn sizes(table: &mut Table) {
    let big = |length: usize| with(format!("X: {}\r\n", "a".repeat(length)));
    table.entry(
        46,
        &Expected::Refused(&[431]),
        [
            big(60_000),
            big(390_000),
            big(500_000),
            with("X: y\r\n".repeat(120)),
            with(format!("X{}: y\r\n", "a".repeat(40_000))),
        ],
    );
    table.entry(46, &Expected::Refused(&[431]), [with(format!("Cookie: {}\r\n", "a=b; ".repeat(5_000)))]);
}

/// Shapes published by parser research that the entries above do not have.
fn garden(table: &mut Table) {
    table.entry(
        49,
        &R400,
        [
            with("Content-Length: 0\r\nContent-Length: \r\n"),
            with("X(): y\r\n"),
            with("X\"y\": z\r\n"),
            with("X/y: z\r\n"),
            with("X[0]: z\r\n"),
            with("X\x00: z\r\n"),
            with("\x00X: z\r\n"),
            with("X:\x00\r\n"),
            with("X@y: z\r\n"),
            with("X;y: z\r\n"),
            with(b"\xffX: z\r\n"),
            with("Content-Length\r\n: 5\r\n"),
            with("X: y\r\n\x0bTransfer-Encoding: chunked\r\n"),
            post("Transfer-Encoding: chunked\r\n chunked\r\n", "0\r\n\r\n"),
            post("Transfer-Encoding: chunked\r\nContent-Length: x\r\n", "0\r\n\r\n"),
            post("Content-Length: 3\r\nTransfer-Encoding: x\r\n", "abc"),
            post("Content-Length: -0\r\n", ""),
            post("Content-Length: 0 0\r\n", ""),
            post("content-length: 1\r\nCONTENT-LENGTH: 2\r\n", "ab"),
        ],
    );
}
