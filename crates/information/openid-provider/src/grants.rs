//! Codes and tokens: random texts, of which only hashes are kept, in one-time documents that are sealed.
//!
//! What one code gave is a family: one access token and, where it was asked for, one refresh token. A refresh puts new ones in their
//! place. Who shows a code or a refresh token that has served ends the family, because two hold what one should hold.

use std::collections::BTreeSet;
use std::net::IpAddr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sekisho_capability::{ChangeError, consume, maintain};
use sekisho_model::documents::{Client, ClientScope, Kind};
use sekisho_model::{Actor, Name, SessionId, Span, Timestamp};
use sekisho_store::{Expected, Write};
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::OpenIdProvider;
use crate::acts::CLIENT_TOKENS_ENDED;
use crate::clients::target;
use crate::refusal::Refusal;

/// How long a code counts. A browser follows the redirection at once.
const CODE_LIFE: Span = Span::from_seconds(60);
/// How long an access token counts.
pub(crate) const ACCESS_LIFE: Span = Span::from_minutes(10);
/// How access and refresh tokens begin.
const ACCESS: &str = "soa_";
const REFRESH: &str = "sor_";

/// What a person's sign-in gave an application.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(crate) client: Name,
    /// The session in which the person signed in.
    pub(crate) session: SessionId,
    /// The person.
    pub(crate) subject: String,
    /// The address that the person signed in from: it is what later decisions are about.
    pub(crate) address: IpAddr,
    pub(crate) scopes: BTreeSet<ClientScope>,
    pub(crate) nonce: Option<String>,
}

/// What a code stands for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    /// The hash of the verifier that only who asked knows.
    pub(crate) challenge: String,
    pub(crate) expires_at: Timestamp,
}

/// The tokens of one sign-in.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Family {
    pub(crate) grant: Grant,
    access: String,
    access_until: Timestamp,
    refresh: Option<String>,
    expires_at: Timestamp,
}

/// New tokens.
pub(crate) struct Tokens {
    pub(crate) access: Zeroizing<String>,
    pub(crate) refresh: Option<Zeroizing<String>>,
}

impl OpenIdProvider {
    /// Makes a code.
    pub(crate) async fn make_code(
        &self,
        grant: Grant,
        redirect_uri: String,
        challenge: String,
        now: Timestamp,
    ) -> Result<Zeroizing<String>, Refusal> {
        let text = Zeroizing::new(BASE64.encode(self.services.entropy.bytes::<32>()?.as_slice()));
        let code = Code { grant, redirect_uri, challenge, expires_at: now.plus(CODE_LIFE) };
        let (id, body) = (code_place(&sha256(text.as_bytes())), serde_json::to_value(&code)?);
        let write = Write::Put { kind: Kind::OneTime, id, expected: Expected::New, body };
        maintain(&self.services.store, vec![write], now).await?;
        Ok(text)
    }

    /// Consumes a code for the application that proved itself. The code never works again, whatever the result is. Returns what it stands
    /// for and the name of its family.
    ///
    /// # Errors
    /// [`Refusal::Grant`] when it does not count. One that has served ends what it gave.
    pub(crate) async fn redeem(
        &self,
        (code, redirect_uri, verifier): (&str, &str, &str),
        client: &Client,
        now: Timestamp,
    ) -> Result<(Grant, String), Refusal> {
        let family = sha256(code.as_bytes());
        let Some(document) = consume(&self.services.store, &code_place(&family)).await? else {
            self.end_family(&family, "code-replayed", now).await?;
            return Err(Refusal::Grant);
        };
        let code: Code = serde_json::from_value(document.body)?;
        // INVARIANT I-70: a code counts once, for the application that it was made for, at its address, with the verifier of its request.
        let holds = now < code.expires_at
            && code.grant.client == client.id
            && code.redirect_uri == redirect_uri
            && fits(&code.challenge, verifier);
        match holds {
            true => Ok((code.grant, family)),
            false => Err(Refusal::Grant),
        }
    }

