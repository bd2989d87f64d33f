//! One exchange while it lasts: whoever takes part says what it did. When the last of them lets go, it is told.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, Version};
use sekisho_http_server::BodyFault;
use sekisho_model::documents::Resource;
use sekisho_model::{AccessRequest, RequestId, Timestamp};
use sekisho_observation::{Decided, Forwarded, Observation, Outcome, Protocol};
use sekisho_policy_enforcement::{Refusal, RequestHead, TraceContext};
use sekisho_policy_information::World;

use crate::admit::Admitted;
use crate::connect::Count;
use crate::serve::{Reply, ReplyBody};
use crate::worker::{Shared, Worker};

/// One exchange. Empty where nobody is told.
#[derive(Clone, Default)]
pub(crate) struct Exchange(Option<Rc<Gathered>>);

struct Gathered {
    shared: Arc<Shared>,
    began: Instant,
    observation: RefCell<Observation>,
    body: BodyFault,
    carried: RefCell<Option<Rc<Count>>>,
}

impl Exchange {
    /// Begins, where somebody is told.
    pub(crate) fn begin(worker: &Worker, client: std::net::SocketAddr, id: &RequestId, now: Timestamp) -> Self {
        Self::with_body(worker, client, id, now, BodyFault::default())
    }

    fn with_body(
        worker: &Worker,
        client: std::net::SocketAddr,
        id: &RequestId,
        now: Timestamp,
        body: BodyFault,
    ) -> Self {
        let shared = &worker.shared;
        Self(shared.observers.is_anybody().then(|| {
            let observation = RefCell::new(Observation::begun(now, id.clone(), client.ip()));
            let (shared, carried) = (shared.clone(), RefCell::default());
            Rc::new(Gathered { shared, began: Instant::now(), observation, body, carried })
        }))
    }

    /// Begins with a head and a body.
    pub(crate) fn of(
        worker: &Worker,
        client: std::net::SocketAddr,
        head: &RequestHead,
        id: &RequestId,
        now: Timestamp,
        body: impl FnOnce() -> BodyFault,
    ) -> Self {
        if !worker.shared.observers.is_anybody() {
            return Self::default();
        }
        let this = Self::with_body(worker, client, id, now, body());
        this.note(|observation| {
            observation.method = Some(head.method().clone());
            observation.protocol = match head.version() {
                _ if head.hops().websocket => Protocol::WebSocket,
                Version::HTTP_2 => Protocol::Http2,
                _ => Protocol::Http1,
            };
            let traces = worker.shared.observers.traces.as_ref();
            observation.spans = traces.and_then(|traces| traces.begin(TraceContext::read(head.fields())));
        });
        this
    }

    /// It asks for a tunnel.
    pub(crate) fn is_tunnel(&self) {
        self.note(|observation| (observation.method, observation.protocol) = (Some(Method::CONNECT), Protocol::Tunnel));
    }

    /// It asks for that resource.
    pub(crate) fn asks_for(&self, resource: &Resource) {
        self.note(|observation| observation.resource = Some(resource.id.clone()));
    }

    /// It asks in that session.
    pub(crate) fn asks_as(&self, request: &AccessRequest, world: &World) {
        self.note(|observation| {
            observation.session = Some(request.session().id);
            observation.subject = Some(world.facts().interner().name(request.subject()));
        });
    }

    /// How long it has lasted; nothing where nobody is told.
    pub(crate) fn lasted(&self) -> Duration {
        self.0.as_ref().map_or(Duration::ZERO, |gathered| gathered.began.elapsed())
    }

