//! One exchange while it lasts: each part of the gateway notes what it did. When the last of them drops it, its observation goes to
//! the observers.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, Version};
use sekisho_http_server::BodyFault;
use sekisho_model::documents::Resource;
use sekisho_model::{AccessRequest, RequestId, Timestamp};
use sekisho_observation::{Decided, Forwarded, Observation, Observers, Outcome, Protocol};
use sekisho_policy_enforcement::{Refusal, RequestHead, TraceContext};
use sekisho_policy_information::World;
use sekisho_upstream::Failed;

use crate::admit::Admitted;
use crate::carried::Count;

/// One exchange. Empty where nobody observes.
#[derive(Clone, Default)]
pub(crate) struct Exchange(Option<Rc<Noted>>);

struct Noted {
    observers: Arc<Observers>,
    began: Instant,
    observation: RefCell<Observation>,
    body: BodyFault,
    carried: RefCell<Option<Rc<Count>>>,
}

impl Exchange {
    /// Begins an exchange, where somebody observes.
    pub(crate) fn begin(
        observers: &Arc<Observers>,
        client: std::net::SocketAddr,
        id: &RequestId,
        now: Timestamp,
    ) -> Self {
        Self::with_body(observers, client, id, now, BodyFault::default())
    }

    fn with_body(
        observers: &Arc<Observers>,
        client: std::net::SocketAddr,
        id: &RequestId,
        now: Timestamp,
        body: BodyFault,
    ) -> Self {
        Self(observers.is_anybody().then(|| {
            let observation = RefCell::new(Observation::begun(now, id.clone(), client.ip()));
            let (observers, carried) = (observers.clone(), RefCell::default());
            Rc::new(Noted { observers, began: Instant::now(), observation, body, carried })
        }))
    }

    /// Begins with a head and a body.
    pub(crate) fn of(
        observers: &Arc<Observers>,
        client: std::net::SocketAddr,
        head: &RequestHead,
        id: &RequestId,
        now: Timestamp,
        body: impl FnOnce() -> BodyFault,
    ) -> Self {
        if !observers.is_anybody() {
            return Self::default();
        }
        let this = Self::with_body(observers, client, id, now, body());
        this.note(|observation| {
            observation.method = Some(head.method().clone());
            observation.protocol = match head.version() {
                _ if head.hops().websocket => Protocol::WebSocket,
                Version::HTTP_2 => Protocol::Http2,
                _ => Protocol::Http1,
            };
            let traces = observers.traces.as_ref();
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
            observation.subject = Some(world.subject_name(request.subject()));
        });
    }

    /// How long it has lasted; nothing where nobody observes.
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
            Outcome::Permit => observation.reason = Some(refusal.reason_code().into()),
            Outcome::Served | Outcome::Refused => {
                observation.outcome = Outcome::Refused;
                observation.reason = Some(refusal.reason_code().into());
            }
        });
    }

    /// The status of its answer.
    pub(crate) fn status(&self, status: http::StatusCode) {
        self.note(|observation| observation.status = Some(status.as_u16()));
    }

    /// Counts bytes that went to the client.
    pub(crate) fn sent(&self, bytes: usize) {
        self.note(|observation| observation.sent += u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Counts bytes that came from the client.
    pub(crate) fn received(&self, bytes: usize) {
        self.note(|observation| observation.received += u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// It is a tunnel with that count.
    pub(crate) fn carries(&self, count: &Rc<Count>) {
        if let Some(gathered) = &self.0 {
            *gathered.carried.borrow_mut() = Some(count.clone());
        }
    }

    /// The resource's answer broke off behind its head.
    pub(crate) fn broke_off(&self, failed: Failed) {
        tracing::warn!(%failed, "an upstream broke off its answer");
        self.note(|observation| {
            observation.reason = Some(match failed {
                Failed::Answer(broken) => broken.code().into(),
                Failed::Request | Failed::Stream => "application-failed".into(),
            });
        });
    }

    /// It was cut.
    pub(crate) fn cut(&self, reason: &str) {
        self.note(|observation| {
            observation.outcome = Outcome::Cut;
            observation.reason = Some(reason.to_owned().into());
        });
    }

    /// Whether nobody observes it.
    pub(crate) const fn is_unobserved(&self) -> bool {
        self.0.is_none()
    }

    fn note(&self, what: impl FnOnce(&mut Observation)) {
        if let Some(gathered) = &self.0 {
            what(&mut gathered.observation.borrow_mut());
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let observation = self.observation.get_mut();
        observation.took = self.began.elapsed();
        observation.received += self.body.bytes();
        if let Some(count) = self.carried.get_mut() {
            observation.received += count.bytes_in();
            observation.sent += count.bytes_out();
        }
        let empty = Observation::begun(observation.began, observation.request.clone(), observation.client);
        self.observers.tell(std::mem::replace(observation, empty));
    }
}
