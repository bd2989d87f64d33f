//! The token endpoint and the userinfo endpoint.

use axum::body::to_bytes;
use axum::extract::{Extension, FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Form, Json, body::Body};
use http::header::{AUTHORIZATION, CACHE_CONTROL};
use http::{HeaderMap, StatusCode};
use sekisho_model::documents::Client;
use sekisho_model::{Peer, SessionFacts, Timestamp};
use sekisho_store::Expected;
use serde_json::{Value, json};

use crate::OpenIdProvider;
use crate::endpoints::network;
use crate::grants::{ACCESS_LIFE, Grant, Tokens};
use crate::query::Parameters;
use crate::refusal::Refusal;

/// The largest body in bytes.
const BODY: usize = 16 * 1024;

/// `POST /openid/token`.
pub(crate) async fn token(
    State(provider): State<OpenIdProvider>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response {
    answered(&provider, "tokens", provider.given(&peer, request).await)
}

/// `GET` and `POST /openid/userinfo`.
pub(crate) async fn userinfo(
    State(provider): State<OpenIdProvider>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    answered(&provider, "userinfo", provider.told(&peer, &headers).await)
}

fn answered(provider: &OpenIdProvider, what: &'static str, answer: Result<Value, Refusal>) -> Response {
    match answer {
        Ok(body) => {
            provider.count(what);
            (StatusCode::OK, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
        }
        Err(refusal) => {
            provider.count(refusal.name());
            refusal.into_response()
        }
    }
}

impl OpenIdProvider {
    async fn given(&self, peer: &Peer, request: Request) -> Result<Value, Refusal> {
        let now = self.services.clock.now();
        if !self.asks.take(&network(peer.address.ip()), now) {
            return Err(Refusal::TooMany);
        }
        let headers = request.headers().clone();
        let form = form(request).await?;
        let client = self.proven(&headers, &form).await?;
        // The body took its time: what is decided is decided as of now.
        let now = self.services.clock.now();
        match form.get("grant_type") {
            Some("authorization_code") => self.by_code(&client, &form, peer, now).await,
            Some("refresh_token") => self.by_refresh(&client, &form, peer, now).await,
            _ => Err(Refusal::GrantType),
        }
    }

    async fn by_code(&self, client: &Client, form: &Parameters, peer: &Peer, now: Timestamp) -> Result<Value, Refusal> {
        let wanted = |name, what| form.get(name).ok_or(Refusal::Request(what));
        let code = wanted("code", "`code` is missing")?;
        let redirect_uri = wanted("redirect_uri", "`redirect_uri` is missing")?;
        let verifier = wanted("code_verifier", "`code_verifier` is missing: PKCE is required")?;
        let (grant, family) = self.redeem((code, redirect_uri, verifier), client, now).await?;
        let (_, session) = self.standing(client, &grant, &peer.request, now).await?.ok_or(Refusal::Grant)?;
        let tokens = self.make_tokens((&family, Expected::New), grant.clone(), session.expires_at, now).await?;
        self.answer(client, (&grant, &session), &tokens, now).await
    }

    async fn by_refresh(
        &self,
        client: &Client,
        form: &Parameters,
        peer: &Peer,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let token = form.get("refresh_token").ok_or(Refusal::Request("`refresh_token` is missing"))?;
        let (family, name, revision) = self.of_refresh(token, client, now).await?;
        let grant = Grant { nonce: None, ..family.grant };
        let (_, session) = self.standing(client, &grant, &peer.request, now).await?.ok_or(Refusal::Grant)?;
        let place = (name, Expected::Revision(revision));
        let tokens = self.make_tokens(place, grant.clone(), session.expires_at, now).await?;
        self.answer(client, (&grant, &session), &tokens, now).await
    }

    async fn answer(
        &self,
        client: &Client,
        (grant, session): (&Grant, &SessionFacts),
        tokens: &Tokens,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let scopes = grant.scopes.iter().map(|scope| scope.name());
        let scope: Vec<&str> = std::iter::once("openid").chain(scopes).collect();
        let left = session.expires_at.since(now).as_seconds();
        let mut body = json!({
            "access_token": tokens.access.as_str(),
            "token_type": "Bearer",
            "expires_in": ACCESS_LIFE.as_seconds().min(left),
            "id_token": self.id_token(client, (grant, session), &tokens.access, now).await?,
            "scope": scope.join(" "),
        });
        if let (Some(refresh), Some(fields)) = (&tokens.refresh, body.as_object_mut()) {
            fields.insert("refresh_token".to_owned(), json!(refresh.as_str()));
        }
        Ok(body)
    }

    async fn told(&self, peer: &Peer, headers: &HeaderMap) -> Result<Value, Refusal> {
        let now = self.services.clock.now();
        let mut fields = headers.get_all(AUTHORIZATION).iter();
        let (Some(field), None) = (fields.next(), fields.next()) else { return Err(Refusal::Token) };
        let token = field.to_str().ok().and_then(|field| field.strip_prefix("Bearer ")).ok_or(Refusal::Token)?;
        let family = self.of_access(token, now).await?;
        let client = self.enabled(family.grant.client.as_str()).await?.ok_or(Refusal::Token)?;
        self.standing(&client, &family.grant, &peer.request, now).await?.ok_or(Refusal::Token)?;
        Ok(Value::Object(self.person_claims(&client, &family.grant).await?))
    }
}

async fn form(request: Request) -> Result<Parameters, Refusal> {
    let wrong = Refusal::Request("send a form of at most 16 KiB in which each field stands once");
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY).await.map_err(|_| wrong)?;
    let form = Form::<Vec<(String, String)>>::from_request(Request::from_parts(head, Body::from(body)), &()).await;
    form.ok().and_then(|Form(pairs)| Parameters::of(pairs)).ok_or(wrong)
}
