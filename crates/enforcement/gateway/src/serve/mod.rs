//! From a checked head to a reply: the same for HTTP/1 and HTTP/2.
//!
//! Step 5 of the life of a request; next: `crates/decision/policy-enforcement/src/route.rs`.

mod application;
mod decision_point;
mod handshake;
mod local;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use sekisho_http_server::{Interim, RequestBody};
use sekisho_model::Host;
use sekisho_model::documents::Resource;
use sekisho_policy_enforcement::{
    Connection, Refusal, RequestHead, Route, allow_origin, allowed_origin, is_https_only, preflight, route,
    say_https_only, shown_session,
};
use sekisho_policy_information::World;

use crate::acceptor::Acceptor;
use crate::connection_slots::Account;
use crate::exchange::Exchange;
use crate::refuser::Unread;
use crate::reply::{Reply, note_reply};
use crate::worker::Worker;
use crate::{request_id, session_transfer};

/// Serves one request, whatever it comes to.
pub(crate) async fn serve(
    acceptor: &Acceptor,
    connection: &Connection,
    head: &RequestHead,
    body: RequestBody,
    interim: Option<Interim>,
) -> Reply {
    let Acceptor { worker, services, .. } = acceptor;
    let began = Instant::now();
    let now = worker.current.now();
    let id = request_id::new(now);
    let world = worker.current.world();
    let exchange = Exchange::of(&worker.observers, connection.peer, head, &id, now, || body.fault());
    // What most requests do not need is boxed, so that the rest is small: HTTP/2 moves it for every request.
    let route = admissible(worker, connection, head, &world);
    let reader = match &route {
        Ok(Route::Application(application)) => allowed_origin(head, &application.resource),
        _ => None,
    };
    let https_only = is_https_only(&route);
    let outcome = match route {
        Ok(Route::Server) => Ok(Reply::empty(http::StatusCode::NO_CONTENT)),
        Ok(Route::Local(number)) => Box::pin(local::serve(services, number, connection, head, body, id.clone())).await,
        Ok(Route::DecisionPoint) => {
            Box::pin(decision_point::serve(worker, services, connection, head, body, id.clone())).await
        }
        Ok(Route::Own(page, application)) => {
            exchange.asks_for(&application.resource);
            Box::pin(session_transfer::serve(worker, page, &application, head, now)).await
        }
        Ok(Route::Application(application)) => {
            let (exchange, application) = (&exchange, &application);
            exchange.asks_for(&application.resource);
            let asked_before = preflight(head, &application.resource);
            let ask = application::Ask { worker, application, connection, head, id: &id, world: &world, exchange };
            match asked_before {
                Some(answer) => Ok(Reply { head: answer, body: Bytes::new().into(), ends_connection: false }),
                // Boxed too: what holds it is moved several times before it waits.
                None => Box::pin(ask.serve(body, interim)).await,
            }
        }
        Err(refusal) => Err(refusal),
    };
    worker.meter.borrow_mut().request.note(began.elapsed());
    let mut reply = outcome.unwrap_or_else(|refusal| {
        exchange.refused(&refusal);
        let resource = match &refusal {
            Refusal::Malformed(_) => resource_at(worker, head.host()),
            refusal => refusal.resource().cloned(),
        };
        worker.refuser.refuse_at(&refusal, Some(head), resource.as_deref(), connection.peer, id, now)
    });
    if let Some(origin) = reader {
        allow_origin(reply.head.headers_mut(), origin);
    }
    if https_only && !reply.head.status().is_informational() {
        say_https_only(reply.head.headers_mut());
    }
    note_reply(&exchange, &mut reply, head.method());
    reply
}

/// The response on a connection whose bytes were no head.
pub(crate) fn refuse_connection(worker: &Worker, refusal: &Refusal, peer: SocketAddr, unread: Unread<'_>) -> Reply {
    let now = worker.current.now();
    let id = request_id::new(now);
    let exchange = Exchange::begin(&worker.observers, peer, &id, now);
    let resource = unread.host.and_then(|host| resource_at(worker, host));
    if let Some(resource) = &resource {
        exchange.asks_for(resource);
    }
    exchange.refused(refusal);
    let mut reply = worker.refuser.refuse_unread(refusal, unread, resource.as_deref(), peer, id, now);
    note_reply(&exchange, &mut reply, &http::Method::GET);
    reply.ends_connection = true;
    reply
}

fn resource_at(worker: &Worker, host: &Host) -> Option<Arc<Resource>> {
    let world = worker.current.world();
    world.resource_by_host(host.as_str()).and_then(|handle| world.resource(handle)).cloned()
}

/// Where the request leads, unless unauthenticated connections crowd the gateway and this is one.
fn admissible(worker: &Worker, connection: &Connection, head: &RequestHead, world: &World) -> Result<Route, Refusal> {
    let (site, clients) = (&worker.hosts.site, &worker.clients);
    let route = route(head, connection, site, world)?;
    if !clients.unauthenticated.has(connection.peer) {
        return Ok(route);
    }
    if let Some(session) = shown_session(head, &route, connection, site, world, worker.current.now()) {
        clients.unauthenticated.mark_authenticated(connection.peer, Some(Account(session.subject.index())));
    } else if clients.slots.are_crowded() {
        return Err(Refusal::Crowded);
    }
    Ok(route)
}
