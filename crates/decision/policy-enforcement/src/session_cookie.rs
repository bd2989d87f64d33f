//! The session cookie: which session, for which audience, under a keyed MAC. It holds nothing else.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_model::{ResourceId, SessionFacts, SessionId};

/// Session identifier, rotation, HMAC-SHA-256.
const LENGTH: usize = 16 + 4 + 32;

/// Whom a session cookie is for: the portal, or one application. A cookie of one opens no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience<'a> {
    /// The portal and its console.
    Portal,
    /// The application host of that resource.
    Application(&'a ResourceId),
    /// The terminal that holds the key with that SHA-256; without one, a machine that is not enrolled.
    Terminal(Option<&'a str>),
}

/// The key under which session cookies are made and checked.
#[derive(Clone)]
pub struct CookieKey(hmac::Key);

/// A session cookie whose MAC was right for the audience that asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionCookie {
    /// Which session.
    pub session: SessionId,
    /// The session's rotation when the cookie was made.
    pub rotation: u32,
}

impl CookieKey {
    /// The key with those secret bytes.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    fn context(&self, audience: Audience<'_>, session: SessionId, rotation: u32) -> hmac::Context {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"sekisho-session-v1");
        match audience {
            Audience::Portal => context.update(b"portal"),
            Audience::Application(resource) => {
                context.update(b"app:");
                context.update(resource.as_str().as_bytes());
            }
            Audience::Terminal(key) => {
                context.update(b"terminal:");
                context.update(key.unwrap_or_default().as_bytes());
            }
        }
        context.update(&[0]);
        context.update(session.as_bytes());
        context.update(&rotation.to_be_bytes());
        context
    }
}

impl std::fmt::Debug for CookieKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CookieKey")
    }
}

impl SessionCookie {
    /// The cookie's name. `__Host-`: only this host can have set it, for itself, over TLS, for every path.
    pub const NAME: &'static str = "__Host-sekisho";
    /// The name of its second copy for applications that pages of other sites may call. Browsers send it with every request; it is
    /// read only where an allowed origin asks.
    pub const CROSS_SITE_NAME: &'static str = "__Host-sekisho-cross-site";

