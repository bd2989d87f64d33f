//! One CONNECT: from its head to an open tunnel, or to its refusal.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use sekisho_api_gateway::Violation;
use sekisho_data_gateway::Treatment;
use sekisho_http_server::Pace;
use sekisho_http_server::http2::{TunnelWindows, send};
use sekisho_model::{RequestId, SessionId};
use sekisho_policy_administrator::data_unreadable;
use sekisho_policy_enforcement::{
    Application, ConnectHead, Connection, REQUEST_ID, Refusal, connect_request, connect_route,
};
use sekisho_upstream as upstream;

use super::ended::TunnelEnds;
use super::relay::{self, Tunnel};
use crate::acceptor::Acceptor;
use crate::admit::Admitted;
use crate::connection_slots::Account;
use crate::event::Event;
use crate::exchange::Exchange;
use crate::registration::Registration;
use crate::reply::note_reply;
use crate::request_id;
use crate::worker::Worker;

/// Serves one CONNECT, whatever it comes to.
pub(crate) async fn serve(
    acceptor: &Acceptor,
    connection: &Connection,
    tunnels: &TunnelEnds,
    windows: &TunnelWindows,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) {
    let Acceptor { worker, limits, .. } = acceptor;
    let (now, (parts, body)) = (worker.current.now(), request.into_parts());
    let id = request_id::new(now);
    let exchange = Exchange::begin(&worker.observers, connection.peer, &id, now);
    exchange.is_tunnel();
    let head = ConnectHead::from_http2(&parts, &limits.head).map_err(Refusal::Malformed);
    drop(parts);
    let opened = {
        let mut opening = pin!(async { open(worker, connection, &head?, id.clone(), &exchange).await });
        let opened = poll_fn(|context| match opening.as_mut().poll(context) {
            Poll::Ready(opened) => Poll::Ready(Some(opened)),
            // A client that resets the stream wants no tunnel any more.
            Poll::Pending => respond.poll_reset(context).map(|_| None),
        });
        opened.await
    };
    match opened {
        None => {}
        Some(Err(refusal)) => {
            exchange.refused(&refusal);
            let mut reply = worker.refuser.refuse(&refusal, None, connection.peer, id, now);
            note_reply(&exchange, &mut reply, &Method::CONNECT);
            send(reply, respond, &Method::CONNECT, Pace::of_reply(limits)).await;
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

async fn open(
    worker: &Rc<Worker>,
    connection: &Connection,
    head: &ConnectHead,
    id: RequestId,
    exchange: &Exchange,
) -> Result<Tunnel, Refusal> {
    let (world, hosts) = (worker.current.world(), &worker.hosts);
    let service = connect_route(head, connection, &hosts.terminals, &world)?;
    let key = &hosts.site.cookie_key;
    let request = connect_request(head, &service, connection, key, &world, id.clone(), worker.current.now())?;
    let session = request.session().id;
    worker
        .clients
        .unauthenticated
        .mark_authenticated(connection.peer, Some(Account(request.session().subject.index())));
    worker.activity.note(session, worker.current.now());
    exchange.asks_for(&service.resource);
    exchange.asks_as(&request, &world);
    let at = exchange.lasted();
    let admitted = worker.decider.admit(&service.resource, &request, &world).await;
    exchange.decided(at, &admitted);
    let decision = match &admitted {
        Ok(admitted) => &admitted.decision,
        Err(Refusal::Denied(..) | Refusal::Challenged(..)) => &id,
        // Nothing was decided that an event could refer to.
        Err(refusal) => return Err(refusal.clone()),
    };
    let event = Event::of(&worker.recorder, ("CONNECT", service.resource.id.as_str()), &id, decision);
    let tunnel = match &admitted {
        Ok(admitted) => connected(worker, &service, connection, admitted, session, exchange).await,
        Err(refusal) => Err(refusal.clone()),
    };
    match &tunnel {
        Ok(_) => event.answered(StatusCode::OK),
        Err(refusal) => event.refused(refusal, admitted.is_ok()),
    }
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
    // Nobody knows what a tunnel carries.
    if !Treatment::of(admitted.permit.obligations()).is_as_it_is() {
        return Err(Refusal::cut_off(service, data_unreadable()));
    }
    // No API document describes what a tunnel carries.
    if worker.current.world().api(service.handle).is_some() {
        return Err(Refusal::NotAsDescribed(service.resource.clone(), Violation::no_operation()));
    }
    let mut registration = Registration::open(&worker.streams, connection, admitted, exchange)
        .map_err(|reason| Refusal::cut_off(service, reason))?;
    exchange.forwards();
    let world = worker.current.world();
    let upstream = {
        let mut opening = pin!(upstream::open(&worker.upstreams, &admitted.permit, &world));
        poll_fn(|context| match registration.poll_cut(context) {
            Poll::Ready(reason) => Poll::Ready(Err(Refusal::cut_off(service, reason))),
            Poll::Pending => opening.as_mut().poll(context).map(Ok),
        })
        .await?
    };
    let (upstream, share) = upstream.map_err(|no_answer| no_answer.refusal(service.resource.clone()))?;
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
