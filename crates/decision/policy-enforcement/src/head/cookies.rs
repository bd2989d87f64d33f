//! Cookies: ours are taken out by their exact name, the application's go on.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::{Malformed, SessionCookie};

/// The cookies of a request, ours apart from the application's.
#[derive(Debug, Clone, Default)]
pub struct Cookies {
    session: OneCookie,
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
                // The separator is `; `. Any other white space belongs to the name, which then is not ours.
                let crumb = if at == 0 { crumb } else { crumb.strip_prefix(b" ").unwrap_or(crumb) };
                cookies.sort(crumb, &mut others);
            }
        }
        cookies.forwarded = (!others.is_empty()).then(|| HeaderValue::from_bytes(&others).ok()).flatten();
        Ok(cookies)
    }

    fn sort(&mut self, crumb: &[u8], others: &mut Vec<u8>) {
        let name_end = crumb.iter().position(|byte| *byte == b'=').unwrap_or(crumb.len());
        let (name, value) = crumb.split_at_checked(name_end).unwrap_or((crumb, b""));
        if name == SessionCookie::NAME.as_bytes() {
            self.session.see(value);
        } else if name == FLOW_COOKIE.as_bytes() {
            self.flow.see(value);
        } else if !looks_like_ours(name) && !crumb.is_empty() {
            if !others.is_empty() {
                others.extend_from_slice(b"; ");
            }
            others.extend_from_slice(crumb);
        }
    }
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
