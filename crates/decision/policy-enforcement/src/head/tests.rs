//! The head readers against tables, against `httparse`, and against a second, slow reading of the same rules.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Version};
use proptest::prelude::*;

use super::{BodyFraming, HeadLimits, HeadScanner, RequestHead, Scheme};
use crate::Malformed;

fn read(bytes: &[u8]) -> Result<RequestHead, Malformed> {
    let limits = HeadLimits::default();
    match HeadScanner::default().scan(bytes, &limits)? {
        Some(length) => RequestHead::from_http1(&Bytes::copy_from_slice(&bytes[..length]), Scheme::Https, &limits),
        None => Err(Malformed::BodyEnd),
    }
}

fn with(lines: &str) -> Result<RequestHead, Malformed> {
    read(format!("POST /a HTTP/1.1\r\nHost: app.test\r\n{lines}\r\n").as_bytes())
}

#[test]
fn a_plain_head_is_read() {
    let head =
        read(b"GET /a%2e//b?x=%zz HTTP/1.1\r\nHost: App.Test:8443\r\nAccept: text/html\r\n\r\n").expect("a head");
    assert_eq!((head.method(), head.path(), head.query()), (&Method::GET, "/a%2e//b", Some("x=%zz")));
    assert_eq!((head.host().as_str(), head.authority().to_string().as_str()), ("app.test", "app.test:8443"));
    assert_eq!((head.version(), head.framing(), head.keeps_alive()), (Version::HTTP_11, BodyFraming::None, true));
    assert!(head.is_navigation() && !head.expects_continue());
}

#[test]
fn i6_each_rule_has_its_name() {
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (lines, rule) in [
        ("Host: app.test\r\n", Malformed::HostAmbiguous),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Malformed::TwoLengths),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", Malformed::ContentLength),
        ("Content-Length: 05\r\n", Malformed::ContentLength),
        ("Content-Length: +5\r\n", Malformed::ContentLength),
        ("Content-Length:  5\r\n", Malformed::ContentLength),
        ("Transfer-Encoding: gzip, chunked\r\n", Malformed::TransferEncoding),
        ("Transfer-Encoding: chunked \r\n", Malformed::TransferEncoding),
        (&chunked.repeat(2), Malformed::TransferEncoding),
        ("X_Y: z\r\n", Malformed::FieldName),
        ("X : z\r\n", Malformed::FieldLine),
        ("X\r\n", Malformed::FieldLine),
        (": z\r\n", Malformed::FieldLine),
        (" X: z\r\n", Malformed::FieldLine),
        ("X: a\tb\r\n", Malformed::FieldValue),
        ("Origin: é\r\n", Malformed::FieldValue),
        ("Connection: é\r\n", Malformed::FieldValue),
        ("X: y\n\r\n", Malformed::LineEnd),
        ("X: a\rb\r\n", Malformed::LineEnd),
        ("Expect: x\r\n", Malformed::Expect),
        ("Connection: host\r\n", Malformed::Connection),
        ("Connection: sekisho-assertion\r\n", Malformed::Connection),
        ("Connection: a b\r\n", Malformed::Connection),
        ("Upgrade: websocket\r\nConnection: upgrade\r\n", Malformed::WebSocket),
        ("Origin: a\r\nOrigin: b\r\n", Malformed::RepeatedField),
    ] {
        assert_eq!(with(lines).map(|head| format!("{head:?}")), Err(rule), "{lines:?}");
    }
    assert_eq!(read(b"GET / HTTP/1.1\r\n\r\n").map(|_| ()), Err(Malformed::HostMissing));
    assert_eq!(read(b"\r\nGET / HTTP/1.1\r\n").map(|_| ()), Err(Malformed::RequestLine));
    assert_eq!(
        read(b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").map(|_| ()),
        Err(Malformed::TransferEncoding)
    );
    assert_eq!(with(chunked).expect("a head").framing(), BodyFraming::Chunked);
}

#[test]
fn limits_hold_before_the_head_is_complete() {
    let scan = |bytes: &str| HeadScanner::default().scan(bytes.as_bytes(), &HeadLimits::default());
    assert_eq!(scan(&format!("GET /{}", "a".repeat(9000))), Err(Malformed::TargetTooLong));
    assert_eq!(scan(&format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(33_000))), Err(Malformed::HeadTooLong));
    assert_eq!(with(&"X: y\r\n".repeat(101)).map(|_| ()), Err(Malformed::TooManyFields));
    assert_eq!(with(&format!("Cookie: {}\r\n", "a=b; ".repeat(5000))).map(|_| ()), Err(Malformed::CookiesTooLong));
}

