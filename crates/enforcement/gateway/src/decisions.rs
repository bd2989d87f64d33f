//! Decisions for enforcement points that are not ours: the same routing, session, decision and record as for what passes
//! through this gateway. The decision point asks here and has no other way.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use http::header::LOCATION;
use http::{HeaderValue, Response};
use sekisho_model::documents::Resource;
use sekisho_model::{AccessRequest, Act, Actor, Host, Record, RequestId, Timestamp};
use sekisho_policy_enforcement::{
    Application, Caller, Connection, CookieKey, HeadLimits, Refusal, RefusalView, RequestHead, Route, access_request,
    route_held,
};
use sekisho_policy_engine::Permit;
use sekisho_policy_information::World;

use crate::admit::Admitted;
use crate::callbacks::Body;
use crate::reply::{Reply, ReplyBody};
use crate::searcher::Searcher;
use crate::worker::Worker;
use crate::{request_id, session_transfer};

/// Answers callers on the decision point's host. It runs on the worker that the connection came to.
pub type DecisionService = Arc<dyn Fn(Question, Decisions) -> LocalBoxFuture<'static, DecisionAnswer> + Send + Sync>;

/// The decision point among the hosts. Its TLS handshake asks for the caller's certificate and goes on without.
#[derive(Clone)]
pub struct DecisionHost {
    /// Its host.
    pub host: Host,
    /// Its service.
    pub service: DecisionService,
}

/// A request of a caller.
pub struct Question {
    /// Its head.
    pub head: RequestHead,
    /// Its body.
    pub body: Body,
    /// Who is at the other end of the connection, as far as the connection tells.
    pub connection: Connection,
    /// Its identifier.
    pub id: RequestId,
}

/// An answer to a caller.
#[derive(Debug)]
pub struct DecisionAnswer {
    /// Head and body.
    pub response: Response<Bytes>,
    /// Fields after the body, which only HTTP/2 has.
    pub trailers: Option<http::HeaderMap>,
}

/// A request that a caller holds may pass.
#[derive(Debug)]
pub struct Passage {
    /// The proof.
    pub permit: Permit,
    /// The signed assertion that identifies the requester to the resource.
    pub assertion: HeaderValue,
}

/// Either the request may pass, or this is what its sender gets.
#[derive(Debug)]
pub enum Held {
    /// It may pass.
    Passes(Box<Passage>),
    /// It goes no further: a refusal, or a page of ours.
    Answered(Response<Bytes>),
}

/// The way to ask for decisions.
#[derive(Clone)]
pub struct Decisions {
    worker: Rc<Worker>,
}

impl Decisions {
    pub(crate) fn new(worker: &Rc<Worker>) -> Self {
        Self { worker: worker.clone() }
    }

