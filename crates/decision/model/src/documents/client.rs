//! Applications that sign people in with the platform as their OpenID provider.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::bounded::bounded;
use super::text_form::text_form;
use crate::{Name, ResourceId};

/// A registered application. Each sign-in at it is an access to its resource, which policies decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The identifier that it names itself with (`client_id`).
    pub id: Name,
    /// The name that people read.
    pub name: String,
    /// Whether it may sign people in.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The resource that it stands for: who may read that may sign in.
    pub resource: ResourceId,
    /// Where people may be sent back to, byte for byte.
    pub redirect_uris: BTreeSet<RedirectUri>,
    /// Where people may be sent to when they have signed out, byte for byte.
    #[serde(default)]
    pub post_logout_redirect_uris: BTreeSet<RedirectUri>,
    /// Whether it keeps a secret. Without one it is a program on the person's own device, which PKCE alone protects.
    #[serde(default = "yes")]
    pub confidential: bool,
    /// What it may learn beside `openid`.
    #[serde(default)]
    pub scopes: BTreeSet<ClientScope>,
    /// How long an ID token counts, in minutes.
    #[serde(default = "five", deserialize_with = "bounded::<_, 1, 60>")]
    pub id_token_minutes: u8,
}

/// What a registered application may ask for beside `openid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientScope {
    /// The person's name.
    Profile,
    /// The person's mail address.
    Email,
    /// The groups that the person is in.
    Groups,
    /// A refresh token, for as long as the session lasts.
    OfflineAccess,
}

impl ClientScope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Profile, Self::Email, Self::Groups, Self::OfflineAccess];

    /// The scope's registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Groups => "groups",
            Self::OfflineAccess => "offline_access",
        }
    }
}

/// An address that people are sent to: `https`, or `http` on the person's own device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

impl RedirectUri {
    /// The longest address, in bytes.
    const MAX_LENGTH: usize = 512;

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RedirectUri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let host = |rest: &str| rest.split(['/', '?']).next().unwrap_or_default().to_owned();
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\' | b'@' | b'*'));
        let is_whole = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => !host(rest).is_empty() && !host(rest).starts_with(':'),
            (None, Some(rest)) => is_loopback(&host(rest)),
            (None, None) => false,
        };
        match is_plain && is_whole && text.len() <= Self::MAX_LENGTH {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "`{}` is not an address to send people to: write a whole `https` address without fragment, or `http` with 127.0.0.1, [::1] or localhost",
                text.escape_debug()
            )),
        }
    }
}

text_form!(RedirectUri);

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an authority is the device's own.
fn is_loopback(authority: &str) -> bool {
    ["127.0.0.1", "[::1]", "localhost"].iter().any(|host| {
        let rest = authority.strip_prefix(host);
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
        })
    })
}

impl Client {
    /// What a document must be beyond the types of its fields.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.name.is_empty() || self.name.len() > 256 {
            return Err("`name`: write 1 to 256 bytes".to_owned());
        }
        let most = self.redirect_uris.len().max(self.post_logout_redirect_uris.len());
        match (1..=32).contains(&self.redirect_uris.len()) && most <= 32 {
            true => Ok(()),
            false => Err("`redirect_uris`: write 1 to 32 addresses, and at most 32 for signing out".to_owned()),
        }
    }
}

const fn yes() -> bool {
    true
}

const fn five() -> u8 {
    5
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::documents::Kind;

    fn client(more: &Value) -> Value {
        let mut body =
            json!({ "id": "wiki", "name": "Wiki", "resource": "wiki", "redirect_uris": ["https://wiki.example/cb"] });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        body
    }

    #[test]
    fn a_client_is_read_with_its_defaults() {
        let read = Kind::Client.normalise(&client(&json!({}))).expect("a client");
        assert_eq!((&read["confidential"], &read["id_token_minutes"]), (&json!(true), &json!(5)));
        for uri in ["http://127.0.0.1:8000/cb", "http://localhost/cb", "http://[::1]:9/cb?a=b"] {
            assert!(Kind::Client.normalise(&client(&json!({ "redirect_uris": [uri] }))).is_ok(), "{uri}");
        }
    }

    #[test]
    fn what_is_no_client_is_refused() {
        for wrong in [
            json!({ "redirect_uris": [] }),
            json!({ "redirect_uris": ["http://wiki.example/cb"] }),
            json!({ "redirect_uris": ["https://"] }),
            json!({ "redirect_uris": ["https://wiki.example/cb#x"] }),
            json!({ "redirect_uris": ["https://wiki.example@evil.example/"] }),
            json!({ "redirect_uris": ["https://*.wiki.example/"] }),
            json!({ "redirect_uris": ["http://localhost.evil.example/"] }),
            json!({ "redirect_uris": ["http://127.0.0.1:x/"] }),
            json!({ "post_logout_redirect_uris": ["javascript:x"] }),
            json!({ "scopes": ["admin"] }),
            json!({ "id_token_minutes": 0 }),
            json!({ "secret": "x" }),
        ] {
            assert!(Kind::Client.normalise(&client(&wrong)).is_err(), "{wrong}");
        }
    }
}
