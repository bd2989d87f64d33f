//! From a checked head to a reply: the same for HTTP/1 and HTTP/2.
//!
//! Step 5 of the life of a request; next: `crates/decision/policy-enforcement/src/route.rs`.

mod answer;
mod application;
mod decision;
mod handoff;
mod handshake;
mod local;
mod reply;

pub(crate) use answer::{refuse, refuse_connection, view};
pub(crate) use application::{cut_off, no_answer_refusal, register};
pub(crate) use handoff::serve as own_page;
pub(crate) use reply::{Reply, ReplyBody};

use std::rc::Rc;
use std::time::Instant;

use sekisho_http_server::{Interim, RequestBody};
use sekisho_policy_enforcement::{Connection, Refusal, RequestHead, Route, route, shows_session};
use sekisho_policy_information::World;

use crate::exchange::Exchange;
use crate::request_id;
use crate::worker::Worker;

/// Serves one request, whatever it comes to.
pub(crate) async fn serve(
    worker: &Rc<Worker>,
    connection: &Connection,
    head: &RequestHead,
    body: RequestBody,
    interim: Option<Interim>,
) -> Reply {
    let began = Instant::now();
    let now = worker.now();
    let id = request_id::new(now);
    let world = worker.world();
    let exchange = Exchange::of(worker, connection.peer, head, &id, now, || body.fault());
    // What most requests do not need is boxed, so that the rest is small: HTTP/2 moves it for every request.
    let outcome = match admissible(worker, connection, head, &world) {
        Ok(Route::Server) => Ok(Reply::empty(http::StatusCode::NO_CONTENT)),
        Ok(Route::Local(number)) => match &worker.shared.decisions {
            Some(host) if number == worker.shared.local.len() => {
                Box::pin(decision::serve(worker, host, connection, head, body, id.clone())).await
            }
            _ => Box::pin(local::serve(worker, number, connection, head, body, id.clone())).await,
        },
        Ok(Route::Own(page, application)) => {
            exchange.asks_for(&application.resource);
            Box::pin(handoff::serve(worker, page, &application, head, now)).await
        }
        Ok(Route::Application(application)) => {
            let (exchange, application) = (&exchange, &application);
            exchange.asks_for(&application.resource);
            let ask = application::Ask { worker, application, connection, head, id: &id, world: &world, exchange };
            ask.serve(body, interim).await
        }
        Err(refusal) => Err(refusal),
    };
    worker.meter.borrow_mut().request.note(began.elapsed());
    let mut reply = outcome.unwrap_or_else(|refusal| {
        exchange.refused(&refusal);
        answer::refuse(worker, &refusal, Some(head), connection.peer, id, now)
    });
    exchange.replies(&mut reply, head.method());
    reply
}

/// Where the request leads, unless strangers crowd the gateway and this is one.
fn admissible(worker: &Worker, connection: &Connection, head: &RequestHead, world: &World) -> Result<Route, Refusal> {
    let route = route(head, connection, &worker.shared.site, world)?;
    if !worker.strangers.has(connection.peer) {
        return Ok(route);
    }
    if shows_session(head, &route, &worker.shared.site, world, worker.now()) {
        worker.strangers.greet(connection.peer);
    } else if worker.shared.places.are_crowded() {
        return Err(Refusal::Crowded);
    }
    Ok(route)
}
