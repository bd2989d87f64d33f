//! One request to the API: who makes it, from where, against which World.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use http::request::Parts;
use sekisho_capability::{ActSpec, Asking, Demand, demand};
use sekisho_model::facts::Handle;
use sekisho_model::{
    AccessRequest, Act, Action, Actor, Evidence, HttpFacts, Language, Peer, Record, RequestId, SessionFacts, Timestamp,
    UserId, WhyUnknown,
};
use sekisho_policy_engine::{Decision, Verdict};
use sekisho_policy_information::World;
use serde_json::json;

use crate::{Asker, Caller, Problem, Rest};

/// How long an answer waits for the World to show what was changed.
const IN_FORCE: Duration = Duration::from_secs(1);
/// The code under which a request outside the limits of a token is recorded.
const OUTSIDE_LIMITS: &str = "token-limit";

/// One request, as its handler sees it, with the services `S` of the crate that handles it.
#[derive(Clone)]
pub struct Call<S = ()> {
    /// What the handler acts through.
    pub services: S,
    /// What every route works with.
    pub rest: Rest,
    /// The snapshot that every decision of this request reads.
    pub world: Arc<World>,
    /// When the request came.
    pub now: Timestamp,
    /// Who calls. `None` on a route that anybody may use.
    pub caller: Option<Caller>,
    /// The language of reasons.
    pub language: Language,
    /// Where the request came from. `None` at the local socket.
    pub origin: Option<Origin>,
}

/// Where a request came from, as the gateway saw it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Its number.
    pub request: RequestId,
    /// The address of its sender.
    pub address: IpAddr,
    /// What it asks for.
    pub http: Option<HttpFacts>,
}

impl Call {
    /// Reads a request's head. `None` when it came neither through the gateway nor through the local socket.
    pub(crate) fn read(rest: &Rest, head: &Parts) -> Option<Self> {
        let (world, now) = (Arc::clone(&rest.world.borrow()), rest.clock.now());
        let (caller, origin) = match (head.extensions.get::<Caller>(), head.extensions.get::<Peer>()) {
            (Some(operator), _) => (Some(operator.clone()), None),
            (None, Some(peer)) => (
                (rest.authenticate)(&head.headers, peer, &world, now),
                Some(Origin { request: peer.request.clone(), address: peer.address.ip(), http: http_facts(head) }),
            ),
            (None, None) => return None,
        };
        let accepted = head.headers.get(http::header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = accepted.map_or(Language::English, sekisho_web::preferred);
        Some(Self { services: (), rest: rest.clone(), world, now, caller, language, origin })
    }
}

impl<S: Clone> Call<S> {
    /// The same request as of now: the newest World, the time, and who stands behind its credential now.
    pub(crate) fn again(&self, head: &Parts) -> Self {
        let now = Call::read(&self.rest, head);
        let (world, time, caller) = match now {
            Some(now) => (now.world, now.now, now.caller),
            None => (Arc::clone(&self.world), self.now, None),
        };
        // The path of the head is that of the routes; the origin has the whole one.
        Self { world, now: time, caller, ..self.clone() }
    }

    /// The call without services, for the handler to take.
    pub(crate) fn bare(&self) -> Call {
        self.clone().with_services(())
    }
}

impl<S> Call<S> {
    fn with_services<T>(self, services: T) -> Call<T> {
        Call {
            services,
            rest: self.rest,
            world: self.world,
            now: self.now,
            caller: self.caller,
            language: self.language,
            origin: self.origin,
        }
    }

    /// Who calls, on a route that requires somebody.
    ///
    /// # Errors
    /// 401 when nobody is known.
    pub fn caller(&self) -> Result<&Caller, Problem> {
        self.caller.as_ref().ok_or_else(Problem::unauthenticated)
    }

    /// The caller, as the record names them.
    ///
    /// # Errors
    /// As [`Call::caller`].
    pub fn actor(&self) -> Result<Actor, Problem> {
        Ok(self.caller()?.actor.clone())
    }

    /// Asks the policy engine whether the caller may do an act, and records the decision before it returns. `about` is the person whom the
    /// act changes, if any. The operator at the local socket may do everything.
    ///
    /// # Errors
    /// 403 when a policy or the limit of the token does not permit it, 401 when a stronger sign-in would do.
    pub async fn demand(&self, act: &ActSpec, about: Option<&UserId>) -> Result<(), Problem> {
        let asker = &self.caller()?.asker;
        let demanded = demand(&self.world, act, about, self.now);
        if !asker.is_within(demanded) {
            let needed = needed(act, demanded);
            self.record_limit(act, demanded).await?;
            return Err(Problem::forbidden(format_args!(
                "{needed}, and the token is limited to other parts of the platform, or to reading"
            )));
        }
        let Some((request, decision)) = self.decide(asker, act, about)? else { return Ok(()) };
        let record = decision.to_record(&self.world, &request, self.now);
        // INVARIANT I-9: what cannot be recorded is not permitted.
        self.rest.ledger.append(Record::Decision(Box::new(record))).await.map_err(Problem::failed)?;
        match decision.outcome() {
            Verdict::Permit(_) => Ok(()),
            Verdict::Challenge(_) | Verdict::Deny(_) => {
                Err(Problem::denied(&decision, needed(act, demanded), asker.again(), self.language))
            }
        }
    }

