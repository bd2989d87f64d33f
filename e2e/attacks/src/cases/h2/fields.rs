//! Section 8: messages, their fields, and what a request must and must not have.

use super::{DATA, END_HEADERS, END_STREAM, HEADERS, Table, WHOLE};
use crate::h2::H2Expected::{Malformed, Served, Status, Stream};
use crate::h2::{code, field, frame};

pub(super) fn cases(table: &mut Table) {
    sequences(table);
    lengths(table);
    names_and_values(table);
    connection_fields(table);
    pseudo_fields(table);
    targets(table);
    authorities(table);
    cookies(table);
    connect(table);
}

fn sequences(table: &mut Table) {
    let trailers = |flags, fields: Vec<u8>| frame(HEADERS, flags, 1, fields);
    let data = frame(DATA, 0, 1, b"hi");
    table.midway(
        "8.1",
        "trailers that do not end the stream",
        Malformed,
        &[table.post(1), data.clone(), trailers(END_HEADERS, field("x", "y"))],
    );
    table.midway(
        "8.1",
        "a pseudo field in trailers",
        Malformed,
        &[table.post(1), data.clone(), trailers(WHOLE, field(":path", "/"))],
    );
    for (what, fields) in [
        ("a path behind a permitted body", field(":path", "/admin/x")),
        ("a method from the table behind a permitted body", vec![0x82]),
        ("a pseudo field of no name that is known", field(":x", "y")),
        ("a pseudo field behind another field", [field("x", "y"), field(":authority", "other.localhost")].concat()),
    ] {
        let bytes = [table.post(1), data.clone(), trailers(WHOLE, fields)];
        table.midway("8.1", what, Stream(&[code::PROTOCOL_ERROR]), &bytes);
    }
    let whole = [table.post(1), data, trailers(WHOLE, field("x-auth-user", "mallory"))];
    table.case("8.1", "trailers that say who asks", Served(&["POST /"]), &whole);
    table.case(
        "8.1",
        "an interim answer from a client",
        Malformed,
        &[frame(HEADERS, WHOLE, 1, field(":status", "100"))],
    );
    table.case("8.1", "no field at all", Malformed, &[frame(HEADERS, WHOLE, 1, [])]);
}

fn lengths(table: &mut Table) {
    let head = |table: &Table, length: &str| {
        frame(HEADERS, END_HEADERS, 1, [table.block("POST", "/"), field("content-length", length)].concat())
    };
    let (hi, end) = (frame(DATA, END_STREAM, 1, b"hi"), frame(DATA, END_STREAM, 1, []));
    for (what, length, body) in [
        ("a longer body than its length", "1", &hi),
        ("a shorter body than its length", "5", &hi),
        ("no body where there is a length", "5", &end),
    ] {
        let head = head(table, length);
        table.midway("8.1.1", what, Malformed, &[head, body.clone()]);
    }
    for (what, length) in [
        ("a length with a sign", "+2"),
        ("a length with a leading zero", "02"),
        ("a length of letters", "two"),
        ("a length list", "2, 2"),
        ("an empty length", ""),
        ("a length beyond all numbers", "99999999999999999999"),
    ] {
        let head = head(table, length);
        table.case("8.1.1", what, Malformed, &[head, hi.clone()]);
    }
    let twice = [table.block("POST", "/"), field("content-length", "2"), field("content-length", "2")].concat();
    table.case("8.1.1", "two lengths", Malformed, &[frame(HEADERS, END_HEADERS, 1, twice), hi]);
}

