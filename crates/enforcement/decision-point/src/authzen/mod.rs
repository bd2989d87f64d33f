//! The OpenID Authorization API 1.0 (AuthZEN): evaluation, evaluations, search, discovery.
//!
//! Facts come from the World, never from the caller: properties of subjects and resources in a request are not read, and of
//! its context only the client's address (`ip`). The caller's word counts for the subject and the resource, within what is
//! assigned to it.

mod evaluation;
mod evaluations;
mod naming;
mod search;
mod wrong;

use http::StatusCode;
use sekisho_gateway::{DecisionAnswer, Decisions, Question};
use sekisho_model::documents::Dialect;
use sekisho_policy_enforcement::{Caller, REQUEST_ID, Refusal};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{answer, body, refuse};
use evaluation::Asked;
use wrong::Wrong;

/// Serves one call; `path` is what follows `/access/v1/`.
pub(crate) async fn serve(caller: &Caller, path: &str, question: Question, decisions: &Decisions) -> DecisionAnswer {
    if caller.point().speaks != Dialect::Authzen {
        return refuse(&Refusal::NotAssigned, &question, decisions);
    }
    if !matches!(path, "evaluation" | "evaluations" | "search/subject" | "search/resource" | "search/action") {
        return refuse(&Refusal::NoSuchPage, &question, decisions);
    }
    let Question { head, body, connection, .. } = question;
    let asked = Asked { caller, decisions, world: decisions.world(), address: connection.peer.ip() };
    let told = match body::read(body).await {
        None => Err(Wrong::too_long()),
        Some(bytes) => match path {
            "evaluation" => answered(&bytes, |body| evaluation::serve(&asked, body)).await,
            "evaluations" => answered(&bytes, |body| evaluations::serve(&asked, body)).await,
            "search/subject" => answered(&bytes, |body| search::subjects(&asked, body)).await,
            "search/resource" => answered(&bytes, |body| search::resources(&asked, body)).await,
            _ => answered(&bytes, |body| search::actions(&asked, body)).await,
        },
    };
    let mut told = match told {
        Ok(told) => answer::json(StatusCode::OK, &told),
        Err(wrong) => wrong.answer(),
    };
    if let Some(id) = head.field(&REQUEST_ID) {
        answer::set(&mut told.response, REQUEST_ID, id);
    }
    told
}

async fn answered<T: DeserializeOwned, F: Future<Output = Result<Value, Wrong>>>(
    bytes: &[u8],
    serve: impl FnOnce(T) -> F,
) -> Result<Value, Wrong> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut reader).map_err(|error| Wrong::unreadable(&error))?;
    reader.end().map_err(|error| Wrong::field("body", &error))?;
    serve(body).await
}

/// Where what is.
pub(crate) fn metadata(question: &Question, decisions: &Decisions) -> DecisionAnswer {
    let origin = decisions.origin_of(question.head.host());
    let at = |path: &str| format!("{origin}/access/v1/{path}");
    answer::json(
        StatusCode::OK,
        &json!({
            "policy_decision_point": origin,
            "access_evaluation_endpoint": at("evaluation"),
            "access_evaluations_endpoint": at("evaluations"),
            "search_subject_endpoint": at("search/subject"),
            "search_resource_endpoint": at("search/resource"),
            "search_action_endpoint": at("search/action"),
        }),
    )
}
