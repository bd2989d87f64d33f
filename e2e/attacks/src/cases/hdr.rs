//! HDR: only the gateway says who asks.

use super::{R400, Table, get, post, with};
use crate::{Case, Expected};

const FORWARDED: Expected = Expected::Forwarded(&["GET /"]);

pub(super) fn cases() -> Vec<Case> {
    let mut table = Table::new("HDR");
    names(&mut table);
    connection(&mut table);
    families(&mut table);
    answers(&mut table);
    table.cases
}

pub(super) fn cookie_cases() -> Vec<Case> {
    let mut table = Table::new("COOK");
    cookies(&mut table);
    table.cases
}

fn names(table: &mut Table) {
    table.entry(
        1,
        &FORWARDED,
        [
            with("Sekisho-Assertion: a.b.mallory\r\n"),
            with("X-Auth-User: mallory\r\n"),
            with("X-Sekisho-User: mallory\r\n"),
            with("Sekisho-User: mallory\r\n"),
        ],
    );
    table.entry(
        2,
        &FORWARDED,
        [
            with("x-AUTH-user: mallory\r\n"),
            with("SEKISHO-ASSERTION: mallory\r\n"),
            with("sEKISHO-aSSERTION: mallory\r\n"),
            with("REMOTE-USER: mallory\r\n"),
        ],
    );
    table.entry(
        3,
        &R400,
        [with("X_Auth_User: mallory\r\n"), with("Sekisho_Assertion: mallory\r\n"), with("X-Auth_User: mallory\r\n")],
    );
    let odd = [
        "X.Auth.User",
        "X~Auth~User",
        "X!Auth",
        "X#Auth",
        "X'Auth",
        "X*Auth",
        "X+Auth",
        "X^Auth",
        "X`Auth",
        "X|Auth",
        "X$Auth",
        "X%41uth",
        "X&Auth",
    ];
    table.entry(4, &R400, odd.map(|name| with(format!("{name}: mallory\r\n"))));
    table.entry(
        5,
        &FORWARDED,
        [
            with("Sekisho-Assertion: mallory\r\n".repeat(50)),
            with("X-Request-Id: mallory\r\n".repeat(50)),
            with("X-Forwarded-For: mallory\r\n".repeat(50)),
        ],
    );
}

fn connection(table: &mut Table) {
    let named = [
        "close, X-Auth-User",
        "Sekisho-Assertion",
        "sekisho-assertion",
        "Cookie",
        "Authorization",
        "X-Forwarded-For",
        "X-Request-Id",
        "Forwarded",
        "X-Real-IP",
        "close, Sekisho-Assertion, x",
    ];
    table.entry(6, &R400, named.map(|names| with(format!("Connection: {names}\r\n"))));
    let framing = ["Content-Length", "Transfer-Encoding", "Host", "host, close", "Content-Type", "Expect", "Origin"];
    table.entry(7, &R400, framing.map(|names| with(format!("Connection: {names}\r\n"))));
    table.entry(
        7,
        &R400,
        ["close,", ",close", "clo se", "\"close\"", "close;x", "clöse"]
            .map(|names| with(format!("Connection: {names}\r\n"))),
    );
    table.entry(7, &FORWARDED, [with("Connection: keep-alive, X-Mine\r\nX-Mine: y\r\n")]);
    let trailers = ["X-Auth-User: mallory", "Sekisho-Assertion: mallory", "Host: mallory.test", "Content-Length: 5"];
    for trailer in trailers {
        let request = post(
            "Transfer-Encoding: chunked\r\nTrailer: X-Auth-User\r\n",
            format!("2\r\nhi\r\n0\r\n{trailer}\r\n\r\n"),
        );
        table.entry(8, &Expected::Forwarded(&["POST /"]), [request]);
    }
}

