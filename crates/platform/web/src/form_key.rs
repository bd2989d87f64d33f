//! The key behind form tokens and behind what the browser holds before anybody is signed in. Nothing is kept on the server.

use aws_lc_rs::{constant_time, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_model::{SessionId, Span, Timestamp, UserId};

/// How long a browser may sit on the sign-in page.
const BROWSER_LENGTH: Span = Span::from_minutes(12 * 60);

/// A key of 32 secret bytes.
#[derive(Clone)]
pub struct FormKey(hmac::Key);

impl std::fmt::Debug for FormKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FormKey")
    }
}

/// What a form token is bound to. Nobody else can use the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A live session.
    Session(SessionId),
    /// A browser that is not signed in, by the number in its signed cookie.
    Browser([u8; 16]),
}

impl FormKey {
    /// The key with those secret bytes.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The form token of a holder.
    pub(crate) fn token(&self, holder: Holder) -> String {
        let (kind, bytes) = match holder {
            Holder::Session(session) => (b"sekisho-form-session\0".as_slice(), *session.as_bytes()),
            Holder::Browser(number) => (b"sekisho-form-browser\0".as_slice(), number),
        };
        URL_SAFE_NO_PAD.encode(self.tag(kind, &bytes))
    }

    /// Whether a token is the holder's.
    pub(crate) fn is_token(&self, holder: Holder, token: &str) -> bool {
        constant_time::verify_slices_are_equal(self.token(holder).as_bytes(), token.as_bytes()).is_ok()
    }

    /// The value of the cookie that gives a browser its number.
    pub(crate) fn browser_cookie(&self, number: [u8; 16], now: Timestamp) -> String {
        let mut bytes = Vec::with_capacity(56);
        bytes.extend_from_slice(&number);
        bytes.extend_from_slice(&now.as_millis().to_be_bytes());
        let tag = self.tag(b"sekisho-browser\0", &bytes);
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The number in such a cookie, if we made it and it is not too old.
    pub(crate) fn read_browser(&self, value: &str, now: Timestamp) -> Option<[u8; 16]> {
        let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
        let (body, tag) = bytes.split_at_checked(24)?;
        constant_time::verify_slices_are_equal(&self.tag(b"sekisho-browser\0", body), tag).ok()?;
        let (number, made_at) = body.split_first_chunk::<16>()?;
        let made_at = Timestamp::from_millis(i64::from_be_bytes(made_at.try_into().ok()?));
        (now.since(made_at) >= Span::ZERO && now.since(made_at) < BROWSER_LENGTH).then_some(*number)
    }

    /// The value of the cookie by which a browser shows that a person signed in there before. It opens nothing.
    pub(crate) fn known_cookie(&self, user: &UserId, number: [u8; 16]) -> String {
        let mut bytes = number.to_vec();
        bytes.extend(self.known_tag(user.as_str(), number));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The number in such a cookie, if we made it for the person of that name.
    pub(crate) fn read_known(&self, value: &str, user: &str) -> Option<[u8; 16]> {
        let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
        let (number, tag) = bytes.split_first_chunk::<16>()?;
        constant_time::verify_slices_are_equal(&self.known_tag(user, *number), tag).ok()?;
        Some(*number)
    }

    fn known_tag(&self, user: &str, number: [u8; 16]) -> Vec<u8> {
        self.tag(b"sekisho-known\0", &[number.as_slice(), user.as_bytes()].concat())
    }

    fn tag(&self, kind: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(kind);
        context.update(bytes);
        context.sign().as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i18_a_form_token_is_its_holders_alone() {
        let key = FormKey::new(&[1; 32]);
        let holders = [
            Holder::Session(SessionId::from_bytes([1; 16])),
            Holder::Session(SessionId::from_bytes([2; 16])),
            Holder::Browser([1; 16]),
            Holder::Browser([2; 16]),
        ];
        for made in holders {
            for read in holders {
                assert_eq!(key.is_token(read, &key.token(made)), made == read, "{made:?} at {read:?}");
            }
            assert!(!FormKey::new(&[2; 32]).is_token(made, &key.token(made)));
            assert!(!key.is_token(made, ""));
        }
    }

    #[test]
    fn a_known_browser_is_known_to_one_person() {
        let key = FormKey::new(&[1; 32]);
        let value = key.known_cookie(&"alice".parse().expect("a name"), [7; 16]);
        assert_eq!(key.read_known(&value, "alice"), Some([7; 16]));
        for other in ["bob", "alic", "alice2", ""] {
            assert_eq!(key.read_known(&value, other), None, "{other}");
        }
        assert_eq!(FormKey::new(&[2; 32]).read_known(&value, "alice"), None);
        for wrong in ["", "AAAA", value.get(..40).unwrap_or_default()] {
            assert_eq!(key.read_known(wrong, "alice"), None, "{wrong}");
        }
    }

    #[test]
    fn a_browser_cookie_is_ours_and_young_or_nothing() {
        let key = FormKey::new(&[1; 32]);
        let made = Timestamp::from_millis(1_000_000);
        let value = key.browser_cookie([7; 16], made);
        assert_eq!(key.read_browser(&value, made), Some([7; 16]));
        assert_eq!(key.read_browser(&value, made.plus(BROWSER_LENGTH)), None);
        assert_eq!(FormKey::new(&[2; 32]).read_browser(&value, made), None);
        for at in 0..value.len() {
            let mut altered: Vec<u8> = value.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).expect("text");
            assert_eq!(key.read_browser(&altered, made), None, "{altered}");
        }
        for wrong in ["", "AAAA", &value.chars().skip(4).collect::<String>()] {
            assert_eq!(key.read_browser(wrong, made), None, "{wrong}");
        }
    }
}
