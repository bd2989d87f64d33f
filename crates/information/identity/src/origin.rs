//! Where an attempt to authenticate comes from: an address, a browser in which its person signed in before, or their open session.

use std::net::IpAddr;

use sekisho_model::SessionId;

use crate::identity::network;
use crate::random;
use crate::throttle::{Attempt, Key};

/// Where an attempt to authenticate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The address.
    pub address: IpAddr,
    /// The live session in which its person authenticates again. It has limits of its own, which nobody else uses up.
    pub session: Option<SessionId>,
    /// The number of a browser in which this person signed in before. It has limits of its own too.
    pub known: Option<[u8; 16]>,
}

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        Self { address, session: None, known: None }
    }
}

impl Origin {
    /// An attempt by a session's own person.
    #[must_use]
    pub const fn in_session(session: SessionId, address: IpAddr) -> Self {
        Self { address, session: Some(session), known: None }
    }

    /// An attempt from a browser in which the person signed in before.
    #[must_use]
    pub const fn in_known_browser(number: [u8; 16], address: IpAddr) -> Self {
        Self { address, session: None, known: Some(number) }
    }

    /// What an attempt with something that can be guessed counts as. `stranger` is the account, for an address that never signed in to
    /// it.
    pub(crate) fn guess(&self, key: &aws_lc_rs::hmac::Key, name: &str, stranger: Option<Key>) -> Attempt {
        let own = match (self.session, self.known) {
            (Some(session), _) => random::keyed(key, "session", &session.to_string()),
            (None, Some(number)) => random::keyed(key, "known", &format!("{name} {}", hex::encode(number))),
            (None, None) => {
                let network = network(self.address);
                return Attempt {
                    pair: random::keyed(key, "pair", &format!("{name} {network}")),
                    address: random::keyed(key, "address", &network),
                    stranger,
                };
            }
        };
        // Guesses from elsewhere do not count here, and those made here count nowhere else.
        Attempt { pair: own, address: own, stranger: None }
    }

    /// What an answer of a passkey counts as. Nobody guesses a signature: the ceremony is limited, and where it comes from, so that it
    /// cannot keep us verifying. Guesses at passwords do not count here: everybody in an office may share one address.
    pub(crate) fn ceremony(&self, key: &aws_lc_rs::hmac::Key, ceremony: &str) -> Attempt {
        let from = match self.session {
            Some(session) => random::keyed(key, "passkey-session", &session.to_string()),
            None => random::keyed(key, "passkey-address", &network(self.address)),
        };
        Attempt { pair: random::keyed(key, "ceremony", ceremony), address: from, stranger: None }
    }
}
