//! What the platform answered.

use http::HeaderMap;
use serde_json::Value;

use crate::Trouble;

/// One response, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The address that was asked.
    pub url: String,
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// A header field as text; empty when it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value, Trouble> {
        serde_json::from_str(&self.body)
            .map_err(Trouble::during(format!("{} {}: {}", self.status, self.url, self.body)))
    }

    /// The token of the page's forms.
    pub fn form_token(&self) -> Result<&str, Trouble> {
        let token = self.body.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        token.ok_or_else(|| Trouble::new(format!("{} {} has no form:\n{}", self.status, self.url, self.body)))
    }

    /// Itself, when it has that status.
    pub fn expect(self, status: u16) -> Result<Self, Trouble> {
        if self.status == status {
            Ok(self)
        } else {
            Err(Trouble::new(format!("{} instead of {status} from {}:\n{}", self.status, self.url, self.body)))
        }
    }
}
