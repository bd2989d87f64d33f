//! HOST: the handshake, the target and the fields must name one host.

use super::{R400, Table, get, with};
use crate::{Case, Expected};

pub(super) fn cases() -> Vec<Case> {
    let mut table = Table::new("HOST");
    let host = |lines: &str| format!("GET / HTTP/1.1\r\n{lines}Cookie: {{cookie}}\r\n\r\n");
    let address = Expected::Refused(&[421]);
    table.entry(1, &R400, [host(""), "GET / HTTP/1.0\r\n\r\n".to_owned()]);
    table.entry(
        2,
        &R400,
        [
            host("Host: {app}\r\nHost: {other}\r\n"),
            host("Host: {other}\r\nHost: {app}\r\n"),
            host("Host: {app}\r\nHost: {app}\r\n"),
            host("Host: {app}\r\nhost: {other}\r\n"),
            host("Host: {app}\r\nX: y\r\nHost: {other}\r\n"),
        ],
    );
    table.entry(3, &R400, [host("Host: \r\n"), host("Host:\r\n")]);
    table.entry(
        4,
        &R400,
        [host("Host: {app}, {other}\r\n"), host("Host: {app},{other}\r\n"), host("Host: {app} {other}\r\n")],
    );
    table.entry(5, &R400, [host("Host: x@{app}\r\n"), host("Host: {other}@{app}\r\n"), host("Host: x:y@{app}\r\n")]);
    table.entry(
        6,
        &R400,
        [
            host("Host: {app}/admin\r\n"),
            host("Host: {app}?x\r\n"),
            host("Host: {app}#x\r\n"),
            host("Host: https://{app}\r\n"),
        ],
    );
    table.entry(
        7,
        &R400,
        [
            host("Host: {app}:0443\r\n"),
            host("Host: {app}:\r\n"),
            host("Host: {app}:65536\r\n"),
            host("Host: {app}:80:80\r\n"),
            host("Host: {app}:+443\r\n"),
            host("Host: {app}:x\r\n"),
        ],
    );
    table.entry(8, &R400, [get("https://{other}/"), get("https://{app}:444/"), get("https://{other}@{app}/")]);
    table.entry(
        9,
        &R400,
        [
            get("http://{app}/"),
            get("file:///etc/passwd"),
            get("gopher://{app}/"),
            get("ftp://{app}/"),
            get("https:///"),
            get("https:/{app}/"),
        ],
    );
    table.entry(10, &R400, [get("{other}:80"), get("{app}:443"), get("admin/x"), get("?x")]);
    table.entry(14, &Expected::Refused(&[421]), [host("Host: {other}\r\n"), host("Host: {unknown}\r\n")]);
    table.entry_at(14, "{unknown}", &Expected::NoAnswer, [host("Host: {unknown}\r\n")]);
    table.entry_at(16, "{other}", &Expected::Refused(&[421]), [host("Host: {app}\r\n")]);
    table.entry_at(16, "{other}", &Expected::Denied, [host("Host: {other}\r\n")]);
    table.entry(
        17,
        &Expected::Forwarded(&["GET /"]),
        [upper(&host("Host: {app}\r\n")).into_bytes(), get("HTTPS://{app}/")],
    );
    table.entry(18, &R400, [host("Host: {app}.\r\n"), host("Host: .{app}\r\n"), host("Host: {app}..\r\n")]);
    table.entry(
        20,
        &address,
        [
            host("Host: 127.0.0.1\r\n"),
            host("Host: [::1]\r\n"),
            host("Host: 0x7f.1\r\n"),
            host("Host: 2130706433\r\n"),
            host("Host: 127.1:443\r\n"),
            host("Host: [::ffff:127.0.0.1]:443\r\n"),
        ],
    );
    table.entry(
        20,
        &R400,
        [host("Host: [::1\r\n"), host("Host: [::1]x\r\n"), host("Host: []\r\n"), host("Host: [fe80::1%25lo]\r\n")],
    );
    table.entry(
        21,
        &R400,
        [
            host("Host: {app}\0.evil\r\n"),
            host("Host: {app} evil\r\n"),
            host("Host: {app}\t\r\n"),
            host("Host: {app} \r\n"),
            host("Host:  {app}\r\n"),
            host("Host:\t{app}\r\n"),
            host("Host : {app}\r\n"),
            host("Host: {app}_x\r\n"),
            host("Host: xn--\u{e9}.test\r\n"),
            host("Host: {app}%2eevil\r\n"),
            host("Host: \"{app}\"\r\n"),
        ],
    );
    table.entry(
        22,
        &Expected::Forwarded(&["GET /"]),
        [
            with("X-Forwarded-Host: console.mallory.test\r\n"),
            with("Forwarded: host=console.mallory.test\r\n"),
            with("X-Forwarded-Server: mallory.test\r\nX-Original-Host: mallory.test\r\nX-HTTP-Host-Override: mallory.test\r\n"),
        ],
    );
    table.cases
}

/// The host in upper case, the cookie as it is.
fn upper(request: &str) -> String {
    request.replace("{app}", "{APP}")
}
