//! From a checked head to a reply: the same for HTTP/1 and HTTP/2.
//!
//! Step 5 of the life of a request; next: `crates/policy-enforcement/src/route.rs`.

mod answer;
mod application;
mod handoff;
mod local;
mod reply;
mod request_body;

pub(crate) use answer::{refuse, refuse_connection};
pub(crate) use application::{cut_off, no_answer_refusal, register};
pub(crate) use reply::{Reply, ReplyBody};
pub(crate) use request_body::RequestBody;

use std::rc::Rc;

use sekisho_policy_enforcement::{Connection, RequestHead, Route, route};

use crate::request_id;
use crate::worker::Worker;

/// Serves one request, whatever it comes to.
pub(crate) async fn serve(
    worker: &Rc<Worker>,
    connection: &Connection,
    head: &RequestHead,
    body: RequestBody,
) -> Reply {
    let now = worker.now();
    let id = request_id::new(now);
    let world = worker.world();
    let outcome = match route(head, connection, &worker.shared.site, &world) {
        Ok(Route::Server) => Ok(Reply::empty(http::StatusCode::NO_CONTENT)),
        Ok(Route::Local(number)) => local::serve(worker, number, connection, head, body, id.clone()).await,
        Ok(Route::Own(page, application)) => handoff::serve(worker, page, &application, head, now).await,
        Ok(Route::Application(application)) => {
            application::serve(worker, &application, connection, head, body, id.clone(), &world).await
        }
        Err(refusal) => Err(refusal),
    };
    outcome.unwrap_or_else(|refusal| answer::refuse(worker, &refusal, Some(head), id, now))
}
