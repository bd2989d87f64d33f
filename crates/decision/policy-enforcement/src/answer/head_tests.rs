//! The reader of the heads of answers against a table, and against `httparse`.

use proptest::prelude::*;

use super::*;

const GET: Question = Question { head: false, upgrade: false };

fn read(bytes: &[u8], question: Question) -> Result<Option<AnswerHead>, BrokenAnswer> {
    match AnswerScanner::default().scan(bytes)? {
        Some(length) => AnswerHead::read(&Bytes::copy_from_slice(&bytes[..length]), question).map(Some),
        None => Ok(None),
    }
}

fn framed(text: &str, question: Question) -> Result<(AnswerFraming, bool), BrokenAnswer> {
    read(text.as_bytes(), question)
        .map(|head| head.expect("a whole head"))
        .map(|head| (head.framing(), head.keeps_alive()))
}

#[test]
fn i6_each_answer_has_one_framing() {
    let head = Question { head: true, upgrade: false };
    let upgrade = Question { head: false, upgrade: true };
    for (text, question, expected) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", GET, (AnswerFraming::Length(5), true)),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: x, Close\r\n\r\n",
            GET,
            (AnswerFraming::Length(5), false),
        ),
        (
            "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n",
            GET,
            (AnswerFraming::Length(5), false),
        ),
        ("HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n", GET, (AnswerFraming::Chunked, true)),
        ("HTTP/1.1 200 \r\n\r\n", GET, (AnswerFraming::Close, false)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", head, (AnswerFraming::None, true)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", head, (AnswerFraming::None, true)),
        ("HTTP/1.1 204 No Content\r\n\r\n", GET, (AnswerFraming::None, true)),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", GET, (AnswerFraming::None, true)),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", GET, (AnswerFraming::None, false)),
        ("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", GET, (AnswerFraming::None, false)),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", GET, (AnswerFraming::None, true)),
        ("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", GET, (AnswerFraming::None, false)),
        ("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n", GET, (AnswerFraming::None, true)),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", upgrade, (AnswerFraming::None, true)),
    ] {
        assert_eq!(framed(text, question), Ok(expected), "{text:?}");
    }
}

#[test]
fn i6_an_answer_that_readers_take_differently_is_refused() {
    let status = |line: &str| format!("{line}\r\n\r\n");
    let with = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
    for (text, rule) in [
        (with("Content-Length: 5\r\nContent-Length: 5\r\n"), BrokenAnswer::ContentLength),
        (with("Content-Length: 5\r\nContent-Length: 6\r\n"), BrokenAnswer::ContentLength),
        (with("Content-Length: 5, 5\r\n"), BrokenAnswer::ContentLength),
        (with("Content-Length: 05\r\n"), BrokenAnswer::ContentLength),
        (with("Content-Length: +5\r\n"), BrokenAnswer::ContentLength),
        (with("Content-Length: 0x5\r\n"), BrokenAnswer::ContentLength),
        (with("Content-Length:\r\n"), BrokenAnswer::ContentLength),
        (with("Content-Length: 99999999999999999999\r\n"), BrokenAnswer::ContentLength),
        (with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), BrokenAnswer::TwoLengths),
        (with("Transfer-Encoding: gzip, chunked\r\n"), BrokenAnswer::TransferEncoding),
        (with("Transfer-Encoding: chunked, identity\r\n"), BrokenAnswer::TransferEncoding),
        (with("Transfer-Encoding: identity\r\n"), BrokenAnswer::TransferEncoding),
        (with("Transfer-Encoding: xchunked\r\n"), BrokenAnswer::TransferEncoding),
        (with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), BrokenAnswer::TransferEncoding),
        (with("Transfer-Encoding:\r\n"), BrokenAnswer::TransferEncoding),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), BrokenAnswer::TransferEncoding),
        ("HTTP/1.1 204 X\r\nContent-Length: 1, 1\r\n\r\n".to_owned(), BrokenAnswer::ContentLength),
        ("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n".to_owned(), BrokenAnswer::InterimBody),
        ("HTTP/1.1 103 X\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), BrokenAnswer::InterimBody),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n".to_owned(), BrokenAnswer::Switching),
        (with("X: a\r\n b\r\n"), BrokenAnswer::Folded),
        (with(" X: a\r\n"), BrokenAnswer::Folded),
        (with("\tX: a\r\n"), BrokenAnswer::Folded),
        (with("X : a\r\n"), BrokenAnswer::FieldLine),
        (with(": a\r\n"), BrokenAnswer::FieldLine),
        (with("X\r\n"), BrokenAnswer::FieldLine),
        (with("X(y): a\r\n"), BrokenAnswer::FieldLine),
        (with("X: a\0b\r\n"), BrokenAnswer::FieldValue),
        (with("X: a\x7fb\r\n"), BrokenAnswer::FieldValue),
        (with("X: a\n"), BrokenAnswer::LineEnd),
        (with("X: a\rb\r\n"), BrokenAnswer::LineEnd),
        ("HTTP/1.1 200 OK\nContent-Length: 5\n\n".to_owned(), BrokenAnswer::LineEnd),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n".to_owned(), BrokenAnswer::StatusLine),
        (status("HTTP/1.1 20 OK"), BrokenAnswer::StatusLine),
        (status("HTTP/1.1 2000 OK"), BrokenAnswer::StatusLine),
        (status("HTTP/1.1 099 OK"), BrokenAnswer::StatusLine),
        (status("HTTP/1.1  200 OK"), BrokenAnswer::StatusLine),
        (status("HTTP/1.1 200OK"), BrokenAnswer::StatusLine),
        (status("HTTP/1.1 200 O\0K"), BrokenAnswer::StatusLine),
        (status("HTTP/2.0 200 OK"), BrokenAnswer::StatusLine),
        (status("http/1.1 200 OK"), BrokenAnswer::StatusLine),
        (status("ICY 200 OK"), BrokenAnswer::StatusLine),
        (status("SSH-2.0-OpenSSH_9.2"), BrokenAnswer::StatusLine),
        (with(&"X: y\r\n".repeat(201)), BrokenAnswer::TooManyFields),
        (with(&format!("X: {}\r\n", "y".repeat(300_000))), BrokenAnswer::HeadTooLong),
    ] {
        let shown: String = text.chars().take(80).collect();
        assert_eq!(framed(&text, GET), Err(rule), "{shown:?}");
    }
}

