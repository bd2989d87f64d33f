//! What applications learn: the claims of the ID token, and those of the person by scope.

use std::collections::BTreeSet;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sekisho_model::documents::{Client, ClientScope, Kind, User};
use sekisho_model::{Method, MethodSet, SessionFacts, SessionId, Span, Timestamp};
use serde_json::{Map, Value, json};

use crate::OpenIdProvider;
use crate::grants::{Grant, sha256};
use crate::refusal::Refusal;

impl OpenIdProvider {
    /// An ID token for an application.
    pub(crate) async fn id_token(
        &self,
        client: &Client,
        (grant, session): (&Grant, &SessionFacts),
        access: &str,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let person = self.person_claims(client, grant).await?;
        let claims = claims(&self.issuer, client, (grant, session), access, now);
        let claims = Value::Object(person.into_iter().chain(claims).collect());
        self.keys(now).await?.signed(&claims, now).ok_or(Refusal::Unavailable)
    }

    /// What an application may learn of the person, by the scopes that it asked for and still has.
    pub(crate) async fn person_claims(&self, client: &Client, grant: &Grant) -> Result<Map<String, Value>, Refusal> {
        let document = self.services.store.get(Kind::User, &grant.subject).await?.ok_or(Refusal::Token)?;
        let user: User = serde_json::from_value(document.body)?;
        let scopes: BTreeSet<ClientScope> = grant.scopes.intersection(&client.scopes).copied().collect();
        Ok(of_person(&user, &scopes))
    }
}

fn of_person(user: &User, scopes: &BTreeSet<ClientScope>) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(user.id));
    if scopes.contains(&ClientScope::Profile) {
        claims.insert("name".to_owned(), json!(user.name));
        claims.insert("preferred_username".to_owned(), json!(user.id));
    }
    if let (true, Some(email)) = (scopes.contains(&ClientScope::Email), &user.email) {
        claims.insert("email".to_owned(), json!(email));
    }
    if scopes.contains(&ClientScope::Groups) {
        claims.insert("groups".to_owned(), json!(user.groups));
    }
    claims
}

fn claims(
    issuer: &str,
    client: &Client,
    (grant, session): (&Grant, &SessionFacts),
    access: &str,
    now: Timestamp,
) -> Map<String, Value> {
    let until = now.plus(Span::from_minutes(i64::from(client.id_token_minutes)));
    let until = if until < session.expires_at { until } else { session.expires_at };
    let hash = digest::digest(&digest::SHA256, access.as_bytes());
    let half = hash.as_ref().get(..16).unwrap_or_default();
    let claims = json!({
        "iss": issuer,
        "sub": grant.subject,
        "aud": client.id,
        "iat": now.as_seconds(),
        "exp": until.as_seconds(),
        "auth_time": session.authenticated_at.as_seconds(),
        "acr": acr(session.methods),
        "amr": amr(session.methods),
        "sid": sid(&session.id, client),
        "at_hash": BASE64.encode(half),
    });
    let Value::Object(mut claims) = claims else { return Map::new() };
    if let Some(nonce) = &grant.nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    claims
}

/// The session as an application knows it. Two applications cannot compare theirs.
pub(crate) fn sid(session: &SessionId, client: &Client) -> String {
    sha256(format!("sid {session} {}", client.id).as_bytes()).chars().take(32).collect()
}

/// The authenticator assurance level that the session reached.
fn acr(methods: MethodSet) -> String {
    format!("urn:sekisho:assurance:{}", methods.assurance())
}

/// The values of `acr`.
pub(crate) const ACR: [&str; 3] = ["urn:sekisho:assurance:1", "urn:sekisho:assurance:2", "urn:sekisho:assurance:3"];

/// The methods of the session, by the names of RFC 8176.
fn amr(methods: MethodSet) -> BTreeSet<&'static str> {
    let mut names: BTreeSet<&str> = methods.iter().flat_map(names).copied().collect();
    if methods.assurance() >= 2 {
        names.insert("mfa");
    }
    names
}

const fn names(method: Method) -> &'static [&'static str] {
    match method {
        Method::Password => &["pwd"],
        Method::Totp => &["otp"],
        Method::Passkey => &["hwk", "user"],
        Method::RecoveryCode => &["otp"],
        Method::Federated => &["fed"],
        Method::FederatedMfa => &["mfa"],
        Method::FederatedPhishingResistant => &["phr"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_gives_its_claims_and_no_others() {
        let user: User = serde_json::from_value(
            json!({ "id": "alice", "name": "Alice", "email": "alice@example.jp", "groups": ["engineers"] }),
        )
        .expect("a user");
        assert_eq!(Value::Object(of_person(&user, &BTreeSet::new())), json!({ "sub": "alice" }));
        let all = of_person(&user, &ClientScope::ALL.into_iter().collect());
        assert_eq!(
            Value::Object(all),
            json!({ "sub": "alice", "name": "Alice", "preferred_username": "alice", "email": "alice@example.jp",
                "groups": ["engineers"] })
        );
    }

    #[test]
    fn methods_have_their_registered_names() {
        let of = |methods: &[Method]| amr(methods.iter().copied().collect()).into_iter().collect::<Vec<_>>();
        assert_eq!(of(&[Method::Password]), ["pwd"]);
        assert_eq!(of(&[Method::Password, Method::Totp]), ["mfa", "otp", "pwd"]);
        assert_eq!(of(&[Method::Passkey]), ["hwk", "mfa", "user"]);
    }
}
