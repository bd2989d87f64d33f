//! How the authenticator and its browser behave: honestly by default, otherwise in one chosen way.

/// What the authenticator says and does. [`Behaviour::default`] is honest.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// The flag UP: somebody was there.
    pub user_present: bool,
    /// The flag UV: the person was verified by PIN or biometrics.
    pub user_verified: bool,
    /// The flag BE: the credential may be copied to other devices.
    pub backup_eligible: bool,
    /// The flag BS: the credential was copied to other devices.
    pub backed_up: bool,
    /// The signature counter.
    pub counter: Counter,
    /// The origin to claim, where it is not the one the page has.
    pub origin: Option<String>,
    /// The `type` of the client data to claim, where it is not the ceremony's.
    pub client_data_type: Option<String>,
    /// Claim that the ceremony ran in a frame of another site.
    pub cross_origin: bool,
    /// The relying party to hash, where it is not the one the options name.
    pub rp_id: Option<String>,
    /// The challenge to sign (base64url), where it is not the one the options bring: a replay.
    pub challenge: Option<String>,
    /// The user handle to answer with (base64url), where it is not the one the credential was made for.
    pub user_handle: Option<String>,
    /// Leave the user handle out, as authenticators may when the options list credentials.
    pub no_user_handle: bool,
    /// Use the first credential of that relying party even if the options do not allow it.
    pub ignore_allow_list: bool,
    /// Make another credential even if the options exclude one that is held.
    pub ignore_exclude_list: bool,
    /// Make every next credential with this identifier in place of a random one.
    pub credential_id: Option<Vec<u8>>,
    /// Spoil the signature.
    pub wrong_signature: bool,
    /// Write bytes after the end of the attestation object.
    pub trailing_bytes: bool,
}

/// What the signature counter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// It counts up by one at each use, as hardware keys do.
    Up,
    /// It always says this number; 0 is what synchronised passkeys say.
    Always(u32),
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            user_present: true,
            user_verified: true,
            backup_eligible: false,
            backed_up: false,
            counter: Counter::Up,
            origin: None,
            client_data_type: None,
            cross_origin: false,
            rp_id: None,
            challenge: None,
            user_handle: None,
            no_user_handle: false,
            ignore_allow_list: false,
            ignore_exclude_list: false,
            credential_id: None,
            wrong_signature: false,
            trailing_bytes: false,
        }
    }
}
