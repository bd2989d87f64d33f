//! The capabilities of this program, in one list, and the state that they are given.

use sekisho_acme::Acme;
use sekisho_api_tokens::TokenUses;
use sekisho_capability::{Capability, Services};
use sekisho_control_plane::housekeeping;

/// Every capability. A new one is one line here, and a field of [`State`] where it has a state of its own.
pub(crate) const ALL: &[Capability<State>] =
    &[housekeeping::capability(), sekisho_api_tokens::capability(), sekisho_acme::capability()];

/// What capabilities are given. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// What every capability may use.
    pub(crate) services: Services,
    /// The last uses of API tokens.
    pub(crate) token_uses: TokenUses,
    /// Certificates from an ACME authority.
    pub(crate) acme: Acme,
}

impl AsRef<Services> for State {
    fn as_ref(&self) -> &Services {
        &self.services
    }
}

impl AsRef<Acme> for State {
    fn as_ref(&self) -> &Acme {
        &self.acme
    }
}

impl AsRef<TokenUses> for State {
    fn as_ref(&self) -> &TokenUses {
        &self.token_uses
    }
}
