//! PATH: the origin gets the bytes that came, and only where policy permits every reading of them.

use super::{R400, Table, get, post, with};
use crate::{Case, Expected};

pub(super) fn cases() -> Vec<Case> {
    let mut table = Table::new("PATH");
    shapes(&mut table);
    names(&mut table);
    bytes(&mut table);
    forms(&mut table);
    beside(&mut table);
    table.cases
}

fn shapes(table: &mut Table) {
    table.entry(1, &Expected::Denied, [get("//admin/x"), get("///admin/x")]);
    table.entry(1, &Expected::Denied, [get("/admin//x")]);
    table.entry(1, &R400, [get("/public/./../admin/x")]);
    // A dot segment is refused, whether or not it leads to what is closed.
    table.entry(3, &R400, [get("/public/../admin/x"), get("/./admin/x"), get("/public/x/../../admin/x")]);
    table.entry(3, &R400, [get("/../admin/x"), get("/public/../../admin/x"), get("/public//../admin/x")]);
    table.entry(3, &R400, [get("/public/x/..")]);
    table.entry(5, &R400, [get("/public/%2e%2e/admin/x"), get("/public/%2E%2E/admin/x")]);
    table.entry(5, &Expected::Denied, [get("/%61dmin/x")]);
    table.entry(6, &R400, [get("/public/.%2e/admin/x"), get("/public/%2E./admin/x")]);
    table.entry(7, &Expected::Forwarded(&["GET /public/%252e%252e/admin"]), [get("/public/%252e%252e/admin")]);
    table.entry(8, &R400, [get("/public/..%2fadmin"), get("/public/..%5cadmin")]);
    table.entry(8, &Expected::Denied, [get("/admin%2fx"), get("/admin%2Fx"), get("/%2fadmin/x"), get("/admin%5cx")]);
    table.entry(
        11,
        &R400,
        [get("/public/..;/admin"), get("/public/.;/admin"), get("/public/..;x=1/admin"), get("/public/..%3b/admin")],
    );
    table.entry(11, &Expected::Denied, [get("/;/admin")]);
    table.entry(
        11,
        &Expected::Denied,
        [get("/admin/;x=1/users"), get("/admin;x"), get("/admin;x/y"), get("/admin%3bx/y")],
    );
    table.entry(
        19,
        &Expected::Denied,
        [get("/admin./x"), get("/admin%20/x"), get("/admin%2e"), get("/admin%20%2e./x")],
    );
    table.entry(17, &Expected::Forwarded(&["GET /ADMIN/x"]), [get("/ADMIN/x")]);
    table.entry(22, &Expected::Forwarded(&["GET /publicadmin"]), [get("/publicadmin")]);
    table.entry(22, &Expected::Forwarded(&["GET /public.."]), [get("/public..")]);
    table.entry(22, &Expected::Forwarded(&["GET /public../admin"]), [get("/public../admin")]);
    table.entry(23, &R400, [get("/public%2e/../admin/secret")]);
}

/// Names of applications, beside what they would be if they led to what is closed.
fn names(table: &mut Table) {
    for (number, (target, line)) in [
        ("/api/v4/projects/a%2Fb", &["GET /api/v4/projects/a%2Fb"] as &[&str]),
        ("/api/vhosts/%2F/x", &["GET /api/vhosts/%2F/x"]),
        ("/%93%FA.html", &["GET /%93%FA.html"]),
        ("//x", &["GET //x"]),
        ("/web/2026/https://example.com/a", &["GET /web/2026/https://example.com/a"]),
        ("/bucket//key", &["GET /bucket//key"]),
        ("/%c3%a9", &["GET /%c3%a9"]),
        ("/a%5cb", &["GET /a%5cb"]),
        ("/a\\b", &["GET /a\\b"]),
        ("/a;v=1/b", &["GET /a;v=1/b"]),
        ("/a%61%2D%7e", &["GET /a%61%2D%7e"]),
        ("/%83%5C.html", &["GET /%83%5C.html"]),
        ("/public./x", &["GET /public./x"]),
    ]
    .into_iter()
    .enumerate()
    {
        let number = 40 + u16::try_from(number).unwrap_or(u16::MAX);
        table.entry(number, &Expected::Forwarded(line), [get(target)]);
        let (_, rest) = target.split_at(1);
        table.entry(number, &Expected::Denied, [get(format!("/admin/{rest}")), get(format!("//admin;v/{rest}"))]);
    }
}