#[test]
fn our_cookies_are_known_by_their_exact_name_and_once() {
    let cookies = |value: &str| with(&format!("Cookie: {value}\r\n")).expect("a head").cookies().clone();
    assert_eq!(cookies("a=b; __Host-sekisho=x; c=d").session(), Some("x"));
    assert_eq!(cookies("a=b; __Host-sekisho=x; c=d").forwarded().expect("cookies"), "a=b; c=d");
    for none in
        ["__Host-sekisho=x; __Host-sekisho=x", "__host-sekisho=x", "a=b;  __Host-sekisho=x", "x__Host-sekisho=x", ""]
    {
        assert_eq!(cookies(none).session(), None, "{none}");
    }
    assert!(cookies("__host-sekisho=x;  __Host-sekisho-flow=y").forwarded().is_none());
}

#[test]
fn cookies_of_the_application_pass_byte_for_byte() {
    let bytes =
        [b"GET / HTTP/1.1\r\nHost: a\r\nCookie: u=\xe7\x94\xb0;v=\x93\xfa; __Host-sekisho=x;  w=1;\r\n\r\n".as_slice()]
            .concat();
    let head = read(&bytes).expect("a head");
    assert_eq!(head.cookies().session(), Some("x"));
    assert_eq!(head.cookies().forwarded().expect("cookies").as_bytes(), b"u=\xe7\x94\xb0;v=\x93\xfa;  w=1");
    let own = super::Cookies::own(head.fields()).expect("ours");
    assert_eq!(own, "__Host-sekisho=x");
    let none = with("Cookie: a=b; x__Host-sekisho=c\r\n").expect("a head");
    assert_eq!(super::Cookies::own(none.fields()), None);
}

#[test]
fn values_are_in_the_encoding_of_the_application() {
    let bytes = [b"GET / HTTP/1.1\r\nHost: a\r\nX-File-Name: \x93\xfa\x96\x7b\r\n\r\n".as_slice()].concat();
    assert_eq!(read(&bytes).expect("a head").fields()["x-file-name"].as_bytes(), b"\x93\xfa\x96\x7b");
    for name in ["Host", "Content-Length", "Transfer-Encoding", "Origin", "X-HTTP-Method"] {
        assert!(with(&format!("{name}: \u{85}\r\n")).is_err(), "{name}");
    }
}

#[test]
fn one_limit_holds_for_both_versions() {
    let fields = |length: usize| {
        let mut request = Request::builder().uri("https://app.test/").version(Version::HTTP_2);
        request = request.header("x", "a".repeat(length));
        RequestHead::from_http2(&request.body(()).expect("a request").into_parts().0, true, &HeadLimits::default())
    };
    assert!(fields(20_000).is_ok() && with(&format!("X: {}\r\n", "a".repeat(20_000))).is_ok());
    assert_eq!(fields(33_000).map(|_| ()), Err(Malformed::HeadTooLong));
    assert_eq!(with(&format!("X: {}\r\n", "a".repeat(33_000))).map(|_| ()), Err(Malformed::HeadTooLong));
}