fn names_and_values(table: &mut Table) {
    let bad: [(&'static str, Vec<u8>); 23] = [
        ("upper case", field("X-Up", "y")),
        ("an empty name", field("", "y")),
        ("a space in a name", field("x y", "z")),
        ("a colon in a name", field("x:y", "z")),
        ("CR LF in a name", field("x\r\ny", "z")),
        ("NUL in a name", field("x\0", "z")),
        ("a byte above 0x7f in a name", field(b"x\xff", "z")),
        ("DEL in a name", field("x\x7f", "z")),
        ("an underscore in a name", field("x_auth_user", "mallory")),
        ("a dot in a name", field("x.auth", "mallory")),
        ("CR LF in a value", field("x", "a\r\nTransfer-Encoding: chunked")),
        ("LF in a value", field("x", "a\nb")),
        ("CR in a value", field("x", "a\rb")),
        ("NUL in a value", field("x", "a\0b")),
        ("a control in a value", field("x", "a\x01b")),
        ("DEL in a value", field("x", "a\x7fb")),
        ("a tab in a value", field("x", "a\tb")),
        ("a space before a value", field("x", " a")),
        ("a space behind a value", field("x", "a ")),
        ("a tab before a value", field("x", "\ta")),
        ("CR LF in a cookie", field("cookie", "a=b\r\nx: y")),
        ("a request in a value", field("x", "a\r\n\r\nGET /admin/x HTTP/1.1\r\nHost: a\r\n\r\n")),
        ("101 fields", (0..101).flat_map(|number| field(format!("x-{number}"), "y")).collect()),
    ];
    for (what, more) in bad {
        let block = table.with(&[more]);
        table.case("8.2.1", what, Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    }
    for (what, more) in [
        ("a byte above 0x7f in a value", field("x", b"a\xffb")),
        ("a byte above 0x7f in a cookie", field("cookie", b"n=\xe7\x94\xb0")),
        ("13 KiB of fields", (0..92).flat_map(|number| field(format!("x-{number}"), vec![b'a'; 140])).collect()),
    ] {
        let block = table.with(&[more]);
        table.case("8.2.1", what, Served(&["GET /"]), &[frame(HEADERS, WHOLE, 1, block)]);
    }
    // Less than a frame on the wire, and more than 32 KiB once it is read: one field of 3,000 bytes that the table keeps, and
    // references to it.
    let kept = [&[0x40, 0x01, b'x', 0x7f, 0xb9, 0x16], [b'a'; 3000].as_slice()].concat();
    let block = table.with(&[kept.clone(), vec![0xbe; 12]]);
    table.case("8.2", "a header list over the limit", Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    let block = table.with(&[kept.clone(), vec![0xbe; 60]]);
    table.case("8.2", "a header list far over the limit", Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    let block = table.with(&[kept, vec![0xbe; 8]]);
    table.case("8.2", "a header list below the limit", Served(&["GET /"]), &[frame(HEADERS, WHOLE, 1, block)]);
}

fn connection_fields(table: &mut Table) {
    for (what, name, value) in [
        ("connection", "connection", "close"),
        ("connection that names a field", "connection", "x-auth-user"),
        ("keep-alive", "keep-alive", "timeout=5"),
        ("proxy-connection", "proxy-connection", "keep-alive"),
        ("upgrade", "upgrade", "websocket"),
        ("transfer-encoding", "transfer-encoding", "chunked"),
        ("transfer-encoding identity", "transfer-encoding", "identity"),
        ("te gzip", "te", "gzip"),
        ("te list", "te", "trailers, gzip"),
        ("http2-settings and upgrade", "upgrade", "h2c"),
    ] {
        let block = table.with(&[field(name, value)]);
        table.case("8.2.2", what, Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    }
    let te = table.with(&[field("te", "trailers")]);
    table.case("8.2.2", "te trailers", Served(&["GET /"]), &[frame(HEADERS, WHOLE, 1, te)]);
}

fn pseudo_fields(table: &mut Table) {
    let [method, scheme, authority, path] = table.pseudo("GET", "/");
    let cookie = table.cookie();
    let all = [&method, &scheme, &authority, &path];
    let wrong: Vec<(&'static str, Vec<&[u8]>)> = vec![
        ("no :method", vec![&scheme, &authority, &path]),
        ("no :scheme", vec![&method, &authority, &path]),
        ("no :path", vec![&method, &scheme, &authority]),
        ("two :method", vec![&method, &method, &scheme, &authority, &path]),
        ("two :scheme", vec![&method, &scheme, &scheme, &authority, &path]),
        ("two :authority", vec![&method, &scheme, &authority, &authority, &path]),
        ("two :path", vec![&method, &scheme, &authority, &path, &path]),
        ("a pseudo field behind the others", vec![&method, &scheme, &authority, &cookie, &path]),
    ];
    for (what, fields) in wrong {
        let block = [fields.concat(), cookie.clone()].concat();
        table.case("8.3", what, Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    }
    for (what, more) in [
        ("an unknown pseudo field", field(":x", "y")),
        ("a pseudo field of answers", field(":status", "200")),
        ("an empty pseudo name", field(":", "y")),
        ("a pseudo field in upper case", field(":Path", "/admin/x")),
        ("a second path with a space", field(":path ", "/admin/x")),
    ] {
        let block = [all.map(Vec::as_slice).concat(), more, cookie.clone()].concat();
        table.case("8.3", what, Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    }
    for (what, value) in [
        ("a method with a space", "GET /admin/x"),
        ("a method with a line end", "GET /admin HTTP/1.1\r\nX: y\r\n"),
        ("an empty method", ""),
    ] {
        let block = [field(":method", value), scheme.clone(), authority.clone(), path.clone(), cookie.clone()].concat();
        table.case("8.3.1", what, Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    }
    for (what, value) in [("a method in lower case", "get"), ("an unknown method", "GETX"), ("TRACE", "TRACE")] {
        let block = [field(":method", value), scheme.clone(), authority.clone(), path.clone(), cookie.clone()].concat();
        table.case("8.3.1", what, Status(&[501]), &[frame(HEADERS, WHOLE, 1, block)]);
    }
    for (what, value) in [
        ("scheme http", "http"),
        ("scheme file", "file"),
        ("an empty scheme", ""),
        ("a scheme with a path", "https://x/"),
    ] {
        let block = [method.clone(), field(":scheme", value), authority.clone(), path.clone(), cookie.clone()].concat();
        table.case("8.3.1", what, Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    }
}

fn targets(table: &mut Table) {
    for (what, path) in [
        ("an empty path", ""),
        ("a path without slash", "admin/x"),
        ("an absolute path field", "https://app.localhost/"),
        ("a path of a star", "*"),
        ("a space in the path", "/a b"),
        ("a line end in the path", "/a HTTP/1.1\r\nX: y"),
        ("NUL in the path", "/a\0"),
        ("a backslash", "/public\\..\\admin"),
        ("an encoded slash", "/public/..%2fadmin"),
        ("an encoded NUL", "/admin%00.css"),
        ("above the root", "/../admin/x"),
        ("a dot segment with a parameter", "/public/..;/admin"),
        ("a broken percent sign", "/a%zz"),
        ("overlong UTF-8", "/%c0%ae%c0%ae/admin"),
        ("a fragment", "/a#b"),
        ("a fragment that hides a climb", "/public#/../admin/x"),
        ("only a fragment", "/#"),
        ("a fragment behind a query", "/?a#b"),
    ] {
        let block = table.block("GET", path);
        table.case("8.3.1", what, Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    }
    for (what, path) in
        [("a climb into what is closed", "/public/../admin/x"), ("encoded dots", "/public/%2e%2e/admin/x")]
    {
        let block = table.block("GET", path);
        table.case("8.3.1", what, Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    }
    for (what, path) in [
        ("two slashes before what is closed", "//admin/x"),
        ("an encoded slash in what is closed", "/admin%2fx"),
        ("a parameter on what is closed", "/admin;v=1/x"),
        ("a backslash in what is closed", "/admin\\x"),
    ] {
        let block = table.block("GET", path);
        table.case("8.3.1", what, Status(&[403]), &[frame(HEADERS, WHOLE, 1, block)]);
    }
    for (what, path, lines) in [
        ("two slashes", "//x", &["GET //x"] as &[&str]),
        ("an encoded slash", "/a%2fb", &["GET /a%2fb"]),
        ("a backslash in a name", "/a\\b", &["GET /a\\b"]),
        ("Shift_JIS", "/%93%fa", &["GET /%93%fa"]),
    ] {
        let block = table.block("GET", path);
        table.case("8.3.1", what, Served(lines), &[frame(HEADERS, WHOLE, 1, block)]);
    }
    let block = table.block("GET", "/public/%252e%252e/admin");
    let lines = Served(&["GET /public/%252e%252e/admin"]);
    table.case("8.3.1", "what is encoded twice stays", lines, &[frame(HEADERS, WHOLE, 1, block)]);
}

fn authorities(table: &mut Table) {
    let app = table.names.app.clone();
    let other = table.names.other.clone();
    let name = app.split(':').next().unwrap_or_default().to_owned();
    let head = |table: &Table, authority: &str, more: Vec<u8>| {
        let [method, scheme, _, path] = table.pseudo("GET", "/");
        let block = [method, scheme, field(":authority", authority), path, table.cookie(), more];
        frame(HEADERS, WHOLE, 1, block.concat())
    };
    for (what, authority) in [
        ("user information", format!("user@{app}")),
        ("another host as user information", format!("{other}@{app}")),
        ("a path in the authority", format!("{app}/admin")),
        ("two hosts", format!("{app},{other}")),
        ("a trailing dot", format!("{name}.")),
        ("an empty authority", String::new()),
        ("a port of letters", format!("{name}:x")),
        ("a port with a leading zero", format!("{name}:0443")),
        ("a space", format!("{name} x")),
    ] {
        let frame = head(table, &authority, Vec::new());
        table.case("8.3.1", what, Malformed, &[frame]);
    }
    for (what, authority) in [
        ("another host than the handshake's", other.clone()),
        ("an address", "127.0.0.1".to_owned()),
        ("an address of IPv6", "[::1]".to_owned()),
        ("another port", format!("{name}:1")),
    ] {
        let frame = head(table, &authority, Vec::new());
        table.case("8.3.1", what, Status(&[421]), &[frame]);
    }
    let frame = head(table, &app, field("host", &other));
    table.case("8.3.1", "a host that differs", Malformed, &[frame]);
    let frame = head(table, &app, [field("host", &app), field("host", &app)].concat());
    table.case("8.3.1", "two host fields", Malformed, &[frame]);
    let frame = head(table, &app, field("host", &app));
    table.case("8.3.1", "a host that is the same", Served(&["GET /"]), &[frame]);
    let frame = head(table, &app.to_ascii_uppercase(), Vec::new());
    table.case("8.3.1", "an authority in upper case", Served(&["GET /"]), &[frame]);
    let [method, scheme, _, path] = table.pseudo("GET", "/");
    for (what, more) in [
        ("no authority and no host", Vec::new()),
        ("no authority but a host", field("host", &app)),
        ("no authority but two hosts", [field("host", &app), field("host", &other)].concat()),
    ] {
        let block = [method.clone(), scheme.clone(), path.clone(), table.cookie(), more].concat();
        table.case("8.3.1", what, Malformed, &[crate::h2::frame(HEADERS, WHOLE, 1, block)]);
    }
}

fn cookies(table: &mut Table) {
    let crumbs =
        [table.pseudo("GET", "/").concat(), field("cookie", "a=b"), table.cookie(), field("cookie", "c=d")].concat();
    table.case("8.2.3", "cookies in crumbs", Served(&["GET /"]), &[frame(HEADERS, WHOLE, 1, crumbs)]);
    let twice = table.with(&[table.cookie()]);
    table.case("8.2.3", "two sessions", Status(&[401]), &[frame(HEADERS, WHOLE, 1, twice)]);
    let none = table.pseudo("GET", "/").concat();
    let (with, without) = (table.get(1, "/with"), frame(HEADERS, WHOLE, 3, none));
    table.case("8.2.3", "a stream without the other's cookie", Served(&["GET /with"]), &[with, without]);
    let many: Vec<u8> = (0..400).flat_map(|_| field("cookie", "a=b; c=d")).collect();
    let block = table.with(&[many]);
    table.case("8.2.3", "400 crumbs", Served(&["GET /"]), &[frame(HEADERS, WHOLE, 1, block)]);
    // A crumb that the table keeps, and references to it.
    let kept = [&[0x60, 100], [b'a'; 100].as_slice()].concat();
    let block = table.with(&[kept, vec![0xbe; 400]]);
    table.case("8.2.3", "40 KiB of crumbs", Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
}

fn connect(table: &mut Table) {
    let [_, scheme, authority, path] = table.pseudo("GET", "/");
    let method = field(":method", "CONNECT");
    for (what, fields) in [
        ("CONNECT with a scheme and a path", vec![method.clone(), scheme.clone(), authority.clone(), path.clone()]),
        ("CONNECT with a scheme", vec![method.clone(), scheme, authority.clone()]),
        ("CONNECT with a path", vec![method.clone(), authority, path]),
        ("CONNECT to nobody", vec![method]),
    ] {
        let block = [fields.concat(), table.cookie()].concat();
        table.case("8.5", what, Malformed, &[frame(HEADERS, WHOLE, 1, block)]);
    }
}
