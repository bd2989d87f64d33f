//! What can be told of a request whose head is refused: enough to answer its sender so that they understand, and to say in the
//! record what was asked for. Nothing is decided on it.

use http::{HeaderMap, Method, Uri};
use sekisho_model::Language;

/// A look at a head that nobody may rely on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// Whether a browser shows the answer to a person.
    pub takes_html: bool,
    /// The language that the person reads.
    pub language: Language,
    /// The method and the path, in part, without the query and with what cannot be printed escaped.
    pub asked: String,
    /// The path whole, and what the request names as its host, in lower case. No record or log has these.
    pub path: String,
    /// As above.
    pub hosts: String,
}

/// The most letters of [`Glimpse::asked`].
const MOST_ASKED: usize = 100;
/// The most bytes of [`Glimpse::path`] and [`Glimpse::hosts`] each.
const MOST_KEPT: usize = 1024;

impl Glimpse {
    /// A look at the bytes of HTTP/1, which may end anywhere.
    #[must_use]
    pub fn of_http1(bytes: &[u8]) -> Self {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let mut words = lines.next().unwrap_or_default().split(|byte| byte.is_ascii_whitespace());
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut glimpse = Self::of_target(method, target);
        for line in lines.take_while(|line| !line.trim_ascii().is_empty()) {
            let mut parts = line.splitn(2, |byte| *byte == b':');
            let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            glimpse.see(name, value.trim_ascii());
        }
        glimpse
    }

    /// A look at the fields of HTTP/2.
    #[must_use]
    pub fn of_http2(method: &Method, uri: &Uri, fields: &HeaderMap) -> Self {
        let target = uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
        let mut glimpse = Self::of_target(method.as_str().as_bytes(), target.as_bytes());
        glimpse.name(uri.authority().map_or("", http::uri::Authority::as_str).as_bytes());
        for (name, value) in fields {
            glimpse.see(name.as_str().as_bytes(), value.as_bytes());
        }
        glimpse
    }

    fn of_target(method: &[u8], target: &[u8]) -> Self {
        // The absolute form names a host too (RFC 9112, section 3.2.2).
        let scheme =
            target.windows(3).position(|part| part == b"://").filter(|at| !target.starts_with(b"/") && *at < 8);
        let rest = scheme.and_then(|at| target.get(at + 3..));
        let slash = rest.map(|rest| rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len()));
        let (host, target) = rest.zip(slash).and_then(|(rest, at)| rest.split_at_checked(at)).unwrap_or((b"", target));
        let path = target.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default();
        let asked = [method, b" ", path].concat().escape_ascii().to_string().chars().take(MOST_ASKED).collect();
        let path = String::from_utf8_lossy(path.get(..MOST_KEPT).unwrap_or(path)).into_owned();
        let mut glimpse = Self { asked, path, ..Self::default() };
        glimpse.name(host);
        glimpse
    }

    fn name(&mut self, host: &[u8]) {
        if !host.is_empty() && self.hosts.len() + host.len() < MOST_KEPT {
            self.hosts.push_str(&String::from_utf8_lossy(host).to_ascii_lowercase());
            self.hosts.push(' ');
        }
    }

    fn see(&mut self, name: &[u8], value: &[u8]) {
        if name.eq_ignore_ascii_case(b"accept") {
            self.takes_html |= value.windows(b"text/html".len()).any(|part| part == b"text/html");
        } else if name.eq_ignore_ascii_case(b"accept-language") {
            self.language = language_of(&String::from_utf8_lossy(value));
        } else if name.eq_ignore_ascii_case(b"host") {
            self.name(value);
        }
    }
}

/// Japanese when it is asked for before English.
#[must_use]
pub fn language_of(accepted: &str) -> Language {
    let first = accepted.split(',').map(str::trim).find(|tag| tag.starts_with("ja") || tag.starts_with("en"));
    if first.is_some_and(|tag| tag.starts_with("ja")) { Language::Japanese } else { Language::English }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_from_a_program_and_what_it_asks_for_is_printable() {
        let bytes = b"GET /a b\x01?secret HTTP/1.1\r\nHost: x\r\nACCEPT: text/html,*/*\r\nAccept-Language: ja,en\r\n\r\nAccept: x";
        let glimpse = Glimpse::of_http1(bytes);
        let expected = Glimpse {
            takes_html: true,
            language: Language::Japanese,
            asked: "GET /a".to_owned(),
            path: "/a".to_owned(),
            hosts: "x ".to_owned(),
        };
        assert_eq!(glimpse, expected);
        let absolute = Glimpse::of_http1(b"GET https://B.test/a/https://c?secret HTTP/1.1\r\nHost: A.test\r\n\r\n");
        assert_eq!((absolute.path.as_str(), absolute.hosts.as_str()), ("/a/https://c", "b.test a.test "));
        assert_eq!(Glimpse::of_http1(b"GET /\x01\xe9?secret").asked, "GET /\\x01\\xe9");
        assert_eq!(Glimpse::of_http1(b"").asked, " ");
        assert!(Glimpse::of_http1(&[b"GET /", "a".repeat(9000).as_bytes()].concat()).asked.len() <= MOST_ASKED);
    }

    #[test]
    fn fields_of_http2_say_the_same() {
        let mut fields = HeaderMap::new();
        fields.insert("accept", http::HeaderValue::from_static("text/html"));
        let glimpse = Glimpse::of_http2(&Method::GET, &Uri::from_static("https://b.test/a?b"), &fields);
        assert!(glimpse.takes_html && glimpse.asked == "GET /a" && glimpse.hosts == "b.test ");
        assert!(!Glimpse::of_http2(&Method::GET, &Uri::from_static("b.test:1"), &HeaderMap::new()).takes_html);
    }
}