    /// Puts new tokens in place of those of a family.
    ///
    /// # Errors
    /// [`Refusal::Grant`] when somebody else did at the same time.
    pub(crate) async fn make_tokens(
        &self,
        (family, expected): (&str, Expected),
        grant: Grant,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Tokens, Refusal> {
        let access = self.token(ACCESS, family)?;
        let refresh = match grant.scopes.contains(&ClientScope::OfflineAccess) {
            true => Some(self.token(REFRESH, family)?),
            false => None,
        };
        let body = Family {
            grant,
            access: sha256(access.as_bytes()),
            access_until: earlier(now.plus(ACCESS_LIFE), until),
            expires_at: if refresh.is_some() { until } else { earlier(now.plus(ACCESS_LIFE), until) },
            refresh: refresh.as_ref().map(|token| sha256(token.as_bytes())),
        };
        let body = serde_json::to_value(&body)?;
        let write = Write::Put { kind: Kind::OneTime, id: family_place(family), expected, body };
        match maintain(&self.services.store, vec![write], now).await {
            Ok(_) => Ok(Tokens { access, refresh }),
            Err(ChangeError::Conflict { .. }) => {
                self.end_family(family, "used-twice", now).await?;
                Err(Refusal::Grant)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The family of an access token that counts.
    pub(crate) async fn of_access(&self, token: &str, now: Timestamp) -> Result<Family, Refusal> {
        let name = family_of(token, ACCESS).ok_or(Refusal::Token)?;
        let (family, _) = self.family(name).await?.ok_or(Refusal::Token)?;
        match is_hash(&family.access, token) && now < family.access_until {
            true => Ok(family),
            false => Err(Refusal::Token),
        }
    }

    /// The family of a refresh token that counts, its name and its revision. A token that has served ends its family.
    pub(crate) async fn of_refresh<'t>(
        &self,
        token: &'t str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(Family, &'t str, u64), Refusal> {
        let name = family_of(token, REFRESH).ok_or(Refusal::Grant)?;
        let (family, revision) = self.family(name).await?.ok_or(Refusal::Grant)?;
        if family.grant.client != client.id || family.expires_at <= now {
            return Err(Refusal::Grant);
        }
        // INVARIANT I-70: a refresh token counts once; one that has served ends the family.
        if !family.refresh.as_deref().is_some_and(|kept| is_hash(kept, token)) {
            self.end_family(name, "refresh-token-replayed", now).await?;
            return Err(Refusal::Grant);
        }
        Ok((family, name, revision))
    }

    /// Ends the tokens of a sign-in, where there are any, and records why.
    pub(crate) async fn end_family(&self, name: &str, why: &'static str, now: Timestamp) -> Result<(), Refusal> {
        let Some(document) = consume(&self.services.store, &family_place(name)).await? else { return Ok(()) };
        let Ok(family) = serde_json::from_value::<Family>(document.body) else { return Ok(()) };
        let Grant { client, session, subject, .. } = family.grant;
        let begun = self.services.changes.begin(Actor::System, CLIENT_TOKENS_ENDED, target(&client));
        let detail = json!({ "why": why, "user": subject, "session": session.short() });
        begun.detail(detail).note(now).await?;
        self.count("tokens-ended");
        Ok(())
    }

    async fn family(&self, name: &str) -> Result<Option<(Family, u64)>, Refusal> {
        let Some(document) = self.services.store.get(Kind::OneTime, &family_place(name)).await? else {
            return Ok(None);
        };
        Ok(Some((serde_json::from_value(document.body)?, document.revision)))
    }

    fn token(&self, beginning: &str, family: &str) -> Result<Zeroizing<String>, Refusal> {
        let secret = Zeroizing::new(BASE64.encode(self.services.entropy.bytes::<32>()?.as_slice()));
        Ok(Zeroizing::new(format!("{beginning}{family}_{}", secret.as_str())))
    }
}

/// Whether a verifier is the one of a challenge (RFC 7636, S256).
pub(crate) fn fits(challenge: &str, verifier: &str) -> bool {
    let is_verifier = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let hash = BASE64.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(is_verifier)
        && bool::from(hash.as_bytes().ct_eq(challenge.as_bytes()))
}

/// Hexadecimal SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

fn is_hash(kept: &str, token: &str) -> bool {
    sha256(token.as_bytes()).as_bytes().ct_eq(kept.as_bytes()).into()
}

/// The family that a token names.
fn family_of<'t>(token: &'t str, beginning: &str) -> Option<&'t str> {
    let (family, _) = token.strip_prefix(beginning)?.split_once('_')?;
    (family.len() == 64 && token.len() < 256).then_some(family)
}

fn earlier(one: Timestamp, other: Timestamp) -> Timestamp {
    if one < other { one } else { other }
}

fn code_place(hash: &str) -> String {
    format!("openid-code.{hash}")
}

fn family_place(name: &str) -> String {
    format!("openid-tokens.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i70_a_verifier_fits_its_own_challenge_alone() {
        // The example of RFC 7636, appendix B.
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(fits(challenge, verifier));
        for wrong in [challenge, "", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", "short"] {
            assert!(!fits(challenge, wrong), "{wrong}");
        }
        assert!(!fits(verifier, verifier), "a plain challenge");
    }

    #[test]
    fn a_token_names_its_family() {
        let family = sha256(b"code");
        assert_eq!(family_of(&format!("soa_{family}_x"), ACCESS), Some(family.as_str()));
        for wrong in [format!("sor_{family}_x"), format!("soa_{family}"), "soa_short_x".to_owned(), String::new()] {
            assert_eq!(family_of(&wrong, ACCESS), None, "{wrong}");
        }
    }
}
