//! A request to an application: ask, record, register, forward, watch.
//!
//! Step 7 of the life of a request; next: `crates/enforcement/gateway/src/admit.rs`.

use std::future::poll_fn;
use std::num::NonZeroU32;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use sekisho_api_gateway::{Inspection, NotGathered};
use sekisho_data_gateway::{Passage, Treatment};
use sekisho_http_server::{Interim, Patience, RequestBody};
use sekisho_model::RequestId;
use sekisho_model::documents::{Upstream, UpstreamProtocol};
use sekisho_policy_administrator::data_unreadable;
use sekisho_policy_enforcement::{
    Application, BodyFraming, Connection, Introduction, Malformed, REQUEST_ID, Refusal, RequestHead, access_request,
    clean_response, rewrite_answer, settle_cookie_domains, upstream_head,
};
use sekisho_policy_information::World;
use sekisho_upstream::{Lease, NoAnswer, Reuse, UpstreamBody, forward};

use super::handshake;
use crate::admit::Admitted;
use crate::event::Event;
use crate::exchange::Exchange;
use crate::registration::Registration;
use crate::reply::{Reply, ReplyBody};
use crate::watched_body::{Farewell, Watched, WatchedTunnel};
use crate::worker::Worker;

/// A request to an application.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) worker: &'a Rc<Worker>,
    pub(super) application: &'a Application,
    pub(super) connection: &'a Connection,
    pub(super) head: &'a RequestHead,
    pub(super) id: &'a RequestId,
    pub(super) world: &'a Arc<World>,
    pub(super) exchange: &'a Exchange,
}

