//! Forward authentication: a proxy holds a request and asks whether it may pass.
//!
//! - `/verify`: 200 with the fields for the resource, or what the client gets instead: the way to sign in, a page, a problem.
//!   Traefik and Caddy pass such an answer on.
//! - `/verify/status`: 200, 401 or 403, for nginx, which takes anything else for a fault.
//! - `/verify/answer`: what the client gets instead, when nginx was told 401 or 403.

use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use sekisho_gateway::{DecisionAnswer, Decisions, Held, Question};
use sekisho_policy_enforcement::{Caller, Claim, Connection, Refusal, RequestHead};

use crate::{answer, permitted};

/// Whether the request may pass, or what its sender gets.
pub(crate) async fn verify(caller: &Caller, question: &Question, decisions: &Decisions) -> DecisionAnswer {
    let (held, head) = hold(caller, question, decisions).await;
    answer::plain(match (held, head) {
        (Held::Passes(passage), Some(head)) => {
            let mut response = answer::empty(StatusCode::OK);
            response.headers_mut().extend(permitted::fields(&passage, &head));
            response
        }
        (Held::Passes(_), None) => answer::empty(StatusCode::FORBIDDEN),
        (Held::Answered(response), _) => response,
    })
}

/// The same in the three statuses that nginx knows.
pub(crate) async fn status(caller: &Caller, question: &Question, decisions: &Decisions) -> DecisionAnswer {
    let mut told = verify(caller, question, decisions).await;
    let status = match told.response.status() {
        StatusCode::OK => return told,
        // A sign-in is a redirect for a person, and nginx asks for the redirect next.
        StatusCode::UNAUTHORIZED | StatusCode::SEE_OTHER => StatusCode::UNAUTHORIZED,
        _ => StatusCode::FORBIDDEN,
    };
    *told.response.status_mut() = status;
    *told.response.body_mut() = bytes::Bytes::new();
    told.response.headers_mut().remove(http::header::LOCATION);
    told.response.headers_mut().remove(http::header::SET_COOKIE);
    told.response.headers_mut().remove(CONTENT_TYPE);
    told
}

/// What the sender of a refused request gets.
pub(crate) async fn answer(caller: &Caller, question: &Question, decisions: &Decisions) -> DecisionAnswer {
    let told = verify(caller, question, decisions).await;
    if told.response.status() != StatusCode::OK {
        return told;
    }
    // Permitted a moment after it was not: nothing of the permit may reach the client.
    let mut later = answer::empty(StatusCode::SERVICE_UNAVAILABLE);
    answer::set(&mut later, RETRY_AFTER, "0");
    answer::plain(later)
}

async fn hold(caller: &Caller, question: &Question, decisions: &Decisions) -> (Held, Option<RequestHead>) {
    let claimed = Claim::in_fields(caller, &question.head).and_then(|claim| {
        let head = RequestHead::of_claim(caller, &claim, question.head.fields().clone(), decisions.limits())?;
        Ok((claim, head))
    });
    match claimed {
        Ok((claim, head)) => {
            let held = decisions.hold(caller, &head, &connection(&claim, &head), question.id.clone()).await;
            (held, Some(head))
        }
        Err(rule) => {
            let (refusal, peer) = (Refusal::Malformed(rule), question.connection.peer);
            (Held::Answered(decisions.refuse(&refusal, None, peer, question.id.clone())), None)
        }
    }
}

/// The client's connection, which ends at the caller: its address is the caller's word, and its certificate nobody's.
pub(crate) fn connection(claim: &Claim, head: &RequestHead) -> Connection {
    Connection { peer: (claim.client, 0).into(), server_name: Some(head.host().clone()), device: None }
}