    /// Records that a token asked for something outside its limits.
    async fn record_limit(&self, act: &ActSpec, demanded: Demand) -> Result<(), Problem> {
        let request = self.origin.as_ref().map(|origin| origin.request.as_str());
        let detail = json!({ "act": act.code, "request": request });
        let target = format!("resource/{}", demanded.part.resource());
        let act = Act { at: self.now, actor: self.actor()?, act: OUTSIDE_LIMITS.to_owned(), target, detail };
        self.rest.ledger.append(Record::Act(act)).await.map_err(Problem::failed)?;
        Ok(())
    }

    /// Waits until the World of this process shows what the request changed, so that the caller's next request meets it. Gives up after a
    /// second: the change is stored, and a World that lags says so in `/readyz`.
    pub async fn until(&self, mut shows: impl FnMut(&World) -> bool) {
        let mut world = self.rest.world.clone();
        let _ = tokio::time::timeout(IN_FORCE, world.wait_for(|world| shows(world))).await;
    }

    /// Whether the caller may do an act, for display only: nothing is recorded, and nothing permitted.
    #[must_use]
    pub fn may(&self, act: &ActSpec) -> bool {
        let Some(caller) = &self.caller else { return false };
        let decided = self.decide(&caller.asker, act, None);
        let is_permitted = decided
            .is_ok_and(|decided| decided.is_none_or(|(_, decision)| matches!(decision.outcome(), Verdict::Permit(_))));
        is_permitted && caller.asker.is_within(demand(&self.world, act, None, self.now))
    }

    /// What the policy engine says of an action on a resource for the person who calls, for display only: nothing is recorded, and nothing
    /// permitted. `None` for the operator and for tokens, which reach no application.
    ///
    /// # Errors
    /// As [`Call::caller`].
    pub fn preview(&self, action: Action, resource: Handle) -> Result<Option<Decision>, Problem> {
        match &self.caller()?.asker {
            Asker::Operator | Asker::Token(_) => Ok(None),
            Asker::Session { session, device } => {
                // As an application would be asked for: this request to the API says nothing of it.
                let asking = Asking { http: None, ..self.asking(session, *device)? };
                Ok(Some(asking.decide(action, resource).1))
            }
        }
    }

    /// Asks the policy engine about an action on a resource for the person who calls, and records the decision before it returns. It
    /// is not refused here: the handler acts on the outcome.
    ///
    /// # Errors
    /// 403 for the operator and for tokens, which are nobody to a resource's policies; 503 when the decision cannot be recorded.
    pub async fn ask(&self, action: Action, resource: Handle) -> Result<Decision, Problem> {
        let Asker::Session { session, device } = &self.caller()?.asker else {
            return Err(Problem::forbidden(
                "only a person who is signed in may do this: run `sekisho login`, and name the portal with `--server`",
            ));
        };
        let (request, decision) = self.asking(session, *device)?.decide(action, resource);
        let record = decision.to_record(&self.world, &request, self.now);
        self.rest.ledger.append(Record::Decision(Box::new(record))).await.map_err(Problem::failed)?;
        Ok(decision)
    }

    /// Decides an act. `None` for the operator, about whom nobody is asked.
    fn decide(
        &self,
        asker: &Asker,
        act: &ActSpec,
        about: Option<&UserId>,
    ) -> Result<Option<(AccessRequest, Decision)>, Problem> {
        let nobody =
            || Problem::forbidden("no resource stands for the platform in the policies: nobody may do this here");
        let asked = |session: &Arc<SessionFacts>, device| {
            self.asking(session, device)?.decide_act(act, about).ok_or_else(nobody)
        };
        match asker {
            Asker::Operator => Ok(None),
            Asker::Session { session, device } => asked(session, *device).map(Some),
            Asker::Token(token) => {
                token.decide_by(|session| asked(session, Evidence::Unknown(WhyUnknown::NotProven))).map(Some)
            }
        }
    }

    fn asking<'a>(&'a self, session: &'a Arc<SessionFacts>, device: Evidence<Handle>) -> Result<Asking<'a>, Problem> {
        let origin = self.origin.as_ref().ok_or_else(Problem::unauthenticated)?;
        Ok(Asking {
            world: &self.world,
            session,
            device,
            address: origin.address,
            request: &origin.request,
            http: origin.http.clone(),
            now: self.now,
        })
    }
}

/// What an act needs, as a refusal names it.
fn needed(act: &ActSpec, demanded: Demand) -> String {
    format!("`{}` needs `{}` on `{}`", act.code, demanded.action.name(), demanded.part.resource())
}

fn http_facts(head: &Parts) -> Option<HttpFacts> {
    let host = head.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| head.uri.authority().map(http::uri::Authority::as_str))?;
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    Some(HttpFacts::new(
        arcstr::ArcStr::from(head.method.as_str()),
        arcstr::ArcStr::from(head.uri.path()),
        host.parse().ok()?,
    ))
}

impl<S: Clone + Send + Sync> FromRequestParts<S> for Call<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, services: &S) -> Result<Self, Problem> {
        let call = parts.extensions.get::<Call>().cloned();
        Ok(call
            .ok_or_else(|| Problem::failed("a route was called outside of its service"))?
            .with_services(services.clone()))
    }
}
