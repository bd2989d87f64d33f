//! SMUG-50: requests that nobody should refuse, in every shape of framing. Servers must read them as the recorder does.

use super::{Table, get, post, with};
use crate::{Case, Expected};

const POSTED: Expected = Expected::Forwarded(&["POST /"]);
/// A body that reads like a request.
const WITHIN: &str = "GET /admin/x HTTP/1.1\r\nHost: a\r\n\r\n";

pub(super) fn cases() -> Vec<Case> {
    let mut table = Table::new("SMUG");
    bodies(&mut table);
    heads(&mut table);
    rows(&mut table);
    table.cases
}

/// A body in chunks of that size.
fn in_chunks(body: &str, size: usize) -> String {
    let chunk =
        |part: &[u8]| format!("{:X}\r\n{}\r\n", part.len(), part.iter().map(|b| char::from(*b)).collect::<String>());
    let chunks: String = body.as_bytes().chunks(size).map(chunk).collect();
    format!("{chunks}0\r\n\r\n")
}

fn bodies(table: &mut Table) {
    let chunked = "Transfer-Encoding: chunked\r\n";
    let long = "0123456789abcdef".repeat(6_000);
    table.entry(
        50,
        &POSTED,
        [
            post(chunked, "0\r\n\r\n"),
            post(chunked, "a\r\n0123456789\r\n0\r\n\r\n"),
            post(chunked, "1\r\nG\r\n1\r\nE\r\n1\r\nT\r\n0\r\n\r\n"),
            post(chunked, in_chunks(WITHIN, 7)),
            post(chunked, in_chunks(&format!("0\r\n\r\n{WITHIN}"), 9)),
            post(chunked, in_chunks(&long, 4_096)),
            post(chunked, "2\r\nhi\r\n0\r\nX-Checksum: 1\r\nX-More: 2\r\n\r\n"),
            post("Content-Length: 0\r\n", ""),
            post("", ""),
            post("Content-Length: 38\r\n", format!("{WITHIN:<38}")),
            post(format!("Content-Length: {}\r\n", long.len()), &long),
            post("Content-Length: 5\r\n", "0\r\n\r\n"),
            post("Content-Length: 2\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n", "{}"),
            post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", in_chunks(WITHIN, 5)),
        ],
    );
    for (method, forwarded) in [
        ("PUT", &["PUT /"] as &[&str]),
        ("PATCH", &["PATCH /"]),
        ("DELETE", &["DELETE /"]),
        ("OPTIONS", &["OPTIONS /"]),
    ] {
        let head = format!("{method} / HTTP/1.1\r\nHost: {{app}}\r\nCookie: {{cookie}}\r\n");
        let body = in_chunks(WITHIN, 11);
        table.entry(50, &Expected::Forwarded(forwarded), [format!("{head}Transfer-Encoding: chunked\r\n\r\n{body}")]);
    }
}

fn heads(table: &mut Table) {
    let one = Expected::Forwarded(&["GET /"]);
    table.entry(50, &Expected::Forwarded(&["HEAD /"]), ["HEAD / HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\r\n\r\n"]);
    table.entry(
        50,
        &one,
        [
            with((0..80).map(|n| format!("X-{n}: y\r\n")).collect::<String>()),
            with(format!("X-Long: {}\r\n", "a".repeat(6_000))),
            with(format!("X-Long: {}\r\nX-Other: {}\r\n", "a".repeat(12_000), "b".repeat(12_000))),
            with("X-Empty: \r\nX-Empty:\r\n"),
            with("Accept: a/b\r\nAccept: c/d\r\nAccept-Language: ja,en;q=0.5\r\n"),
            with("Range: bytes=0-0\r\nIf-None-Match: \"a\", W/\"b\"\r\nIf-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
        ],
    );
    table.entry(50, &Expected::Forwarded(&["GET /a;b=c,d:e@f!$&'()*+~"]), [get("/a;b=c,d:e@f!$&'()*+~")]);
    table.entry(50, &Expected::Forwarded(&["GET /a?b=c?d/e&f=%00%0d%0a%2f"]), [get("/a?b=c?d/e&f=%00%0d%0a%2f")]);
    table.entry(50, &Expected::Forwarded(&["GET /%E9%96%A2%E6%89%80"]), [get("/%E9%96%A2%E6%89%80")]);
    table.entry(50, &Expected::Forwarded(&["GET /a%25b?"]), [get("/a%25b?")]);
}

/// Several requests in one row of bytes.
fn rows(table: &mut Table) {
    let chunked = |body: &str| post("Transfer-Encoding: chunked\r\n", in_chunks(body, 3));
    let counted = |body: &str| post(format!("Content-Length: {}\r\n", body.len()), body);
    table.entry(
        50,
        &Expected::Forwarded(&["POST /", "GET /1", "POST /", "GET /2", "POST /"]),
        [
            [chunked("hello"), get("/1"), counted(WITHIN), get("/2"), chunked(WITHIN)].concat(),
            [counted(""), get("/1"), chunked(""), get("/2"), counted("0\r\n\r\n")].concat(),
        ],
    );
    table.entry(50, &Expected::Forwarded(&["GET /a"; 12]), [get("/a").repeat(12)]);
}
