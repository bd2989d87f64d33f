//! What decisions know of a live session.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::facts::Handle;
use crate::{MethodSet, Span, Timestamp};

/// A session's identifier: 128 random bits. Knowing it opens nothing: a cookie carries a keyed MAC over it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 16]);

impl SessionId {
    /// The identifier with those bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The identifier with that hexadecimal text.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The first 12 hexadecimal digits, enough for a person to tell sessions apart.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({})", self.short())
    }
}

impl Serialize for SessionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| serde::de::Error::custom("a session identifier is 32 hexadecimal digits"))
    }
}

/// So far may the clocks of processes on one store differ. What was signed beyond it in the future is not believed: its age,
/// and with it every policy that asks for a fresh authentication, would be wrong by as much.
pub const CLOCK_LEEWAY: Span = Span::from_seconds(60);

/// Whether a session that was authenticated and ends then is live now.
// INVARIANT I-5: an authentication that did not happen yet by this clock is no evidence.
#[must_use]
pub const fn is_live(authenticated_at: Timestamp, expires_at: Timestamp, now: Timestamp) -> bool {
    now.as_millis() < expires_at.as_millis() && authenticated_at.as_millis() <= now.plus(CLOCK_LEEWAY).as_millis()
}

/// A live session at one revision, with its subject and device resolved. Made by the policy information point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFacts {
    /// Which session.
    pub id: SessionId,
    /// Whose it is.
    pub subject: Handle,
    /// The device that proved its key in this session.
    pub device: Option<Handle>,
    /// When it began.
    pub established_at: Timestamp,
    /// When the subject last authenticated in it.
    pub authenticated_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// How the subject authenticated.
    pub methods: MethodSet,
    /// The highest authenticator assurance level that assessments of the session leave it; `None` where there are none.
    pub assurance_limit: Option<u8>,
    /// How many times the portal cookie was renewed (at every authentication). An older cookie is dead at the portal, and shows what the
    /// session could do before at applications that were not given a new one.
    pub rotation: u32,
}
