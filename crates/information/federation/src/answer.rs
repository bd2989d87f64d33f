//! A provider's answer, as the browser brings it back.

use http::HeaderMap;
use sekisho_web::cookies;
use serde::Deserialize;

use crate::redirection::cookie_name;
use crate::refusal::shown;

/// The query of the redirection address. Nothing of it is trusted before it fits the redirection that the browser holds.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ProviderAnswer {
    pub(crate) state: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) iss: Option<String>,
    error: Option<String>,
}

impl ProviderAnswer {
    /// The name of the cookie that this answer uses up.
    #[must_use]
    pub fn cookie(&self) -> String {
        cookie_name(self.state.as_deref().unwrap_or_default())
    }

    /// The sealed redirection that the browser holds for this answer.
    #[must_use]
    pub fn held<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        cookies::read(headers, &self.cookie()).filter(|value| value.len() <= 16 * 1024)
    }

    /// The error that the provider answers, if it does.
    pub(crate) fn error(&self) -> Option<String> {
        self.error.as_deref().map(shown)
    }
}