    /// The newest World.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        self.worker.current.world()
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.worker.current.now()
    }

    /// A new request identifier.
    #[must_use]
    pub fn new_id(&self) -> RequestId {
        request_id::new(self.now())
    }

    /// The limits of heads.
    #[must_use]
    pub fn limits(&self) -> &HeadLimits {
        &self.worker.head_limits
    }

    /// The key that session cookies are checked with.
    #[must_use]
    pub fn cookie_key(&self) -> &CookieKey {
        &self.worker.hosts.site.cookie_key
    }

    /// The origin of a host of ours, as callers write it.
    #[must_use]
    pub fn origin_of(&self, host: &Host) -> String {
        self.worker.hosts.origin_of(host)
    }

    /// The keys that assertions are checked with.
    #[must_use]
    pub fn keys(&self) -> serde_json::Value {
        self.worker.assertions.jwks()
    }

    /// Keeps the connection of a proven caller when unauthenticated connections crowd the gateway.
    pub fn mark_authenticated(&self, connection: &Connection) {
        self.worker.clients.unauthenticated.mark_authenticated(connection.peer, None);
    }

    /// Decides a web request that a caller holds, as if it had come to this gateway.
    pub async fn hold(&self, caller: &Caller, head: &RequestHead, connection: &Connection, id: RequestId) -> Held {
        let (worker, world, now) = (&self.worker, self.world(), self.now());
        let outcome = match route_held(head, caller, worker.hosts.public_port, &world) {
            Ok(Route::Application(application)) => {
                match self.pass(&application, head, connection, id.clone(), &world).await {
                    Ok(passage) => return Held::Passes(Box::new(passage)),
                    Err(refusal) => Err(refusal),
                }
            }
            Ok(Route::Own(page, application)) => session_transfer::serve(worker, page, &application, head, now).await,
            Ok(Route::Server | Route::Local(_) | Route::DecisionPoint) => Err(Refusal::NoSuchPage),
            Err(refusal) => Err(refusal),
        };
        match outcome {
            // A caller takes every success for a permit, and this page was not asked for by policy.
            Ok(reply) if reply.head.status().is_success() => {
                Held::Answered(self.refuse(&Refusal::NoSuchPage, Some(head), connection.peer, id))
            }
            Ok(reply) => Held::Answered(on_host(whole(reply), head)),
            Err(refusal) => Held::Answered(self.refuse(&refusal, Some(head), connection.peer, id)),
        }
    }

    async fn pass(
        &self,
        application: &Application,
        head: &RequestHead,
        connection: &Connection,
        id: RequestId,
        world: &Arc<World>,
    ) -> Result<Passage, Refusal> {
        let worker = &self.worker;
        let request =
            access_request(head, application, connection, &worker.hosts.site, world, id.clone(), worker.current.now())?;
        worker.activity.note(request.session().id, worker.current.now());
        let noted = Noted { method: head.method().as_str(), path: head.path() };
        let admitted = self.admit(&application.resource, &request, world, noted).await?;
        let assertion = worker.assertions.sign(world, admitted.permit.request(), worker.current.now())?;
        Ok(Passage { permit: admitted.permit, assertion })
    }

    /// Decides a question that a caller states.
    ///
    /// # Errors
    /// The refusal, when it is no permit.
    pub async fn permit(
        &self,
        resource: &Arc<Resource>,
        request: &AccessRequest,
        world: &Arc<World>,
    ) -> Result<Permit, Refusal> {
        let noted = Noted { method: "EVALUATE", path: request.action().name() };
        self.admit(resource, request, world, noted).await.map(|admitted| admitted.permit)
    }

    async fn admit(
        &self,
        resource: &Arc<Resource>,
        request: &AccessRequest,
        world: &Arc<World>,
        noted: Noted<'_>,
    ) -> Result<Admitted, Refusal> {
        let admitted = self.worker.decider.admit(resource, request, world).await;
        let (decision, status) = match &admitted {
            Ok(admitted) => (&admitted.decision, http::StatusCode::OK.as_u16()),
            Err(refusal @ (Refusal::Denied(..) | Refusal::Challenged(..))) => (request.id(), refusal.status().as_u16()),
            // Nothing was decided that an event could refer to.
            Err(_) => return admitted,
        };
        self.worker.recorder.note((noted.method, noted.path), request.id(), decision, (status, None));
        admitted
    }

    /// Lets everything else that waits on this worker go on first.
    pub async fn give_way(&self) {
        tokio::task::yield_now().await;
    }

    /// What a search is made from; `None` when the World is older than its lease, so that nothing would be permitted.
    #[must_use]
    pub fn searcher(&self, caller: &Caller, world: &Arc<World>) -> Option<Searcher> {
        let now = self.now();
        let (caller, world, key) = (caller.clone(), world.clone(), self.cookie_key().clone());
        self.worker.current.lease_holds(now).then_some(Searcher { caller, world, key, now })
    }

    /// Runs a search on a thread of its own, one at a time in the whole gateway: it may ask thousands of questions, and what passes
    /// through this worker waits for none of them.
    ///
    /// # Errors
    /// [`Refusal::WorldExpired`] when the gateway stops.
    pub async fn search<T: Send + 'static>(&self, search: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let turn = self.worker.searches.clone().acquire_owned().await.map_err(|_| Refusal::WorldExpired)?;
        let searched = tokio::task::spawn_blocking(move || {
            // A caller that left does not let the next search begin beside this one.
            let _turn = turn;
            search()
        });
        searched.await.map_err(|_| Refusal::WorldExpired)
    }

    /// Records an act of a caller.
    ///
    /// # Errors
    /// [`Refusal::NotRecorded`]: then the caller learns nothing.
    pub async fn record(
        &self,
        caller: &Caller,
        act: &str,
        target: String,
        detail: serde_json::Value,
    ) -> Result<(), Refusal> {
        let actor = Actor::EnforcementPoint(caller.id().to_string());
        let act = Act { at: self.now(), actor, act: act.to_owned(), target, detail };
        // INVARIANT I-9: what cannot be recorded is not answered.
        self.worker.recorder.append(Record::Act(act)).await.map_err(|error| {
            tracing::error!(%error, "an act of an enforcement point was not recorded");
            Refusal::NotRecorded
        })?;
        Ok(())
    }

    /// Adds a refusal to the sums of what was refused before a decision, unless there was one.
    pub fn note_refused(&self, refusal: &Refusal, from: IpAddr, id: &RequestId) {
        if !refusal.follows_a_decision() {
            let (kind, resource) = (refusal.kind(), refusal.resource().map(|resource| &resource.id));
            self.worker.recorder.add_refused(kind, from, resource, id, || kind.code().to_owned());
        }
    }

    /// What there is to say of a refusal.
    #[must_use]
    pub fn explain(&self, refusal: &Refusal, id: RequestId) -> RefusalView {
        self.worker.refuser.view(refusal, id, self.now())
    }

    /// What the sender of a refused request gets: a page, a problem document, or the way to sign in.
    #[must_use]
    pub fn refuse(
        &self,
        refusal: &Refusal,
        head: Option<&RequestHead>,
        peer: SocketAddr,
        id: RequestId,
    ) -> Response<Bytes> {
        whole(self.worker.refuser.refuse(refusal, head, peer, id, self.now()))
    }
}

/// What an access event says of a request.
#[derive(Clone, Copy)]
struct Noted<'a> {
    method: &'a str,
    path: &'a str,
}

/// The way on, with its host: a caller would take a path for one of its own server's.
fn on_host(mut response: Response<Bytes>, head: &RequestHead) -> Response<Bytes> {
    let path = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).filter(|to| to.starts_with('/'));
    let whole = path.and_then(|path| HeaderValue::try_from(format!("https://{}{path}", head.authority())).ok());
    if let Some(whole) = whole {
        response.headers_mut().insert(LOCATION, whole);
    }
    response
}

/// A reply of our own is whole when it is made.
fn whole(reply: Reply) -> Response<Bytes> {
    let body = match reply.body {
        ReplyBody::Full(bytes) => bytes,
        _ => Bytes::new(),
    };
    reply.head.map(|()| body)
}
