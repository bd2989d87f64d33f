//! Tunnels to TCP services: plain CONNECT over HTTP/2, on connections to the terminals' host.
//!
//! The way is that of every request: head, question, decision, record, registration, and the one file that dials. What
//! differs is what follows: bytes in both directions for as long as it is permitted.

mod count;
mod ended;
mod relay;

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use sekisho_http_server::Pace;
use sekisho_http_server::http2::{TunnelWindows, send};
use sekisho_model::{RequestId, SessionId};
use sekisho_policy_enforcement::{
    Application, ConnectHead, Connection, REQUEST_ID, Refusal, connect_request, connect_route,
};
use sekisho_upstream::{self as upstream, Share, Socket};

pub(crate) use count::{Carrying, Count};
pub(crate) use ended::TunnelEnds;

use crate::admit::{Admitted, admit};
use crate::event::Event;
use crate::exchange::Exchange;
use crate::registration::Registration;
use crate::request_id;
use crate::serve::{cut_off, no_answer_refusal, refuse, register};
use crate::worker::Worker;

/// Serves one CONNECT, whatever it comes to.
pub(crate) async fn serve(
    worker: &Rc<Worker>,
    connection: &Connection,
    tunnels: &TunnelEnds,
    windows: &TunnelWindows,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) {
    let (now, (parts, body)) = (worker.now(), request.into_parts());
    let id = request_id::new(now);
    let exchange = Exchange::begin(worker, connection.peer, &id, now);
    exchange.is_tunnel();
    let head = ConnectHead::from_http2(&parts, &worker.shared.limits.head).map_err(Refusal::Malformed);
    drop(parts);
    let opened = {
        let mut opening = pin!(async { open(worker, connection, &head?, id.clone(), &exchange).await });
        let opened = poll_fn(|context| match opening.as_mut().poll(context) {
            Poll::Ready(opened) => Poll::Ready(Some(opened)),
            // Whoever resets the stream wants no tunnel any more.
            Poll::Pending => respond.poll_reset(context).map(|_| None),
        });
        opened.await
    };
    match opened {
        None => {}
        Some(Err(refusal)) => {
            exchange.refused(&refusal);
            let mut reply = refuse(worker, &refusal, None, connection.peer, id, now);
            exchange.replies(&mut reply, &Method::CONNECT);
            send(reply, respond, &Method::CONNECT, Pace::of_reply(&worker.shared.limits)).await;
        }
        Some(Ok(tunnel)) => {
            exchange.status(StatusCode::OK);
            let Ok(stream) = respond.send_response(accepted(&id), false) else { return };
            windows.permit();
            if let Some(reason) = relay::run(worker, body, stream, tunnel).await {
                tunnels.ended(id, reason);
            }
        }
    }
}

/// A tunnel that is permitted, registered and connected.
struct Tunnel {
    upstream: Socket,
    share: Share,
    registration: Registration,
    session: SessionId,
}

async fn open(
    worker: &Rc<Worker>,
    connection: &Connection,
    head: &ConnectHead,
    id: RequestId,
    exchange: &Exchange,
) -> Result<Tunnel, Refusal> {
    let (world, shared) = (worker.world(), &worker.shared);
    let service = connect_route(head, connection, &shared.terminals, &world)?;
    let key = &shared.site.cookie_key;
    let request = connect_request(head, &service, connection, key, &world, id.clone(), worker.now())?;
    let session = request.session().id;
    worker.strangers.greet(connection.peer);
    worker.note_activity(session, worker.now());
    exchange.asks_for(&service.resource);
    exchange.asks_as(&request, &world);
    let at = exchange.lasted();
    let admitted = admit(worker, &service.resource, &request, &world).await;
    exchange.decided(at, &admitted);
    let decision = match &admitted {
        Ok(admitted) => &admitted.decision,
        Err(Refusal::Denied(..) | Refusal::Challenged(..)) => &id,
        // Nothing was decided that an event could refer to.
        Err(refusal) => return Err(refusal.clone()),
    };
    let event = Event::of(worker, ("CONNECT", service.resource.id.as_str()), &id, decision);
    let tunnel = match &admitted {
        Ok(admitted) => connected(worker, &service, connection, admitted, session, exchange).await,
        Err(refusal) => Err(refusal.clone()),
    };
    event.answered(tunnel.as_ref().map_or_else(Refusal::status, |_| StatusCode::OK));
    tunnel
}

async fn connected(
    worker: &Rc<Worker>,
    service: &Application,
    connection: &Connection,
    admitted: &Admitted,
    session: SessionId,
    exchange: &Exchange,
) -> Result<Tunnel, Refusal> {
    let mut registration = register(worker, service, connection, admitted, exchange)?;
    exchange.forwards();
    let (world, shared) = (worker.world(), &worker.shared);
    let upstream = {
        let mut opening =
            pin!(upstream::open(&admitted.permit, &shared.budget, &world, &shared.pool, &shared.listening));
        poll_fn(|context| match registration.poll_cut(context) {
            Poll::Ready(reason) => Poll::Ready(Err(cut_off(service, reason))),
            Poll::Pending => opening.as_mut().poll(context).map(Ok),
        })
        .await?
    };
    let (upstream, share) = upstream.map_err(|no_answer| no_answer_refusal(service, no_answer))?;
    exchange.answered();
    Ok(Tunnel { upstream, share, registration, session })
}

fn accepted(id: &RequestId) -> Response<()> {
    let mut response = Response::new(());
    if let Ok(id) = HeaderValue::try_from(id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
