//! Sending a person to a provider: an authorization request with PKCE, state and nonce, and the cookie that holds what the answer must fit.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_model::{SessionId, Span, Timestamp};
use sekisho_web::address::encode;
use serde::{Deserialize, Serialize};

use crate::federation::Provider;
use crate::{Federation, Refusal};

/// How long a person may take at the provider.
const LIFETIME: Span = Span::from_minutes(10);
/// How long ago, in seconds, the person may have authenticated at the provider. An authentication opens a session for five minutes here.
pub(crate) const MAX_AGE: i64 = 300;
/// Begins the names of the cookies that hold redirections. Each redirection has its own, so that tabs do not void each other's.
const COOKIE: &str = "__Host-sekisho-redirection-";
/// What the seal is good for: a redirection cannot be taken for another sealed text.
const CONTEXT: &str = "federation/redirection";

/// Why a person is sent to a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To sign in, or to authenticate again in a session.
    SignIn,
    /// To link the subject to the account of this session.
    Link(SessionId),
}

/// A redirection, as the browser holds it, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Redirection {
    pub(crate) provider: String,
    pub(crate) issuer: String,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    pub(crate) purpose: Purpose,
    /// The query that carries where to go on to, checked again when it is used.
    pub(crate) query: String,
    pub(crate) until: Timestamp,
}

/// Where a person is sent, and the cookie that their browser keeps meanwhile.
#[derive(Debug)]
pub struct Sent {
    /// The authorization request.
    pub url: String,
    /// The name of the provider.
    pub provider: String,
    /// The cookie's name.
    pub cookie: String,
    /// The cookie's value.
    pub value: String,
    /// How long the cookie lasts, in seconds.
    pub seconds: u32,
}

impl Federation {
    /// Begins a redirection. `again` asks the provider to authenticate the person now, whatever it remembers.
    ///
    /// # Errors
    /// [`Refusal::NoProvider`]; [`Refusal::Unusable`] when the provider cannot be asked for its metadata.
    pub async fn begin(&self, provider: &str, purpose: Purpose, query: &str, again: bool) -> Result<Sent, Refusal> {
        let provider = self.enabled(provider).await?;
        let known = self.known(&provider).await?;
        let now = self.services.clock.now();
        let redirection = Redirection {
            provider: provider.document.id.to_string(),
            issuer: provider.document.issuer.to_string(),
            state: self.random()?,
            nonce: self.random()?,
            verifier: self.random()?,
            purpose,
            query: query.to_owned(),
            until: now.plus(LIFETIME),
        };
        let bytes = serde_json::to_vec(&redirection).map_err(|_| Refusal::Unavailable)?;
        let value = self.services.store.seal(&bytes, CONTEXT)?;
        // Sealed texts are base64 with `+` and `/`, which a cookie may hold.
        Ok(Sent {
            url: self.request(&provider, &known.metadata.authorization_endpoint, &redirection, again),
            provider: provider.document.name,
            cookie: cookie_name(&redirection.state),
            value,
            seconds: u32::try_from(LIFETIME.as_seconds()).unwrap_or_default(),
        })
    }

    /// The redirection that a browser holds under an answer's state, when it is one of ours and of that provider.
    pub(crate) fn opened(&self, provider: &Provider, sealed: &str) -> Option<Redirection> {
        let bytes = self.services.store.unseal(sealed, CONTEXT).ok()?;
        let redirection: Redirection = serde_json::from_slice(&bytes).ok()?;
        // The document may have got another issuer meanwhile.
        let fits = redirection.provider == provider.document.id.as_str()
            && redirection.issuer == provider.document.issuer.as_str();
        fits.then_some(redirection)
    }

    fn request(&self, provider: &Provider, endpoint: &str, redirection: &Redirection, again: bool) -> String {
        let document = &provider.document;
        let others = document.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid");
        let scope = std::iter::once("openid").chain(others).collect::<Vec<_>>().join(" ");
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, redirection.verifier.as_bytes()));
        let (redirect_uri, max_age) = (self.redirect_uri(&document.id), MAX_AGE.to_string());
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", document.client_id.as_str()),
            ("redirect_uri", redirect_uri.as_str()),
            ("scope", scope.as_str()),
            ("state", redirection.state.as_str()),
            ("nonce", redirection.nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("max_age", max_age.as_str()),
        ];
        if again {
            parameters.push(("prompt", "login"));
        }
        let pairs: Vec<String> =
            parameters.into_iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let mark = if endpoint.contains('?') { '&' } else { '?' };
        format!("{endpoint}{mark}{}", pairs.join("&"))
    }

    fn random(&self) -> Result<String, Refusal> {
        Ok(URL_SAFE_NO_PAD.encode(self.services.entropy.bytes::<32>()?.as_slice()))
    }
}

/// The name of the cookie of the redirection with that state.
pub(crate) fn cookie_name(state: &str) -> String {
    let short = state.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(12);
    format!("{COOKIE}{}", short.collect::<String>())
}