fn families(table: &mut Table) {
    let forwarded = [
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "X-Forwarded-Uri",
        "X-Forwarded-Method",
        "X-Forwarded-Server",
        "X-Forwarded-User",
        "X-Forwarded-Email",
        "X-Forwarded-Groups",
        "Forwarded",
        "X-Real-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "Fastly-Client-IP",
    ];
    table.entry(9, &FORWARDED, forwarded.map(|name| with(format!("{name}: mallory\r\n"))));
    table.entry(10, &FORWARDED, [with("X-Forwarded-For: 10.0.0.1, 10.0.0.2, mallory\r\n")]);
    let certificates = [
        "X-Client-Cert",
        "X-SSL-Client-Verify",
        "Ssl-Client-Dn",
        "X-SSL-Cert",
        "Client-Cert",
        "Client-Cert-Chain",
        "X-Forwarded-Client-Cert",
        "X-TLS-Client-Verified",
    ];
    table.entry(12, &FORWARDED, certificates.map(|name| with(format!("{name}: mallory\r\n"))));
    let identities = [
        "X-Access-Jwt",
        "X-Remote-User",
        "Remote-User",
        "Remote-Groups",
        "Remote-Email",
        "X-User",
        "X-Groups",
        "X-WebAuth-User",
        "X-Authenticated-User",
        "X-Auth-Request-User",
        "X-Username",
        "X-Userid",
        "X-Group",
        "X-Role",
        "X-Principal",
        "X-Auth",
        "X-Verified-User",
        "X-Proxy-User",
        "X-Goog-Authenticated-User-Email",
        "X-Ms-Client-Principal-Name",
        "X-Amzn-Oidc-Identity",
        "Cf-Access-Jwt-Assertion",
        "X-Pomerium-Jwt-Assertion",
        "X-Client-Verify",
        "Client-Ip",
        "X-Forward-For",
        "X-Forwarded",
        "X-Middleware-Subrequest",
        "Proxy",
        "X-Envoy-External-Address",
        "X-Envoy-Original-Path",
        "X-Invoke-Path",
        "X-Matched-Path",
        "X-Now-Route-Matches",
        "X-Override-URL",
        "X-Azure-ClientIP",
        "X-Originating-IP",
    ];
    table.entry(13, &FORWARDED, identities.map(|name| with(format!("{name}: mallory\r\n"))));
    // What clients of applications send arrives.
    let theirs = ["X-User-Id", "X-Auth-Token", "X-User-Agent", "X-Goog-Upload-Command", "X-Host", "X-Api-Key"];
    table.entry(14, &FORWARDED, theirs.map(|name| with(format!("{name}: theirs\r\n"))));
    let ranges = format!("Range: bytes={}\r\n", (0..1000).map(|n| format!("{n}-{n}")).collect::<Vec<_>>().join(","));
    table.entry(22, &FORWARDED, [with(ranges), with("Range: bytes=0-1\r\n")]);
    table.entry(
        22,
        &R400,
        [
            with("Range: bytes=0-1\r\nRange: bytes=0-2\r\n"),
            with("Authorization: a\r\nAuthorization: b\r\n"),
            with("Content-Type: a/b\r\nContent-Type: c/d\r\n"),
        ],
    );
}

fn answers(table: &mut Table) {
    table.entry(17, &Expected::Forwarded(&["GET /sets-our-cookie"]), [get("/sets-our-cookie")]);
    table.entry(18, &Expected::Forwarded(&["GET /hops"]), [get("/hops")]);
    // Our cookies are taken out, the application's stay.
    table.entry(
        16,
        &FORWARDED,
        [
            cookie("theme=dark; {cookie}; lang=ja"),
            cookie("{cookie}"),
            cookie("a=b; {cookie}"),
            cookie("{cookie}; __HOST-sekisho=x; __Host-sekisho-flow=y; $__Host-sekisho=z"),
        ],
    );
}

/// COOK entries that a head alone decides.
fn cookies(table: &mut Table) {
    let mut none = |number, values: &[&str]| {
        table.entry(number, &Expected::Denied, values.iter().map(|value| cookie(value)));
    };
    none(2, &["{cookie}; {cookie}", "{cookie}; a=b; {cookie}"]);
    none(
        3,
        &[
            "a=b;  {cookie}",
            "$Version=1; $Path=/",
            "__host-sekisho=x",
            "__HOST-SEKISHO=x",
            "sekisho={cookie}",
            "__Host-sekisho =x",
            "__Host-sekisho-cross-site=AAAA",
            "__host-sekisho-cross-site=AAAA; a=b",
        ],
    );
    none(4, &["__Host-sekisho=evil; {cookie}", "{cookie}; __Host-sekisho=evil", "__Host-sekisho; {cookie}"]);
    none(5, &["__Host-sekisho=\"abc;def\"", "__Host-sekisho=\"{cookie}\""]);
    none(
        7,
        &[
            "__Host-sekisho",
            "__Host-sekisho=",
            "__Host-sekisho=AAAA",
            "__Host-sekisho=%41",
            "{cookie}A",
            "{cookie}=",
            "{cookie} x",
            "{cookie},a=b",
            "",
        ],
    );
    // A browser opens a WebSocket for any page, with the cookies of the host that is asked.
    let socket = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let origins =
        ["https://evil.t", "https://app2.t", "null", "http://{app}", "https://{app}\r\nOrigin: https://evil.t"];
    table.entry(11, &R400, origins.map(|origin| with(format!("{socket}Origin: {origin}\r\n"))));
}

fn cookie(value: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {{app}}\r\nCookie: {value}\r\n\r\n")
}
