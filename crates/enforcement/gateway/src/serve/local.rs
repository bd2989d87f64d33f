//! A request to a service of our own: the portal, the device API.

use http::Request;
use http_body_util::BodyExt as _;
use sekisho_http_server::RequestBody;
use sekisho_model::{Peer, RequestId};
use sekisho_policy_enforcement::{Connection, Refusal, RequestHead, clean_local_response, local_head};

use crate::exchange::Exchange;
use crate::reply::{Reply, ReplyBody};
use crate::services::Services;

pub(super) async fn serve(
    services: &Services,
    number: usize,
    connection: &Connection,
    head: &RequestHead,
    body: RequestBody,
    id: RequestId,
) -> Result<Reply, Refusal> {
    let local = services.local.get(number).ok_or(Refusal::UnknownHost)?;
    let fault = body.fault();
    let mut request: Request<()> = local_head(head);
    request.extensions_mut().insert(Peer { address: connection.peer, device: connection.device.clone(), request: id });
    let response = (local.service)(request.map(|()| body.boxed_unsync())).await;
    if let Some(refusal) = fault.refusal() {
        return Err(refusal);
    }
    let (mut parts, body) = response.into_parts();
    clean_local_response(&mut parts.headers);
    let body = ReplyBody::Local(body, Exchange::default());
    Ok(Reply { head: http::Response::from_parts(parts, ()), body, ends_connection: false })
}