    /// The cookie's value for an audience.
    #[must_use]
    pub fn value(&self, key: &CookieKey, audience: Audience<'_>) -> String {
        let tag = key.context(audience, self.session, self.rotation).sign();
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend_from_slice(self.session.as_bytes());
        bytes.extend_from_slice(&self.rotation.to_be_bytes());
        bytes.extend_from_slice(tag.as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The whole `Set-Cookie` value for an audience. A session cookie: it ends with the browser, and with the session.
    #[must_use]
    pub fn set(&self, key: &CookieKey, audience: Audience<'_>) -> String {
        format!("{}={}; Path=/; Secure; HttpOnly; SameSite=Lax", Self::NAME, self.value(key, audience))
    }

    /// The `Set-Cookie` value of the copy that browsers send for pages of other sites too.
    #[must_use]
    pub fn set_cross_site(&self, key: &CookieKey, application: &ResourceId) -> String {
        let value = self.value(key, Audience::Application(application));
        format!("{}={value}; Path=/; Secure; HttpOnly; SameSite=None", Self::CROSS_SITE_NAME)
    }

    /// The `Set-Cookie` value that removes the cookie.
    #[must_use]
    pub fn clear() -> String {
        format!("{}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0", Self::NAME)
    }

    /// Reads a cookie's value, if its MAC is right for this audience.
    #[must_use]
    pub fn read(key: &CookieKey, audience: Audience<'_>, value: &str) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        // Exactly one text is one value: the decoder refuses padding and stray bits.
        if value.len() != LENGTH.div_ceil(3) * 4 - 2 || URL_SAFE_NO_PAD.decode_slice(value, &mut bytes) != Ok(LENGTH) {
            return None;
        }
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (rotation, tag) = rest.split_first_chunk::<4>()?;
        let cookie = Self { session: SessionId::from_bytes(*id), rotation: u32::from_be_bytes(*rotation) };
        // INVARIANT I-15: the audience is under the MAC, so a cookie opens only the host that it was made for.
        let expected = key.context(audience, cookie.session, cookie.rotation).sign();
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_ref(), tag).ok()?;
        Some(cookie)
    }

    /// Whether the cookie speaks for a live session as it is. None from before does once the session gained something, by
    /// authentication or by the proof of a device: who copied one before gains nothing. An application's cookie is renewed by
    /// the next hand-over; until then it shows what the session could do before ([`World::session_before`]).
    ///
    /// [`World::session_before`]: sekisho_policy_information::World::session_before
    #[must_use]
    pub fn is_current(&self, session: &SessionFacts) -> bool {
        session.id == self.session && session.rotation == self.rotation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie() -> (CookieKey, SessionCookie) {
        (CookieKey::new(&[7; 32]), SessionCookie { session: SessionId::from_bytes([9; 16]), rotation: 3 })
    }

    #[test]
    fn i15_a_cookie_opens_its_own_audience() {
        let (key, cookie) = cookie();
        let wiki: ResourceId = "wiki".parse().expect("an id");
        for audience in
            [Audience::Portal, Audience::Application(&wiki), Audience::Terminal(None), Audience::Terminal(Some("ab"))]
        {
            assert_eq!(SessionCookie::read(&key, audience, &cookie.value(&key, audience)), Some(cookie));
        }
    }

    #[test]
    fn i15_a_cookie_dies_when_its_session_gains_something() {
        let (_, cookie) = cookie();
        let interner = sekisho_model::facts::Interner::new();
        let subject = interner.intern(sekisho_model::facts::EntityType::User, "alice").expect("a handle");
        let at = sekisho_model::Timestamp::default();
        let session = SessionFacts {
            id: cookie.session,
            subject,
            device: None,
            established_at: at,
            authenticated_at: at,
            expires_at: at,
            methods: sekisho_model::MethodSet::EMPTY,
            assurance_limit: None,
            rotation: 3,
        };
        assert!(cookie.is_current(&session));
        assert!(!cookie.is_current(&SessionFacts { rotation: 4, ..session.clone() }));
        assert!(!cookie.is_current(&SessionFacts { id: SessionId::from_bytes([8; 16]), ..session }));
    }

    #[test]
    fn i15_a_cookie_opens_no_other_audience() {
        let (key, cookie) = cookie();
        let (wiki, payroll, portal): (ResourceId, ResourceId, ResourceId) =
            ("wiki".parse().expect("id"), "payroll".parse().expect("id"), "portal".parse().expect("id"));
        let audiences = [
            Audience::Portal,
            Audience::Application(&wiki),
            Audience::Application(&payroll),
            Audience::Application(&portal),
            Audience::Terminal(None),
            Audience::Terminal(Some("ab")),
            Audience::Terminal(Some("cd")),
        ];
        for made in audiences {
            for read in audiences.into_iter().filter(|read| *read != made) {
                assert_eq!(SessionCookie::read(&key, read, &cookie.value(&key, made)), None, "{made:?} at {read:?}");
            }
        }
    }

    #[test]
    fn i15_no_altered_cookie_is_read() {
        let (key, cookie) = cookie();
        let value = cookie.value(&key, Audience::Portal);
        for at in 0..value.len() {
            for other in "AZaz09-_=+/ \"%".chars() {
                let mut altered: Vec<char> = value.chars().collect();
                if altered[at] == other {
                    continue;
                }
                altered[at] = other;
                let altered: String = altered.into_iter().collect();
                assert_eq!(SessionCookie::read(&key, Audience::Portal, &altered), None, "{altered}");
            }
        }
        for wrong in [
            "",
            "AAAA",
            value.get(1..).unwrap_or_default(),
            &format!("{value}="),
            &format!("{value}A"),
            &format!("\"{value}\""),
        ] {
            assert_eq!(SessionCookie::read(&key, Audience::Portal, wrong), None, "{wrong}");
        }
        assert_eq!(SessionCookie::read(&CookieKey::new(&[8; 32]), Audience::Portal, &value), None);
    }
}
