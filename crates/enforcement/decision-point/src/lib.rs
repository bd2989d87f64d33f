//! The decision point: decisions of the same engine for enforcement points that are not ours.
//!
//! It answers on one host behind the gateway's listener, so its callers pass the same handshake and the same strict reader as
//! everybody. It proves the caller ([`sekisho_policy_enforcement::Caller`]), reads what the caller says of the request that
//! it holds, and asks the gateway for the decision; it has no way to decide, to route or to read a cookie by itself.
//!
//! - `forward`: `/verify` for nginx `auth_request`, Traefik `forwardAuth` and Caddy `forward_auth`;
//! - `envoy`: `ext_authz` v3 over gRPC;
//! - `authzen`: the OpenID Authorization API 1.0.

mod answer;
mod authzen;
mod body;
mod envoy;
mod forward;
mod permitted;

use std::sync::Arc;

use http::{Method, StatusCode};
use sekisho_gateway::{DecisionAnswer, DecisionService, Decisions, Question};
use sekisho_policy_enforcement::{Caller, Refusal};

/// The decision point's service, for the gateway to put on its host.
#[must_use]
pub fn service() -> DecisionService {
    Arc::new(|question, decisions| Box::pin(serve(question, decisions)))
}

async fn serve(question: Question, decisions: Decisions) -> DecisionAnswer {
    let (method, path) = (question.head.method().clone(), question.head.path().to_owned());
    // What anybody may read: it names addresses and public keys.
    match (&method, path.as_str()) {
        (&Method::GET, "/.well-known/authzen-configuration") => return authzen::metadata(&question, &decisions),
        (&Method::GET, "/.well-known/jwks.json") => return answer::json(StatusCode::OK, &decisions.keys()),
        _ => {}
    }
    let is_envoy = path == envoy::CHECK;
    let Some(caller) = authenticate(&question, &decisions) else {
        return if is_envoy {
            envoy::unauthenticated()
        } else {
            refuse(&Refusal::CallerUnknown, &question, &decisions)
        };
    };
    decisions.mark_authenticated(&question.connection);
    match path.as_str() {
        "/verify" => forward::verify(&caller, &question, &decisions).await,
        "/verify/status" => forward::status(&caller, &question, &decisions).await,
        "/verify/answer" => forward::answer(&caller, &question, &decisions).await,
        envoy::CHECK => envoy::check(&caller, question, &decisions).await,
        _ => match path.strip_prefix("/access/v1/") {
            Some(rest) if method == Method::POST => authzen::serve(&caller, rest, question, &decisions).await,
            Some(_) => refuse(&Refusal::MethodNotAllowed, &question, &decisions),
            None => refuse(&Refusal::NoSuchPage, &question, &decisions),
        },
    }
}

fn authenticate(question: &Question, decisions: &Decisions) -> Option<Caller> {
    let authorization = question.head.field(&http::header::AUTHORIZATION);
    Caller::authenticate(&decisions.world(), question.connection.device.as_ref(), authorization)
}

/// A refusal of the caller itself. It speaks to a program, whatever the client behind it accepts.
fn refuse(refusal: &Refusal, question: &Question, decisions: &Decisions) -> DecisionAnswer {
    answer::plain(decisions.refuse(refusal, None, question.connection.peer, question.id.clone()))
}
