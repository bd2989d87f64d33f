//! Two readings of what an origin received: one that takes everything literally, one that takes what it can get. Where they
//! differ, a request was smuggled.

/// A request as a parser understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Method and target.
    pub line: String,
    /// The fields in order, names as sent.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The values of a field, by name without regard to case.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

/// The requests as a strict parser reads them: CR LF only, one length, plain numbers, plain chunks. What it cannot read ends
/// the list; whether anything was left is the second value.
#[must_use]
pub fn strict(bytes: &[u8]) -> (Vec<Request>, bool) {
    read_all(bytes, strict_request)
}

/// The requests as a lenient parser reads them: lone LF, white space before colons, the last of two lengths, any encoding
/// that ends in `chunked`, underscores as hyphens, extensions of chunks.
#[must_use]
pub fn lenient(bytes: &[u8]) -> (Vec<Request>, bool) {
    read_all(bytes, lenient_request)
}

type Read<'a> = Option<(Request, &'a [u8])>;

fn read_all(mut bytes: &[u8], read: fn(&[u8]) -> Read<'_>) -> (Vec<Request>, bool) {
    let mut requests = Vec::new();
    while let Some((request, rest)) = read(bytes) {
        requests.push(request);
        bytes = rest;
    }
    (requests, !bytes.is_empty())
}

fn strict_request(bytes: &[u8]) -> Read<'_> {
    let end = find(bytes, b"\r\n\r\n")?;
    let (head, rest) = bytes.split_at_checked(end)?;
    let rest = rest.strip_prefix(b"\r\n\r\n")?;
    // Each byte is a character: values may be in any encoding.
    let head: String = head.iter().map(|byte| char::from(*byte)).collect();
    let mut lines = head.split("\r\n");
    let (line, version) = lines.next()?.rsplit_once(' ')?;
    let plain = |text: &str| text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let visible = |text: &str| text.chars().all(|letter| letter >= ' ' && letter != '\x7f');
    if version != "HTTP/1.1" || line.split(' ').count() != 2 || !plain(line) {
        return None;
    }
    let mut fields = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        let name_ok = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !name_ok || !visible(value) {
            return None;
        }
        fields.push((name.to_owned(), value.to_owned()));
    }
    let mut request = Request { line: line.to_owned(), fields, body: Vec::new() };
    let rest = match (request.values("content-length").as_slice(), request.values("transfer-encoding").as_slice()) {
        ([], []) => rest,
        ([length], []) => {
            let length: usize = length.bytes().all(|byte| byte.is_ascii_digit()).then(|| length.parse().ok())??;
            let (body, rest) = rest.split_at_checked(length)?;
            request.body = body.to_vec();
            rest
        }
        ([], ["chunked"]) => {
            let (body, rest) = chunks(rest, true)?;
            request.body = body;
            rest
        }
        _ => return None,
    };
    Some((request, rest))
}

fn lenient_request(bytes: &[u8]) -> Read<'_> {
    let mut rest = bytes;
    let mut lines = Vec::new();
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (line, after) = rest.split_at_checked(end)?;
        rest = after.strip_prefix(b"\n")?;
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
        if line.is_empty() && !lines.is_empty() {
            break;
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    let mut lines = lines.into_iter();
    let line = lines.next()?;
    let line = line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let fields: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            (
                name.trim().replace('_', "-"),
                value.trim_matches(|c: char| c.is_whitespace() || c.is_control()).to_owned(),
            )
        })
        .collect();
    let mut request = Request { line, fields, body: Vec::new() };
    let chunked =
        request.values("transfer-encoding").iter().any(|value| value.to_ascii_lowercase().contains("chunked"));
    if chunked {
        let (body, after) = chunks(rest, false)?;
        request.body = body;
        rest = after;
    } else if let Some(length) = request.values("content-length").last() {
        let digits: String = length.chars().filter(char::is_ascii_digit).collect();
        let (body, after) = rest.split_at_checked(digits.parse().unwrap_or(0))?;
        request.body = body.to_vec();
        rest = after;
    }
    Some((request, rest))
}

fn chunks(mut rest: &[u8], strict: bool) -> Option<(Vec<u8>, &[u8])> {
    let mut body = Vec::new();
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (line, after) = rest.split_at_checked(end)?;
        rest = after.strip_prefix(b"\n")?;
        let line = match line.strip_suffix(b"\r") {
            Some(line) => line,
            None if strict => return None,
            None => line,
        };
        let line = std::str::from_utf8(line).ok()?;
        let size = if strict { line } else { line.split(';').next()?.trim() };
        let size = usize::from_str_radix(size, 16).ok()?;
        let (data, after) = rest.split_at_checked(size)?;
        body.extend_from_slice(data);
        rest = match after.strip_prefix(b"\r\n") {
            Some(rest) => rest,
            None if strict => return None,
            None => after.strip_prefix(b"\n")?,
        };
        if size == 0 {
            return Some((body, rest));
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_read_a_plain_request_alike() {
        let bytes = b"POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nhost: a\r\n\r\n";
        assert_eq!(strict(bytes), lenient(bytes));
        assert_eq!(
            strict(bytes).0.iter().map(|request| request.line.as_str()).collect::<Vec<_>>(),
            ["POST /a", "GET /b"]
        );
    }

    #[test]
    fn they_differ_where_requests_are_smuggled() {
        let bytes = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n";
        assert_ne!(strict(bytes).0.len(), lenient(bytes).0.len());
    }
}
