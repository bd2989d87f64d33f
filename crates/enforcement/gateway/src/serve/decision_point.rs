//! A request to the decision point: somebody else holds a request and asks whether it may pass.

use std::rc::Rc;

use http_body_util::BodyExt as _;
use sekisho_http_server::RequestBody;
use sekisho_model::RequestId;
use sekisho_policy_enforcement::{Connection, Refusal, RequestHead, clean_local_response};

use crate::decisions::{Decisions, Question};
use crate::reply::{Reply, ReplyBody};
use crate::services::Services;
use crate::worker::Worker;

pub(super) async fn serve(
    worker: &Rc<Worker>,
    services: &Services,
    connection: &Connection,
    head: &RequestHead,
    body: RequestBody,
    id: RequestId,
) -> Result<Reply, Refusal> {
    let point = services.decision_point.as_ref().ok_or(Refusal::UnknownHost)?;
    let fault = body.fault();
    let question =
        Question { head: head.clone(), body: body.boxed_unsync(), connection: connection.clone(), id: id.clone() };
    let answer = (point.service)(question, Decisions::new(worker)).await;
    if let Some(refusal) = fault.refusal() {
        return Err(refusal);
    }
    let (mut parts, body) = answer.response.into_parts();
    clean_local_response(&mut parts.headers);
    let body = match answer.trailers {
        None => ReplyBody::Full(body),
        Some(trailers) => ReplyBody::Trailed(body, trailers),
    };
    Ok(Reply { head: http::Response::from_parts(parts, ()), body, ends_connection: false })
}