    /// It was decided, having been asked then.
    pub(crate) fn decided(&self, at: Duration, outcome: &Result<Admitted, Refusal>) {
        let Some(gathered) = &self.0 else { return };
        let took = gathered.began.elapsed().saturating_sub(at);
        let mut observation = gathered.observation.borrow_mut();
        let (decision, outcome, reasons) = match outcome {
            Ok(admitted) => (&admitted.decision, Outcome::Permit, admitted.reasons.clone()),
            Err(Refusal::Challenged(_, why)) => (&observation.request, Outcome::Challenge, why.codes()),
            Err(Refusal::Denied(_, why)) => (&observation.request, Outcome::Deny, why.codes()),
            Err(_) => return,
        };
        let decided = Decided { decision: decision.clone(), outcome, reasons, at, took };
        observation.outcome = outcome;
        observation.reason = match decided.reasons.first() {
            Some(reason) => Some(reason.clone().into()),
            None if decided.decision != observation.request => Some("remembered".into()),
            None => None,
        };
        observation.decided = Some(decided);
    }

    /// The resource is asked.
    pub(crate) fn forwards(&self) {
        let at = self.lasted();
        self.note(|observation| observation.forwarded = Some(Forwarded { at, answered: None }));
    }

    /// The resource answered.
    pub(crate) fn answered(&self) {
        let now = self.lasted();
        self.note(|observation| {
            if let Some(forwarded) = &mut observation.forwarded {
                forwarded.answered = Some(now);
            }
        });
    }

    /// The trace that the resource continues.
    pub(crate) fn trace(&self) -> Option<TraceContext> {
        Some(self.0.as_ref()?.observation.borrow().spans.as_ref()?.outgoing())
    }

    /// It is refused. What its decision came to stays, and so does a cut.
    pub(crate) fn refused(&self, refusal: &Refusal) {
        self.note(|observation| match observation.outcome {
            Outcome::Challenge | Outcome::Deny | Outcome::Cut => {}
            Outcome::Permit => observation.reason = Some(refusal.kind().code().into()),
            Outcome::Served | Outcome::Refused => {
                observation.outcome = Outcome::Refused;
                observation.reason = Some(refusal.kind().code().into());
            }
        });
    }

    /// That is its reply.
    pub(crate) fn replies(&self, reply: &mut Reply, method: &Method) {
        if self.0.is_none() {
            return;
        }
        self.status(reply.head.status());
        match &mut reply.body {
            ReplyBody::Full(bytes) | ReplyBody::Trailed(bytes, _) if *method != Method::HEAD => self.sent(bytes.len()),
            ReplyBody::Local(_, exchange) => *exchange = self.clone(),
            _ => {}
        }
    }

    /// The status of its answer.
    pub(crate) fn status(&self, status: http::StatusCode) {
        self.note(|observation| observation.status = Some(status.as_u16()));
    }

    /// So many bytes went to the client.
    pub(crate) fn sent(&self, bytes: usize) {
        self.note(|observation| observation.sent += u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// So many bytes came from the client.
    pub(crate) fn received(&self, bytes: usize) {
        self.note(|observation| observation.received += u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// It is a tunnel with that count.
    pub(crate) fn carries(&self, count: &Rc<Count>) {
        if let Some(gathered) = &self.0 {
            *gathered.carried.borrow_mut() = Some(count.clone());
        }
    }

    /// It was cut.
    pub(crate) fn cut(&self, reason: &str) {
        self.note(|observation| {
            observation.outcome = Outcome::Cut;
            observation.reason = Some(reason.to_owned().into());
        });
    }

    fn note(&self, what: impl FnOnce(&mut Observation)) {
        if let Some(gathered) = &self.0 {
            what(&mut gathered.observation.borrow_mut());
        }
    }
}

impl Drop for Gathered {
    fn drop(&mut self) {
        let observation = self.observation.get_mut();
        observation.took = self.began.elapsed();
        observation.received += self.body.bytes();
        if let Some(count) = self.carried.get_mut() {
            observation.received += count.bytes_in();
            observation.sent += count.bytes_out();
        }
        let empty = Observation::begun(observation.began, observation.request.clone(), observation.client);
        self.shared.observers.tell(std::mem::replace(observation, empty));
    }
}