#[test]
fn a_websocket_needs_the_whole_handshake() {
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let get = |lines: &str| read(format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n").as_bytes());
    let whole = format!("Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n{key}Sec-WebSocket-Version: 13\r\n");
    assert!(get(&whole).expect("a head").hops().websocket);
    assert!(!get("Upgrade: h2c\r\nConnection: Upgrade\r\n").expect("a head").hops().websocket);
    assert!(get(&whole.replace("13", "8")).is_err() && get(&whole.replace("dGhl", "")).is_err());
}

#[test]
fn i6_http2_fields_are_held_to_the_same_rules() {
    let read = |target: &str, fields: &[(&'static str, &'static str)]| {
        let mut request = Request::builder().uri(target).version(Version::HTTP_2);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        RequestHead::from_http2(&parts, true, &HeadLimits::default()).map(|head| head.path().to_owned())
    };
    let fields = [("host", "app.test"), ("te", "trailers")];
    assert_eq!(read("https://app.test//a%2fb", &fields), Ok("//a%2fb".to_owned()));
    assert_eq!(read("https://app.test/a/../b", &fields), Err(Malformed::DotSegment));
    for (fields, rule) in [
        (("host", "other.test"), Malformed::HostAmbiguous),
        (("transfer-encoding", "chunked"), Malformed::ConnectionField),
        (("connection", "close"), Malformed::ConnectionField),
        (("te", "gzip"), Malformed::ConnectionField),
        (("x_y", "z"), Malformed::FieldName),
        (("x", " y"), Malformed::FieldValue),
        (("content-length", "05"), Malformed::ContentLength),
    ] {
        assert_eq!(read("https://app.test/", &[fields]), Err(rule), "{fields:?}");
    }
    assert_eq!(read("https://app.test/", &[("host", "other.test"), ("te", "trailers")]), Err(Malformed::HostAmbiguous));
    assert_eq!(read("http://app.test/", &[]), Err(Malformed::Scheme));
    assert_eq!(read("/", &[]), Err(Malformed::Scheme));
}

type Fields = Vec<(String, Vec<u8>)>;

/// A second reading of a head, by `httparse`: what it makes of the same bytes.
fn by_httparse(bytes: &[u8]) -> Option<(String, String, Fields)> {
    let mut fields = [httparse::EMPTY_HEADER; 200];
    let mut request = httparse::Request::new(&mut fields);
    let whole = matches!(request.parse(bytes), Ok(httparse::Status::Complete(length)) if length == bytes.len());
    let fields = request
        .headers
        .iter()
        .map(|field| (field.name.to_ascii_lowercase(), field.value.trim_ascii().to_vec()))
        .collect();
    whole.then(|| Some((request.method?.to_owned(), request.path?.to_owned(), fields)))?
}

fn sorted(fields: &HeaderMap) -> Fields {
    let mut all: Vec<_> = fields.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    all.sort();
    all
}

/// Heads that are nearly right: pieces of good ones, with odd bytes between them.
fn nearly_heads() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => Just("GET / HTTP/1.1\r\n"), 8 => Just("Host: a.b\r\n"), 8 => Just("\r\n"), 2 => Just("POST /x?y HTTP/1.1\r\n"),
        2 => Just("Content-Length: 3\r\n"), 2 => Just("Transfer-Encoding: chunked\r\n"), 2 => Just("X: y\r\n"),
        1 => Just("X:y \r\n"), 1 => Just("\n"), 1 => Just("\r"), 1 => Just(" "), 1 => Just("\t"), 1 => Just(":"), 1 => Just("\0"),
        1 => Just("GET /a/../b HTTP/1.0\r\n"), 1 => Just("Cookie: a=b\r\n"), 1 => Just("é"), 1 => Just("%2f"),
    ];
    let start = prop_oneof![9 => Just("GET / HTTP/1.1\r\nHost: a.b\r\n".to_owned()), 1 => Just(String::new())];
    (start, prop::collection::vec(piece, 0..7), any::<bool>()).prop_map(|(start, pieces, ends)| {
        format!("{start}{}{}", pieces.concat(), if ends { "\r\n" } else { "" }).into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8_000, ..ProptestConfig::default() })]

    #[test]
    fn i6_what_is_accepted_httparse_reads_alike(bytes in nearly_heads()) {
        let limits = HeadLimits::default();
        if let Ok(Some(length)) = HeadScanner::default().scan(&bytes, &limits) {
            let head = Bytes::copy_from_slice(&bytes[..length]);
            if let Ok(read) = RequestHead::from_http1(&head, Scheme::Https, &limits) {
                let (method, target, mut fields) = by_httparse(&head).expect("what we accept, a lenient parser accepts");
                fields.sort();
                prop_assert_eq!(read.method().as_str(), method);
                prop_assert_eq!(sorted(read.fields()), fields);
                prop_assert!(target.starts_with('/'));
                // Read again from what was read, it is the same.
                let again = format!("{} {} HTTP/1.1\r\nHost: {}\r\n\r\n", read.method(), read.target().expect("a path"), read.authority());
                let again = RequestHead::from_http1(&again.into(), Scheme::Https, &limits).expect("a head");
                prop_assert_eq!(again.path(), read.path());
                // And by the rules a byte at a time: no line end alone, no odd byte, one Host, one length.
                let text = String::from_utf8(head.to_vec()).expect("UTF-8");
                prop_assert!(text.replace("\r\n", "").chars().all(|letter| letter >= ' ' && letter != '\x7f'));
                let count = |name: &str| text.to_ascii_lowercase().matches(&format!("\r\n{name}:")).count();
                prop_assert_eq!(count("host"), 1);
                prop_assert!(count("content-length") + count("transfer-encoding") <= 1);
            }
        }
    }

    #[test]
    fn the_scanner_does_not_care_how_bytes_arrive(bytes in nearly_heads(), piece in 1_usize..12) {
        let limits = HeadLimits::default();
        let whole = HeadScanner::default().scan(&bytes, &limits);
        let mut scanner = HeadScanner::default();
        let mut pieces = Ok(None);
        for end in (0..bytes.len()).step_by(piece).map(|start| (start + piece).min(bytes.len())) {
            pieces = scanner.scan(&bytes[..end], &limits);
            if pieces != Ok(None) {
                break;
            }
        }
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&[b"GET / HTTP/1.1\r\nHost: a\r\n".as_slice(), &bytes, b"\r\n\r\n"].concat());
        let _ = read(&bytes);
    }
}
