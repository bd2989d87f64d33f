//! The token endpoint: a token of an issuer whom a workload trusts becomes a short-lived token of the workload (RFC 8693).

use std::net::IpAddr;

use axum::body::to_bytes;
use axum::extract::{FromRequest as _, Request};
use axum::response::{IntoResponse as _, Response};
use axum::{Form, body::Body};
use sekisho_federation::IssuedToken;
use sekisho_model::documents::{Workload, WorkloadTrust};
use sekisho_model::{Actor, Timestamp};
use sekisho_policy_information::{CredentialOrigin, WorkloadCredential};
use sekisho_rest::{Answer, Call};
use serde::Serialize;
use serde_json::json;

use crate::Workloads;
use crate::acts::TOKEN_EXCHANGED;
use crate::issuing::{Obtained, Token};
use crate::oauth::{ACCESS_TOKEN, Asked, Refused, asked};
use crate::refusal::Refusal;

/// The largest body in bytes.
const BODY: usize = 32 * 1024;

/// What is answered (RFC 8693, section 2.2.1).
#[derive(Serialize)]
struct Given<'a> {
    access_token: &'a str,
    issued_token_type: &'static str,
    token_type: &'static str,
    expires_in: i64,
}

/// `POST /oauth/token`.
pub(crate) async fn exchange(call: Call<Workloads>, request: Request) -> Response {
    let workloads = &call.services;
    match given(&call, request).await {
        Ok(token) => {
            workloads.count("exchanged");
            // The next request of the job meets it.
            let revision = token.revision;
            call.until(move |world| world.revision() >= revision).await;
            let expires_in = WorkloadCredential::EXCHANGED_LIFE.as_seconds();
            let given = Given {
                access_token: token.text.as_str(),
                issued_token_type: ACCESS_TOKEN,
                token_type: "Bearer",
                expires_in,
            };
            Answer::ok(given).once().into_response()
        }
        Err(refused) => {
            workloads.count(refused.name());
            refused.into_response()
        }
    }
}

async fn given(call: &Call<Workloads>, request: Request) -> Result<Token, Refused> {
    let from = call.origin.as_ref().map(|origin| origin.address);
    if let Some(address) = from
        && !call.services.asks.take(&network(address), call.now)
    {
        return Err(Refused::TooMany);
    }
    let asked = asked(fields(request).await?)?;
    call.services.exchanged(&asked, from, call.now).await
}

async fn fields(request: Request) -> Result<Vec<(String, String)>, Refused> {
    let wrong = Refused::Request("send a form (`application/x-www-form-urlencoded`) of at most 32 KiB");
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY).await.map_err(|_| wrong)?;
    let form = Form::<Vec<(String, String)>>::from_request(Request::from_parts(head, Body::from(body)), &()).await;
    form.map(|Form(fields)| fields).map_err(|_| wrong)
}

impl Workloads {
    /// A token of the workload that asks, for one of an issuer whom it trusts.
    async fn exchanged(&self, asked: &Asked, from: Option<IpAddr>, now: Timestamp) -> Result<Token, Refused> {
        let workload = self.asking(&asked.client)?;
        let (issuer, subject) = self.proven(&workload, &asked.token, now).await?;
        let detail = json!({ "issuer": issuer, "subject": subject, "address": from });
        let origin = CredentialOrigin::Exchanged { issuer, subject };
        let obtained = Obtained {
            actor: Actor::Workload(workload.id.to_string()),
            act: TOKEN_EXCHANGED,
            origin,
            life: WorkloadCredential::EXCHANGED_LIFE,
            detail,
        };
        self.make_token(&workload.id, obtained, now).await.map_err(|refusal| match refusal {
            Refusal::TooMany => Refused::TooMany,
            _ => Refused::Unavailable,
        })
    }

    /// The workload of that name, when it may ask now.
    fn asking(&self, client: &str) -> Result<std::sync::Arc<Workload>, Refused> {
        let world = self.services.world.borrow();
        let workload = client.parse().ok().and_then(|id| world.workload(&id)).ok_or(Refused::Token)?;
        match world.workload_standing(workload) {
            Ok(()) => Ok(std::sync::Arc::clone(workload)),
            Err(why) => {
                tracing::warn!(workload = %workload.id, ?why, "a workload that may not ask got no token");
                Err(Refused::Token)
            }
        }
    }

    /// Issuer and subject of a token that the workload trusts.
    async fn proven(&self, workload: &Workload, token: &str, now: Timestamp) -> Result<(String, String), Refused> {
        // INVARIANT I-55: only an issuer that the workload's document names is asked for keys.
        let claimed = IssuedToken::claimed_issuer(token).ok_or(Refused::Token)?;
        let of_issuer = |trust: &&WorkloadTrust| trust.issuer.as_str() == claimed;
        let first = workload.trusts.iter().find(of_issuer).ok_or(Refused::Token)?;
        let verified = self.issuers.token(&first.issuer, first.authorities.as_ref(), token, now).await;
        let verified = verified.map_err(|refusal| {
            tracing::warn!(workload = %workload.id, %refusal, "a token of an issuer was not exchanged");
            match refusal {
                sekisho_federation::Refusal::Unusable(_) => Refused::Unavailable,
                _ => Refused::Token,
            }
        })?;
        // Two entries for one issuer that trust different authorities would be two issuers.
        let mut alike = workload.trusts.iter().filter(of_issuer).filter(|trust| trust.authorities == first.authorities);
        match alike.any(|trust| fits(trust, &verified)) {
            true => Ok((first.issuer.to_string(), verified.subject().to_owned())),
            false => {
                tracing::warn!(workload = %workload.id, "no trust of a workload fits a token of its issuer");
                Err(Refused::Token)
            }
        }
    }
}

/// Whether a token says everything that a trust asks for.
// INVARIANT I-55: audience, subject and every claim of one and the same entry.
fn fits(trust: &WorkloadTrust, token: &IssuedToken) -> bool {
    token.is_for(&trust.audience)
        && trust.takes(token.subject())
        && trust.claims.iter().all(|(claim, text)| token.has(claim, text))
}

/// Who asks: an IPv4 address, or the IPv6 network that one subscriber has.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn fit(trust: Value, token: Value) -> bool {
        let mut whole = json!({ "issuer": "https://ci.example", "audience": "sekisho", "subject": "repo:acme/app:*" });
        whole.as_object_mut().expect("an object").extend(trust.as_object().expect("an object").clone());
        let mut claims = json!({ "iss": "https://ci.example", "sub": "repo:acme/app:ref:main", "aud": "sekisho", "exp": 1,
            "iat": 0, "environment": "production" });
        claims.as_object_mut().expect("an object").extend(token.as_object().expect("an object").clone());
        let trust: WorkloadTrust = serde_json::from_value(whole).expect("a trust");
        fits(&trust, &serde_json::from_value(claims).expect("claims"))
    }

    #[test]
    fn i55_everything_that_a_trust_asks_for_must_be_said() {
        let claims = json!({ "claims": { "environment": "production" } });
        assert!(fit(json!({}), json!({})) && fit(claims.clone(), json!({ "aud": ["a", "sekisho"] })));
        for (trust, token) in [
            (json!({}), json!({ "aud": "other" })),
            (json!({}), json!({ "sub": "repo:acme/app2:ref:main" })),
            (claims.clone(), json!({ "environment": "staging" })),
            (claims.clone(), json!({ "environment": ["production"] })),
            (json!({ "claims": { "actor": "alice" } }), json!({})),
        ] {
            assert!(!fit(trust.clone(), token.clone()), "{trust} {token}");
        }
    }
}