fn bytes(table: &mut Table) {
    table.entry(10, &R400, [get("/public\\..\\admin"), get("\\admin"), get("/public/\\../admin")]);
    table.entry(10, &Expected::Denied, [get("/admin\\x"), get("/\\admin/x"), get("/\\admin\\x")]);
    table.entry(12, &R400, [get("/admin%00.css"), get("/public/%00/../admin")]);
    table.entry(
        13,
        &R400,
        [get("/admin%0d%0aX:%20y"), get("/a%09b"), get("/a%7fb"), get("/a%1bb"), get("/a\tb"), get("/a\x01b")],
    );
    table.entry(13, &Expected::Forwarded(&["GET /a%20b"]), [get("/a%20b")]);
    table.entry(
        14,
        &R400,
        [get("/%c0%ae%c0%ae/admin"), get(b"/\xc0\xae\xc0\xae/admin"), get("/%e0%80%ae/admin"), get("/a%c0%80")],
    );
    table.entry(14, &Expected::Denied, [get("/%c1%a1dmin/x"), get("/admin%c0%afx"), get("/%e0%81%a1dmin/x")]);
    table.entry(14, &Expected::Forwarded(&["GET /%ed%a0%80"]), [get("/%ed%a0%80")]);
    table.entry(15, &R400, [get(b"/caf\xe9"), get("/café")]);
    table.entry(16, &Expected::Forwarded(&["GET /%EF%BC%8E%EF%BC%8E/admin"]), [get("/%EF%BC%8E%EF%BC%8E/admin")]);
    table.entry(16, &Expected::Forwarded(&["GET /a%E2%88%95admin"]), [get("/a%E2%88%95admin")]);
    table.entry(16, &Expected::Forwarded(&["GET /a%e2%88%95admin"]), [get("/a%e2%88%95admin")]);
    table.entry(16, &Expected::Forwarded(&["GET /%E2%80%A4%E2%80%A4/admin"]), [get("/%E2%80%A4%E2%80%A4/admin")]);
    table.entry(21, &R400, [get("/public#/../admin"), get("/#"), get("/?a#b")]);
    table.entry(25, &R400, [get("/a%"), get("/a%2"), get("/a%zz"), get("/a%2g"), get("/%u002e")]);
}

fn forms(table: &mut Table) {
    let too_long = Expected::Refused(&[414]);
    table.entry(
        26,
        &too_long,
        [get(format!("/{}", "a".repeat(65_536))), get("/a".repeat(20_000)), get("/..".repeat(20_000))],
    );
    table.entry(26, &R400, [get(format!("/a{}", "/..".repeat(2_000)))]);
    table.entry(26, &R400, [get(format!("/admin{}", "/x/..".repeat(1_000)))]);
    table.entry(26, &Expected::Denied, [get(format!("/admin{}", "/a;b%2f%5c%3b%2e%20//c%3f".repeat(230)))]);
    table.entry(27, &R400, [get("")]);
    table.entry(27, &Expected::Forwarded(&["GET /"]), [get("https://{app}"), get("https://{app}/")]);
    table.entry(27, &Expected::Forwarded(&["GET /?a=b"]), [get("https://{app}?a=b")]);
    table.entry(28, &R400, [get("*"), get("*/admin")]);
    table.entry(28, &Expected::Local(204), [b"OPTIONS * HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\r\n\r\n"]);
    table.entry(29, &Expected::Forwarded(&["GET /?/../admin"]), [get("/?/../admin")]);
    table.entry(29, &Expected::Forwarded(&["GET /x?path=/admin"]), [get("/x?path=/admin")]);
    table.entry(29, &Expected::Forwarded(&["GET /x?q=%zz"]), [get("/x?q=%zz")]);
}

fn beside(table: &mut Table) {
    let admin_with =
        |line: &str| format!("GET /admin/x HTTP/1.1\r\nHost: {{app}}\r\nCookie: {{cookie}}\r\n{line}\r\n\r\n");
    table.entry(
        30,
        &Expected::Denied,
        [
            admin_with("X-Forwarded-Uri: /public/"),
            admin_with("X-Original-URL: /public/"),
            admin_with("X-Rewrite-URL: /public/"),
            admin_with("X-Original-URI: /public/"),
            admin_with("X-Forwarded-Path: /public/"),
        ],
    );
    table.entry(
        31,
        &Expected::Refused(&[501]),
        [
            "get /admin/x HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\r\n\r\n",
            "GETX /admin/x HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\r\n\r\n",
            "TRACE / HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\r\n\r\n",
            "PROP_FIND / HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\r\n\r\n",
        ],
    );
    let asks =
        |method: &str, path: &str| format!("{method} {path} HTTP/1.1\r\nHost: {{app}}\r\nCookie: {{cookie}}\r\n\r\n");
    table.entry(31, &Expected::Forwarded(&["PROPFIND /"]), [asks("PROPFIND", "/")]);
    table.entry(31, &Expected::Forwarded(&["VERSION-CONTROL /"]), [asks("VERSION-CONTROL", "/")]);
    table.entry(
        31,
        &Expected::Denied,
        [asks("PROPFIND", "/admin/x"), asks("QUERY", "/admin/x"), asks("MOVE", "/admin")],
    );
    table.entry(31, &Expected::Refused(&[405]), ["CONNECT {app}:443 HTTP/1.1\r\nHost: {app}\r\n\r\n"]);
    table.entry(
        31,
        &Expected::Forwarded(&["GET /"]),
        [
            with("X-HTTP-Method-Override: DELETE\r\n"),
            with("X-Method-Override: PUT\r\n"),
            with("X-HTTP-Method: PATCH\r\n"),
        ],
    );
    table.entry(
        31,
        &R400,
        [
            with("X-HTTP-Method-Override: TRACE\r\n"),
            with("X-HTTP-Method: PUT\r\nX-Method-Override: DELETE\r\n"),
            with("X-HTTP-Method-Override: a b\r\n"),
        ],
    );
    table.entry(
        31,
        &Expected::Forwarded(&["POST /"]),
        [post("X-HTTP-Method-Override: GET\r\nContent-Length: 14\r\n", "_method=DELETE")],
    );
}
