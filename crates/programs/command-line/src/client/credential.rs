//! What speaks for a command at a platform elsewhere. It is in no message, and overwritten in memory when dropped.

use std::fmt;

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::Failure;

/// The environment variable that holds an API token. It is never an option: other users of a machine see arguments.
pub(crate) const TOKEN: &str = "SEKISHO_TOKEN";
/// What every API token begins with.
const BEGINNING: &str = "sekisho_";

/// A bearer credential.
#[derive(Clone)]
pub(crate) struct Credential {
    secret: Zeroizing<String>,
    /// What helps when it is refused.
    pub(super) remedy: &'static str,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

impl Credential {
    /// The API token of the environment, if there is one.
    ///
    /// # Errors
    /// When the variable holds something else than a token.
    pub(crate) fn of_environment() -> Result<Option<Self>, Failure> {
        let Some(value) = std::env::var_os(TOKEN).filter(|value| !value.is_empty()) else { return Ok(None) };
        // What is wrong with it is not told in its own words.
        let wrong = || Failure::usage(format_args!("{TOKEN} holds no API token: one begins with `{BEGINNING}`"));
        Self::token(Zeroizing::new(value.into_string().map_err(|_| wrong())?)).ok_or_else(wrong).map(Some)
    }

    /// An API token.
    pub(super) fn token(secret: Zeroizing<String>) -> Option<Self> {
        let rest = secret.strip_prefix(BEGINNING)?;
        let legible = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic());
        let remedy = "the token in SEKISHO_TOKEN may have expired or been revoked: have a new one made with `sekisho token make`";
        legible.then_some(Self { secret, remedy })
    }

    /// What `sekisho login` left.
    pub(crate) fn session(secret: &str) -> Self {
        let remedy = "the session may have ended: run `sekisho login`";
        Self { secret: Zeroizing::new(secret.to_owned()), remedy }
    }

    /// The value of `Authorization` (RFC 6750, 2.1).
    pub(super) fn header(&self) -> Result<HeaderValue, Failure> {
        let text = Zeroizing::new(format!("Bearer {}", self.secret.as_str()));
        let mut value =
            HeaderValue::try_from(text.as_str()).map_err(|_| Failure::usage("the credential is not usable"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// A text without this credential: an answer may repeat it.
    pub(super) fn hidden(&self, text: &str) -> String {
        text.replace(self.secret.as_str(), "(the credential)")
    }
}
