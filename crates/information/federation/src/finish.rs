//! What a provider's answer comes to: each check in its order, and only then an account.

use std::net::IpAddr;

use sekisho_capability::Built;
use sekisho_identity::{FederatedSubject, Origin, SignedIn, UsedRedirection, Vouched};
use sekisho_model::documents::{Kind, User};
use sekisho_model::{Actor, Timestamp, UserId};
use sekisho_store::{Expected, Write};
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq as _;

use crate::assurance::assurance;
use crate::claims::{described, is_mapped};
use crate::federation::Provider;
use crate::id_token::{Expected as Asked, IdToken, verified};
use crate::metadata::Known;
use crate::redirection::{MAX_AGE, Redirection};
use crate::token_request::{Exchange, Tokens, tokens, userinfo};
use crate::{Federation, ProviderAnswer, Purpose, Refusal};

/// The result of an answer, with the query that says where to go on to.
#[derive(Debug)]
pub enum Came {
    /// Somebody is signed in.
    SignedIn(SignedIn, String),
    /// The subject is linked to the account of the session.
    Linked,
}

impl Federation {
    /// Takes a provider's answer. `held` is the sealed redirection that the browser sent along.
    ///
    /// # Errors
    /// [`Refusal`] says why nobody is signed in; it is in the ledger when the answer belonged to a redirection of this browser.
    pub async fn finish(
        &self,
        provider: &str,
        answer: &ProviderAnswer,
        held: Option<&str>,
        address: IpAddr,
    ) -> Result<Came, Refusal> {
        let came = self.taken(provider, answer, held, address).await;
        self.count(came.as_ref().map_or_else(Refusal::code, |_| "ok"));
        came
    }

    async fn taken(
        &self,
        provider: &str,
        answer: &ProviderAnswer,
        held: Option<&str>,
        address: IpAddr,
    ) -> Result<Came, Refusal> {
        let (provider, now) = (self.enabled(provider).await?, self.services.clock.now());
        let redirection = held.and_then(|held| self.opened(&provider, held)).ok_or(Refusal::NotAsked)?;
        let said = answer.state.as_deref().unwrap_or_default();
        if !bool::from(said.as_bytes().ct_eq(redirection.state.as_bytes())) {
            return Err(Refusal::NotAsked);
        }
        let origin = Origin::from(address);
        let used = self.identity.use_redirection(&redirection.state, redirection.until, origin, now).await?;
        let outcome = self.vouched(&provider, &redirection, answer, used, now).await;
        // Identity has recorded what it refused.
        if let Err(refusal) = &outcome
            && !matches!(refusal, Refusal::Unlinked { .. } | Refusal::Identity(_))
        {
            self.record_refusal(&provider, refusal, address, now).await?;
        }
        outcome
    }

    async fn vouched(
        &self,
        provider: &Provider,
        redirection: &Redirection,
        answer: &ProviderAnswer,
        used: UsedRedirection,
        now: Timestamp,
    ) -> Result<Came, Refusal> {
        let known = self.known(provider).await?;
        // INVARIANT I-33: an answer names its issuer where the provider says so, and no other in any case (RFC 9207): no code of one
        // provider is sent to another.
        let names_issuer = known.metadata.authorization_response_iss_parameter_supported;
        match answer.iss.as_deref() {
            Some(issuer) if issuer != redirection.issuer => return Err(Refusal::OtherIssuer),
            None if names_issuer => return Err(Refusal::OtherIssuer),
            Some(_) | None => {}
        }
        if let Some(error) = answer.error() {
            return Err(Refusal::Declined(error));
        }
        let code = answer.code.as_deref().ok_or(Refusal::NotAsked)?;
        let (tokens, token) = self.exchanged(provider, &known, redirection, code, now).await?;
        let document = &provider.document;
        let subject = FederatedSubject {
            provider: document.id.clone(),
            issuer: redirection.issuer.clone(),
            subject: token.sub.clone(),
        };
        if let Purpose::Link(session) = &redirection.purpose {
            self.identity.link_own_federated(used, session, &subject, now).await?;
            return Ok(Came::Linked);
        }
        let mut claims = token.other.clone();
        if is_mapped(document) {
            claims.extend(userinfo(&known, &tokens, &token.sub).await?);
        }
        let level = assurance(document, token.acr.as_deref(), &token.amr);
        match self.identity.sign_in_federated(used, &subject, level, now).await? {
            Vouched::Unlinked => Err(Refusal::Unlinked { provider: document.name.clone(), subject: token.sub }),
            Vouched::SignedIn(signed_in) => {
                if is_mapped(document) {
                    self.take_claims(provider, &claims, signed_in.user(), now).await?;
                }
                Ok(Came::SignedIn(signed_in, redirection.query.clone()))
            }
        }
    }

    /// The tokens of a code, with the ID token verified. Keys are asked for again when the token names one that is not known.
    async fn exchanged(
        &self,
        provider: &Provider,
        known: &Known,
        redirection: &Redirection,
        code: &str,
        now: Timestamp,
    ) -> Result<(Tokens, IdToken), Refusal> {
        let (document, secret) = (&provider.document, self.secret(&provider.document.id).await?);
        let exchange = Exchange {
            client: &document.client_id,
            secret: secret.as_ref(),
            code,
            verifier: &redirection.verifier,
            redirect_uri: &self.redirect_uri(&document.id),
        };
        let tokens = tokens(known, &exchange).await?;
        let asked = Asked {
            issuer: &redirection.issuer,
            client: &document.client_id,
            nonce: &redirection.nonce,
            max_age: MAX_AGE,
            now,
        };
        let token = match verified(&tokens.id_token, &known.keys, &asked) {
            Err(Refusal::WrongToken("unknown key")) => {
                let known = self.known_now(provider).await?;
                verified(&tokens.id_token, &known.keys, &asked)?
            }
            outcome => outcome?,
        };
        Ok((tokens, token))
    }

    /// Writes what the claims say of the person, where it is something new. The session that follows is decided with it.
    async fn take_claims(
        &self,
        provider: &Provider,
        claims: &Map<String, Value>,
        user: &UserId,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let store = &self.services.store;
        let begun = self.services.changes.begin(Actor::System, "claims-applied", format!("user/{user}"));
        let mut attempts = begun.attempts(now);
        loop {
            let built = async {
                let document = store.get(Kind::User, user.as_str()).await?.ok_or(Refusal::Unavailable)?;
                let before: User = serde_json::from_value(document.body).map_err(|_| Refusal::Unavailable)?;
                let Some(after) = described(&provider.document, claims, &before) else {
                    return Ok::<_, Refusal>(Built::new((), Vec::new()));
                };
                let detail = json!({ "provider": provider.document.id, "groups": after.groups });
                let body = serde_json::to_value(&after).map_err(|_| Refusal::Unavailable)?;
                let expected = Expected::Revision(document.revision);
                let write = Write::Put { kind: Kind::User, id: document.id, expected, body };
                Ok(Built { answer: (), detail, writes: vec![write] })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                return outcome;
            }
        }
    }

    async fn record_refusal(
        &self,
        provider: &Provider,
        refusal: &Refusal,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let target = format!("{}/{}", Kind::IdentityProvider, provider.document.id);
        let why = refusal.to_string();
        let detail = json!({ "code": refusal.code(), "why": why, "address": address.to_string() });
        let begun = self.services.changes.begin(Actor::System, "federated-sign-in-refused", target);
        Ok(begun.detail(detail).note(now).await?)
    }
}
