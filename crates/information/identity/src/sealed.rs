//! The state of a sign-in under way, sealed and held by the browser: nothing is stored for people who have not proven
//! anything, so there is nothing to fill up.

use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::DiscoverableAuthentication;
use zeroize::Zeroizing;

use sekisho_model::{Span, Timestamp, UserId};

use crate::Failure;
use crate::failure::unavailable;
use crate::identity::Inner;

/// How long a step of a sign-in or of a registration may take.
pub(crate) const LIFETIME: Span = Span::from_minutes(5);

/// A sign-in under way.
#[derive(Serialize, Deserialize)]
pub(crate) enum State {
    /// The password was right; a second factor is needed.
    SecondFactor {
        /// Whose password.
        user: UserId,
        /// When that password was set: another password makes this state worthless.
        password_set_at: Timestamp,
        /// The number of the browser, where that person had signed in there before.
        #[serde(default)]
        known: Option<[u8; 16]>,
    },
    /// A passkey was asked for.
    Passkey {
        /// The ceremony's identifier, by which it is used up.
        ceremony: String,
        /// The name that was typed, if any.
        user: Option<String>,
        /// The challenge and what was required.
        state: Box<DiscoverableAuthentication>,
    },
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    until: Timestamp,
    state: State,
}

/// What the seal is good for: a state cannot be taken for another sealed text.
const CONTEXT: &str = "identity/sign-in";

impl Inner {
    /// Seals a state for the browser to hold.
    pub(crate) fn seal(&self, state: State, now: Timestamp) -> Result<String, Failure> {
        let sealed = Sealed { until: now.plus(LIFETIME), state };
        let bytes = serde_json::to_vec(&sealed).map(Zeroizing::new);
        let bytes = bytes.map_err(|error| unavailable("seal a sign-in", &error))?;
        self.store.seal(&bytes, CONTEXT).map_err(|error| unavailable("seal a sign-in", &error))
    }

    /// Opens a state that a browser sent back, if it is ours and not too old; and when it expires.
    pub(crate) fn open(&self, text: &str, now: Timestamp) -> Result<(State, Timestamp), Failure> {
        if text.len() > 16 * 1024 {
            return Err(Failure::Expired);
        }
        let bytes = self.store.unseal(text, CONTEXT).map_err(|_| Failure::Expired)?;
        let sealed: Sealed = serde_json::from_slice(&bytes).map_err(|_| Failure::Expired)?;
        if now >= sealed.until {
            return Err(Failure::Expired);
        }
        Ok((sealed.state, sealed.until))
    }
}
