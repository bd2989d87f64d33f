//! A request to an application: ask, record, register, forward, watch.
//!
//! Step 7 of the life of a request; next: `crates/gateway/src/admit.rs`.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use http::{HeaderMap, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use sekisho_model::RequestId;
use sekisho_policy_enforcement::{
    Application, Connection, Explanation, Introduction, REQUEST_ID, ReasonView, Refusal, RequestHead, access_request,
    clean_response, upstream_head,
};
use sekisho_policy_engine::Reason;
use sekisho_policy_information::World;
use tokio::sync::oneshot;

use super::{Reply, ReplyBody, RequestBody};
use crate::admit::{Admitted, admit};
use crate::forward::{Lease, NoAnswer, forward};
use crate::watch::carry_out;
use crate::watched::{Registration, Watched, WatchedTunnel};
use crate::worker::Worker;

pub(super) async fn serve(
    worker: &Rc<Worker>,
    application: &Application,
    connection: &Connection,
    head: &RequestHead,
    body: RequestBody,
    id: RequestId,
    world: &Arc<World>,
) -> Result<Reply, Refusal> {
    let site = &worker.shared.site;
    let request = access_request(head, application, connection, site, world, id.clone(), worker.now())?;
    worker.note_activity(request.session().id, worker.now());
    let (decision, reply) = match admit(worker, &application.resource, &request, world).await {
        Ok(admitted) => {
            let exchange = Exchange { worker, application, connection, head, id: &id, world };
            let reply = exchange.carry(&admitted, body).await;
            (admitted.decision, reply)
        }
        Err(refusal @ (Refusal::Denied(..) | Refusal::Challenged(..))) => (id.clone(), Err(refusal)),
        // Nothing was decided that an event could refer to.
        Err(refusal) => return Err(refusal),
    };
    let status = reply.as_ref().map_or_else(Refusal::status, |reply| reply.head.status());
    worker.note_access(head, &id, &decision, status.as_u16());
    reply
}

/// A permitted request on its way.
struct Exchange<'a> {
    worker: &'a Rc<Worker>,
    application: &'a Application,
    connection: &'a Connection,
    head: &'a RequestHead,
    id: &'a RequestId,
    world: &'a Arc<World>,
}

impl Exchange<'_> {
    async fn carry(&self, admitted: &Admitted, body: RequestBody) -> Result<Reply, Refusal> {
        let Self { worker, application, connection, head, world, .. } = *self;
        let mut registration = register(worker, application, connection, admitted)?;
        let fault = body.fault();
        let outgoing = self.introduce(admitted)?.map(|()| body);
        let answer = {
            let mut answer = pin!(forward(&worker.pool, &admitted.permit, world, &worker.shared.config, outgoing));
            poll_fn(|context| match registration.poll_cut(context) {
                Poll::Ready(reason) => Poll::Ready(Err(cut_off(application, reason))),
                Poll::Pending => answer.as_mut().poll(context).map(Ok),
            })
            .await?
        };
        match answer {
            // A client's broken body breaks the upstream's connection too; the fault says who began.
            Err(no_answer) => Err(fault.refusal().unwrap_or_else(|| no_answer_refusal(application, no_answer))),
            Ok((response, lease)) => reply(head, response, lease, registration, application, self.id).await,
        }
    }

    fn introduce(&self, admitted: &Admitted) -> Result<Request<()>, Refusal> {
        let Self { worker, head, id, world, .. } = *self;
        let request = admitted.permit.request();
        let assertion = worker.assertions.borrow_mut().get(&worker.shared.assertions, world, request, worker.now());
        let assertion = assertion.map_err(|error| {
            tracing::error!(%error, "an assertion could not be signed, so the request is refused");
            Refusal::NotRecorded
        })?;
        let introduction = Introduction { assertion, request: id, public_port: worker.shared.public_port };
        // A permit for another head is a fault of ours: nothing goes out on it.
        upstream_head(&admitted.permit, head, &introduction).ok_or(Refusal::Disputed)
    }
}

/// Registers the exchange, so that from here on every change that matters reaches it.
pub(crate) fn register(
    worker: &Rc<Worker>,
    application: &Application,
    connection: &Connection,
    admitted: &Admitted,
) -> Result<Registration, Refusal> {
    let (cutter, cut) = oneshot::channel();
    let world = worker.world();
    let opened = worker.streams.borrow_mut().open(
        &admitted.permit,
        admitted.valid_until,
        connection.device.as_ref(),
        &world,
        worker.now(),
        cutter,
    );
    match opened {
        Ok(key) => Ok(Registration::new(worker.clone(), key, cut)),
        Err(cut) => {
            let reason = cut.reason.clone();
            carry_out(worker, vec![*cut]);
            Err(cut_off(application, reason))
        }
    }
}

async fn reply(
    head: &RequestHead,
    mut response: Response<Incoming>,
    lease: Lease,
    mut registration: Registration,
    application: &Application,
    id: &RequestId,
) -> Result<Reply, Refusal> {
    let broken = || Refusal::UpstreamBroken(application.resource.clone());
    let switching = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if response.status().is_informational() && !(switching && head.hops().websocket.is_some()) {
        return Err(broken());
    }
    if clean_response(response.headers_mut()) {
        tracing::warn!(resource = %application.resource.id, "an upstream tried to set a cookie of ours; it was dropped");
    }
    let events = is_event_stream(response.headers());
    let mut reply = Reply::empty(response.status());
    *reply.head.headers_mut() = std::mem::take(response.headers_mut());
    if let Ok(value) = http::HeaderValue::try_from(id.as_str()) {
        reply.head.headers_mut().insert(REQUEST_ID, value);
    }
    reply.body = if switching {
        let upstream = hyper::upgrade::on(response).await.map_err(|_| broken())?;
        registration.record_end();
        ReplyBody::Tunnel(Box::new(WatchedTunnel { upstream: TokioIo::new(upstream), registration }))
    } else {
        ReplyBody::Upstream(Box::new(Watched::new(response.into_body(), registration, lease, events)))
    };
    Ok(reply)
}

fn is_event_stream(fields: &HeaderMap) -> bool {
    let media_type = fields.get(http::header::CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
    media_type.to_ascii_lowercase().starts_with(b"text/event-stream")
        && !fields.contains_key(http::header::CONTENT_ENCODING)
        && !fields.contains_key(http::header::CONTENT_LENGTH)
}

pub(crate) fn cut_off(application: &Application, reason: Reason) -> Refusal {
    let reasons = vec![ReasonView { code: reason.code, text: reason.text }];
    Refusal::Denied(application.resource.clone(), Explanation { reasons, remedies: Vec::new() })
}

pub(crate) fn no_answer_refusal(application: &Application, no_answer: NoAnswer) -> Refusal {
    let resource = application.resource.clone();
    match no_answer {
        NoAnswer::NoUpstream => Refusal::NotServed(resource),
        NoAnswer::Unreachable(error) => {
            tracing::warn!(%error, resource = %resource.id, "an upstream is not reached");
            Refusal::UpstreamUnreachable(resource)
        }
        NoAnswer::TimedOut => Refusal::UpstreamTimedOut(resource),
        NoAnswer::Broken(error) => {
            tracing::warn!(%error, resource = %resource.id, "an upstream gave no answer");
            Refusal::UpstreamBroken(resource)
        }
    }
}