#[test]
fn names_and_values_pass_byte_for_byte() {
    let text = b"HTTP/1.1 200 \x93\xfa\r\nX_Y.z!: \t a\tb \xe7\x94\xb0 \r\nX-Empty:\r\nContent-Length:0\r\n\r\n";
    let head = read(text, GET).expect("sound").expect("whole");
    let fields: Vec<(&str, &[u8])> =
        head.fields().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    assert_eq!(fields, [("x_y.z!", b"a\tb \xe7\x94\xb0".as_slice()), ("x-empty", b""), ("content-length", b"0")]);
}

proptest! {
    #[test]
    fn i6_what_is_accepted_means_the_same_to_another_reader(
        lines in proptest::collection::vec("(Content-Length|Transfer-Encoding|X-[a-z]{1,3}|Connection) ?:[ \t]{0,2}(chunked|close|[0-9]{1,2}|[a-z\t ,]{0,9})", 0..5),
        status in "(200|204|304|103|500|20)( [A-Za-z ]{0,9})?",
    ) {
        let text = format!("HTTP/1.1 {status}\r\n{}\r\n", lines.iter().map(|line| format!("{line}\r\n")).collect::<String>());
        let Ok(Some(head)) = read(text.as_bytes(), GET) else { return Ok(()) };
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut other = httparse::Response::new(&mut headers);
        prop_assert!(other.parse(text.as_bytes()).expect("both accept").is_complete());
        prop_assert_eq!(other.code, Some(head.status().as_u16()));
        let theirs: Vec<(String, Vec<u8>)> =
            other.headers.iter().map(|field| (field.name.to_ascii_lowercase(), field.value.trim_ascii().to_vec())).collect();
        let mut mine: Vec<(String, Vec<u8>)> =
            head.fields().iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        let mut sorted = theirs;
        sorted.sort();
        mine.sort();
        prop_assert_eq!(mine, sorted);
    }

    #[test]
    fn however_the_bytes_arrive_the_same_head_is_found(
        text in "HTTP/1.1 200 OK\r\n([A-Za-z]{1,3}: ?[a-z]{0,4}\r?\n){0,3}\r\n[a-z]{0,4}", part in 1_usize..9,
    ) {
        let whole = AnswerScanner::default().scan(text.as_bytes());
        let mut scanner = AnswerScanner::default();
        let mut found = Ok(None);
        for end in (0..text.len()).step_by(part).chain([text.len()]) {
            found = scanner.scan(&text.as_bytes()[..end]);
            if found != Ok(None) {
                break;
            }
        }
        prop_assert_eq!(found, whole);
    }
}
