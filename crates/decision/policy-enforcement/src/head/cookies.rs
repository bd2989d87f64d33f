//! Cookies: ours are taken out by their exact name, the application's go on.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::{Malformed, SessionCookie};

/// The cookies of a request, ours apart from the application's.
#[derive(Debug, Clone, Default)]
pub struct Cookies {
    session: OneCookie,
    cross_site: OneCookie,
    flow: OneCookie,
    forwarded: Option<HeaderValue>,
}

/// A cookie that may occur once.
#[derive(Debug, Clone, Default)]
enum OneCookie {
    #[default]
    Absent,
    Once(String),
    Repeated,
}

/// The cookie that binds a sign-in to the browser that began it.
pub const FLOW_COOKIE: &str = "__Host-sekisho-flow";

impl Cookies {
    /// The session cookie's value. `None` when there is none, and when there are two: one of them may be an intruder's.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.value()
    }

    /// The value of the session cookie that browsers send for pages of other sites, under the same rule.
    #[must_use]
    pub(crate) fn cross_site(&self) -> Option<&str> {
        self.cross_site.value()
    }

    /// The flow cookie's value, under the same rule.
    #[must_use]
    pub fn flow(&self) -> Option<&str> {
        self.flow.value()
    }

    /// The application's own cookies in one field value; none of ours, nor anything that another parser could take for one.
    #[must_use]
    pub const fn forwarded(&self) -> Option<&HeaderValue> {
        self.forwarded.as_ref()
    }

    pub(super) fn read(fields: &HeaderMap, limit: usize) -> Result<Self, Malformed> {
        let mut cookies = Self::default();
        let mut others = Vec::new();
        let mut length = 0;
        for value in fields.get_all(COOKIE) {
            length += value.len() + 2;
            if length > limit + 2 {
                return Err(Malformed::CookiesTooLong);
            }
            for (at, crumb) in value.as_bytes().split(|byte| *byte == b';').enumerate() {
                cookies.sort(crumb, at == 0, &mut others);
            }
        }
        cookies.forwarded = (!others.is_empty()).then(|| HeaderValue::from_bytes(&others).ok()).flatten();
        Ok(cookies)
    }

    /// The cookies that only we set, in one field value, for our own hosts: whatever else a browser sends there was set by an
    /// application of the domain, and is nothing to us.
    pub(crate) fn own(fields: &HeaderMap) -> Option<HeaderValue> {
        let mut own: Vec<&[u8]> = Vec::new();
        for value in fields.get_all(COOKIE) {
            let crumbs = value.as_bytes().split(|byte| *byte == b';').enumerate();
            own.extend(
                crumbs
                    .map(|(at, crumb)| named(crumb, at == 0))
                    .filter(|crumb| crumb.starts_with(SessionCookie::NAME.as_bytes())),
            );
        }
        if own.is_empty() { None } else { HeaderValue::from_bytes(&own.join(&b"; "[..])).ok() }
    }

    fn sort(&mut self, raw: &[u8], is_first: bool, others: &mut Vec<u8>) {
        let crumb = named(raw, is_first);
        let name_end = crumb.iter().position(|byte| *byte == b'=').unwrap_or(crumb.len());
        let (name, value) = crumb.split_at_checked(name_end).unwrap_or((crumb, b""));
        if name == SessionCookie::NAME.as_bytes() {
            self.session.see(value);
        } else if name == SessionCookie::CROSS_SITE_NAME.as_bytes() {
            self.cross_site.see(value);
        } else if name == FLOW_COOKIE.as_bytes() {
            self.flow.see(value);
        } else if !looks_like_ours(name) && !crumb.is_empty() {
            // The application's own go on as they came, with the separators that stood before them.
            match (others.is_empty(), is_first) {
                (true, _) => others.extend_from_slice(crumb),
                (false, true) => others.extend([b"; ", crumb].concat()),
                (false, false) => others.extend([b";", raw].concat()),
            }
        }
    }
}

/// A crumb without the space that belongs to the separator `; `. Any other white space belongs to the name, which then is not
/// ours.
fn named(crumb: &[u8], is_first: bool) -> &[u8] {
    if is_first { crumb } else { crumb.strip_prefix(b" ").unwrap_or(crumb) }
}

/// Whether a laxer parser could read the name as one of ours.
fn looks_like_ours(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    name.get(..SessionCookie::NAME.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(SessionCookie::NAME.as_bytes()))
}

impl OneCookie {
    fn see(&mut self, value: &[u8]) {
        let value = value.strip_prefix(b"=").and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default();
        *self = match self {
            Self::Absent => Self::Once(value.to_owned()),
            Self::Once(_) | Self::Repeated => Self::Repeated,
        };
    }

    fn value(&self) -> Option<&str> {
        match self {
            Self::Once(value) => Some(value),
            Self::Absent | Self::Repeated => None,
        }
    }
}