impl Ask<'_> {
    pub(super) async fn serve(self, body: RequestBody, interim: Option<Interim>) -> Result<Reply, Refusal> {
        let Self { worker, application, connection, head, id, world, exchange } = self;
        let site = &worker.hosts.site;
        let now = worker.current.now();
        let request = access_request(head, application, connection, site, world, id.clone(), now)?;
        worker.activity.note(request.session().id, now);
        exchange.asks_as(&request, world);
        let at = exchange.lasted();
        let admitted = worker.decider.admit(&application.resource, &request, world).await;
        exchange.decided(at, &admitted);
        let decision = match &admitted {
            Ok(admitted) => &admitted.decision,
            Err(Refusal::Denied(..) | Refusal::Challenged(..)) => id,
            // Nothing was decided that an event could refer to.
            Err(refusal) => return Err(refusal.clone()),
        };
        let event = Event::of(&worker.recorder, (head.method().as_str(), application.path(head)), id, decision);
        let reply = match &admitted {
            Ok(admitted) => self.carry(admitted, body, interim).await,
            Err(refusal) => Err(refusal.clone()),
        };
        match &reply {
            Ok(reply) => event.answered(reply.head.status()),
            Err(refusal) => event.refused(refusal, admitted.is_ok()),
        }
        reply
    }

    async fn carry(
        self,
        admitted: &Admitted,
        mut body: RequestBody,
        interim: Option<Interim>,
    ) -> Result<Reply, Refusal> {
        let Self { worker, application, connection, head, exchange, world, .. } = self;
        if head.hops().websocket && !takes_websockets(application) {
            return Err(Refusal::UpstreamWithoutWebSockets(application.resource.clone()));
        }
        let treatment = Treatment::of(admitted.permit.obligations());
        if head.hops().websocket && !treatment.is_as_it_is() {
            return Err(Refusal::cut_off(application, data_unreadable()));
        }
        let described = Inspection::of(world, application, head)
            .map_err(|violation| Refusal::NotAsDescribed(application.resource.clone(), violation))?;
        let mut registration = Registration::open(&worker.streams, connection, admitted, exchange)
            .map_err(|reason| Refusal::cut_off(application, reason))?;
        let fault = body.fault();
        body.meet(self.patience());
        let whole = match &described {
            Some(described) => Box::pin(self.inspect(described, &mut body, &mut registration)).await?,
            None => None,
        };
        let length = whole.as_ref().map(Bytes::len);
        body = whole.map_or(body, |whole| RequestBody::Whole(Some(whole)));
        let key = if head.hops().websocket { handshake::key_for(head.version())? } else { None };
        let mut outgoing = Box::new(self.introduce(admitted, key.clone())?.map(|()| body));
        if let Some(length) = length {
            outgoing.headers_mut().remove(TRANSFER_ENCODING);
            outgoing.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        if let Some(interim) = interim {
            outgoing.extensions_mut().insert(interim);
        }
        exchange.forwards();
        let mut answer = self.forward(admitted, &mut registration, outgoing, Reuse::Any).await?;
        if let Err(NoAnswer::Died(_)) = &answer
            && head.framing() == BodyFraming::None
            && head.method().is_idempotent()
        {
            // The idle connection had been closed under it. Asked twice, such a request does what it does once.
            let again = Box::new(self.introduce(admitted, key.clone())?.map(|()| RequestBody::Empty));
            answer = Box::pin(self.forward(admitted, &mut registration, again, Reuse::Fresh)).await?;
        }
        match answer {
            // A client's broken body breaks the upstream's connection too; the fault says who began.
            Err(no_answer) => Err(fault.refusal().unwrap_or_else(|| no_answer.refusal(application.resource.clone()))),
            Ok((response, lease)) => {
                exchange.answered();
                self.reply(response, (lease, treatment), registration, key.as_ref())
            }
        }
    }

    /// Holds the body until it is checked, where the API document describes it, unless the exchange is cut meanwhile.
    async fn inspect(
        self,
        described: &Inspection,
        body: &mut RequestBody,
        registration: &mut Registration,
    ) -> Result<Option<Bytes>, Refusal> {
        let (fault, resource) = (body.fault(), &self.application.resource);
        let mut gathering = pin!(described.body(body));
        let gathered = poll_fn(|context| match registration.poll_cut(context) {
            Poll::Ready(reason) => Poll::Ready(Err(Refusal::cut_off(self.application, reason))),
            Poll::Pending => gathering.as_mut().poll(context).map(Ok),
        });
        gathered.await?.map_err(|failure| match failure {
            NotGathered::Wrong(violation) => Refusal::NotAsDescribed(resource.clone(), violation),
            NotGathered::Broken => fault.refusal().unwrap_or(Refusal::Malformed(Malformed::BodyEnd)),
        })
    }

    /// Forwards, unless the exchange is cut meanwhile.
    async fn forward(
        self,
        admitted: &Admitted,
        registration: &mut Registration,
        outgoing: Box<Request<RequestBody>>,
        reuse: Reuse,
    ) -> Result<Result<(Response<UpstreamBody>, Lease), NoAnswer>, Refusal> {
        let Self { worker, application, world, .. } = self;
        let mut answer = pin!(forward(&worker.upstreams, &admitted.permit, world, outgoing, reuse));
        poll_fn(|context| match registration.poll_cut(context) {
            Poll::Ready(reason) => Poll::Ready(Err(Refusal::cut_off(application, reason))),
            Poll::Pending => answer.as_mut().poll(context).map(Ok),
        })
        .await
    }

    /// How long this client is waited for, now that it is permitted.
    fn patience(self) -> Patience {
        let upstream = self.application.resource.upstream.as_deref();
        let rate = upstream.and_then(|upstream| upstream.least_rate).map(NonZeroU32::get);
        Patience {
            bytes_per_second: rate.unwrap_or(self.worker.body_rate),
            credit: upstream.map_or(Duration::ZERO, Upstream::stall),
        }
    }

    fn introduce(self, admitted: &Admitted, websocket_key: Option<HeaderValue>) -> Result<Request<()>, Refusal> {
        let Self { worker, application, head, id, world, .. } = self;
        let request = admitted.permit.request();
        let assertion = worker.assertions.sign(world, request, worker.current.now())?;
        let public_port = worker.hosts.public_port;
        let trace = self.exchange.trace();
        let introduction = Introduction { assertion, request: id, public_port, websocket_key, trace };
        // A permit for another head is a fault of ours: nothing goes out on it.
        let mut outgoing =
            upstream_head(&admitted.permit, head, application, &introduction).ok_or(Refusal::Disputed)?;
        Treatment::of(admitted.permit.obligations()).prepare_request(outgoing.headers_mut());
        Ok(outgoing)
    }

    fn reply(
        self,
        mut response: Response<UpstreamBody>,
        (lease, treatment): (Lease, Treatment),
        mut registration: Registration,
        key: Option<&HeaderValue>,
    ) -> Result<Reply, Refusal> {
        let Self { application, head, id, .. } = self;
        let broken = || Refusal::UpstreamBroken(application.resource.clone(), None);
        let switching = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let agreed = head.hops().websocket && handshake::is_agreed(response.headers(), key);
        if response.status().is_informational() && !(switching && agreed) {
            return Err(broken());
        }
        if clean_response(response.headers_mut()) {
            tracing::warn!(resource = %application.resource.id, "an upstream tried to set a cookie of ours; it was dropped");
        }
        settle_cookie_domains(response.headers_mut(), application.resource.requests.cookie_domain);
        if let Some(upstream) = &application.resource.upstream {
            rewrite_answer(response.headers_mut(), head, upstream);
        }
        let passage = Passage::of(treatment, response.status(), response.headers_mut());
        let passage = passage.map_err(|_| Refusal::cut_off(application, data_unreadable()))?;
        let farewell = farewell(head, response.headers());
        let length = written_length(response.headers());
        let mut reply = Reply::empty(response.status());
        *reply.head.headers_mut() = std::mem::take(response.headers_mut());
        if let Ok(value) = HeaderValue::try_from(id.as_str()) {
            reply.head.headers_mut().insert(REQUEST_ID, value);
        }
        reply.body = if switching {
            let upstream = response.into_body().into_upgraded().ok_or_else(broken)?;
            registration.record_end();
            ReplyBody::Tunnel(Box::new(WatchedTunnel { upstream, registration, lease }))
        } else {
            let ways = (farewell, self.patience(), passage);
            ReplyBody::Upstream(Box::new(Watched::new(response.into_body(), length, registration, lease, ways)))
        };
        Ok(reply)
    }
}

/// Whether the application is reached by the protocol that carries WebSockets. One that is not reached at all says so itself.
fn takes_websockets(application: &Application) -> bool {
    application.resource.upstream.as_deref().is_none_or(|upstream| upstream.protocol == UpstreamProtocol::Http1)
}

fn farewell(head: &RequestHead, fields: &HeaderMap) -> Farewell {
    match head.is_grpc() {
        true => Farewell::GrpcStatus,
        false if is_event_stream(fields) => Farewell::Event,
        false => Farewell::None,
    }
}

fn written_length(fields: &HeaderMap) -> Option<u64> {
    fields.get(http::header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_event_stream(fields: &HeaderMap) -> bool {
    let media_type = fields.get(http::header::CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
    let start = media_type.get(..b"text/event-stream".len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(b"text/event-stream"))
        && !fields.contains_key(http::header::CONTENT_ENCODING)
        && !fields.contains_key(http::header::CONTENT_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size of what a function returns, which is not called.
    fn size<A, F>(_: impl FnOnce(A) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn what_waits_for_an_application_is_small() {
        let serving = size(|(ask, body): (Ask<'static>, RequestBody)| ask.serve(body, None));
        let carrying = size(|(ask, admitted, body): (Ask<'static>, &'static Admitted, RequestBody)| {
            ask.carry(admitted, body, None)
        });
        type Sent = (&'static Worker, &'static Admitted, &'static World, Box<Request<RequestBody>>);
        let sending = size(|(worker, admitted, world, request): Sent| {
            forward(&worker.upstreams, &admitted.permit, world, request, Reuse::Any)
        });
        let sizes = [("serve", serving, 5632), ("carry", carrying, 5120), ("forward", sending, 3584)];
        for (what, size, most) in sizes {
            assert!(size <= most, "{what} holds {size} bytes across its waits: box what is large in it");
        }
    }
}
