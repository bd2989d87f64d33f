//! The acts: ask, approve, refuse, withdraw. Each is recorded, then committed once.

use std::time::Duration;

use sekisho_capability::{Built, Change, Services};
use sekisho_model::documents::{GrantRequest, GrantRequestState as State, Kind, check_reason};
use sekisho_model::{Actor, GrantId, ResourceId, Timestamp, UserId};
use sekisho_policy_information::World;
use sekisho_store::{Document, Expected, Write};
use serde_json::{Value, json};

use crate::acts::{APPROVED, REFUSED, REQUESTED, WITHDRAWN};
use crate::{Approver, RequestRefusal};

/// The most open requests of one person.
const OPEN_PER_PERSON: usize = 20;
/// How long an answer waits for the World to show a grant.
const IN_FORCE: Duration = Duration::from_secs(1);

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Who asks.
    pub user: UserId,
    /// For what.
    pub resource: ResourceId,
    /// Why.
    pub reason: String,
    /// For how many seconds.
    pub seconds: u32,
}

/// The requests of a platform. A cheap handle.
#[derive(Debug, Clone)]
pub struct Requests(Services);

impl Requests {
    /// The requests in these services' store.
    #[must_use]
    pub const fn new(services: Services) -> Self {
        Self(services)
    }

    /// Every request, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all(&self) -> Result<Vec<GrantRequest>, RequestRefusal> {
        let documents = self.0.store.list_all(Kind::GrantRequest).await?;
        let mut requests: Vec<GrantRequest> = documents.into_iter().filter_map(|one| read(&one)).collect();
        requests.sort_by(|a, b| (b.asked_at, &b.id).cmp(&(a.asked_at, &a.id)));
        Ok(requests)
    }

    /// One request.
    ///
    /// # Errors
    /// [`RequestRefusal::NotFound`].
    pub async fn find(&self, id: &GrantId) -> Result<GrantRequest, RequestRefusal> {
        Ok(self.stored(id).await?.1)
    }

    /// Makes a request. That a grant would open the resource for this person was decided before.
    ///
    /// # Errors
    /// [`RequestRefusal`]; then there is no request.
    pub async fn ask(&self, wanted: Wanted, actor: Actor, now: Timestamp) -> Result<GrantRequest, RequestRefusal> {
        let Wanted { user, resource, reason, seconds } = wanted;
        let reason = reason.trim().to_owned();
        let request =
            GrantRequest { id: self.new_id()?, user, resource, reason, seconds, asked_at: now, state: State::Open };
        request.check().map_err(RequestRefusal::Wrong)?;
        let open: Vec<GrantRequest> =
            self.all().await?.into_iter().filter(|one| one.user == request.user && one.is_open(now)).collect();
        if open.iter().any(|one| one.resource == request.resource) {
            return Err(RequestRefusal::AlreadyOpen);
        }
        if open.len() >= OPEN_PER_PERSON {
            return Err(RequestRefusal::TooMany);
        }
        let detail = json!({ "resource": request.resource, "seconds": request.seconds, "reason": request.reason });
        let begun = self.begin(actor, REQUESTED, &request.id).detail(detail);
        begun.put(Kind::GrantRequest, request.id.as_str(), Expected::New, body(&request)?).commit(now).await?;
        Ok(request)
    }

    /// Approves a request: its grant starts now.
    ///
    /// # Errors
    /// [`RequestRefusal`]; then nothing changed.
    pub async fn approve(&self, id: &GrantId, by: &Approver, now: Timestamp) -> Result<GrantRequest, RequestRefusal> {
        let request = self.find(id).await?;
        let actor = Actor::User(by.answers(&request)?.to_string());
        let mut attempts = self.begin(actor, APPROVED, id).attempts(now);
        let approved = loop {
            let built = async {
                let (revision, request) = self.open(id, now).await?;
                let user = by.answers(&request)?.clone();
                let grant = request.grant_from(now);
                let state = State::Approved { by: user, at: now, until: grant.until };
                let request = GrantRequest { state, ..request };
                let detail = json!({ "user": request.user, "resource": request.resource, "until": grant.until });
                let grant = serde_json::to_value(&grant).map_err(|error| RequestRefusal::Wrong(error.to_string()))?;
                let put = Write::Put { kind: Kind::Grant, id: id.to_string(), expected: Expected::New, body: grant };
                let writes = vec![put, written(&request, revision)?];
                Ok::<_, RequestRefusal>(Built { answer: request, detail, writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                break outcome?;
            }
        };
        self.until(|world| world.grants().any(|grant| grant.id == *id)).await;
        Ok(approved)
    }

    /// Refuses a request, and says why.
    ///
    /// # Errors
    /// [`RequestRefusal`]; then nothing changed.
    pub async fn refuse(
        &self,
        id: &GrantId,
        by: &Approver,
        why: &str,
        now: Timestamp,
    ) -> Result<GrantRequest, RequestRefusal> {
        let why = why.trim();
        check_reason("why", why).map_err(RequestRefusal::Wrong)?;
        let request = self.find(id).await?;
        let actor = Actor::User(by.answers(&request)?.to_string());
        let mut attempts = self.begin(actor, REFUSED, id).attempts(now);
        loop {
            let built = async {
                let (revision, request) = self.open(id, now).await?;
                let state = State::Refused { by: by.answers(&request)?.clone(), at: now, why: why.to_owned() };
                let request = GrantRequest { state, ..request };
                let detail = json!({ "user": request.user, "resource": request.resource, "why": why });
                let writes = vec![written(&request, revision)?];
                Ok::<_, RequestRefusal>(Built { answer: request, detail, writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                return outcome;
            }
        }
    }

    /// Ends a request of this person, and the grant that it has.
    ///
    /// # Errors
    /// [`RequestRefusal::NotFound`], also for the request of somebody else; [`RequestRefusal::NotOpen`].
    pub async fn withdraw(
        &self,
        id: &GrantId,
        user: &UserId,
        actor: Actor,
        now: Timestamp,
    ) -> Result<GrantRequest, RequestRefusal> {
        let mut attempts = self.begin(actor, WITHDRAWN, id).attempts(now);
        let withdrawn = loop {
            let built = async {
                let (revision, request) = self.stored(id).await?;
                if request.user != *user {
                    return Err(RequestRefusal::NotFound);
                }
                let is_live = matches!(request.state, State::Approved { until, .. } if now < until);
                if !is_live && !request.is_open(now) {
                    return Err(RequestRefusal::NotOpen);
                }
                let request = GrantRequest { state: State::Withdrawn { at: now }, ..request };
                let end = Write::Delete { kind: Kind::Grant, id: id.to_string(), expected: Expected::Any };
                let mut writes = vec![written(&request, revision)?];
                writes.extend(is_live.then_some(end));
                let detail = json!({ "user": request.user, "resource": request.resource });
                Ok::<_, RequestRefusal>(Built { answer: request, detail, writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                break outcome?;
            }
        };
        self.until(|world| world.grants().all(|grant| grant.id != *id)).await;
        Ok(withdrawn)
    }

    fn begin(&self, actor: Actor, act: &str, id: &GrantId) -> Change {
        self.0.changes.begin(actor, act, format!("{}/{id}", Kind::GrantRequest))
    }

    /// A request that may be answered, with its revision.
    async fn open(&self, id: &GrantId, now: Timestamp) -> Result<(u64, GrantRequest), RequestRefusal> {
        let (revision, request) = self.stored(id).await?;
        if request.is_open(now) { Ok((revision, request)) } else { Err(RequestRefusal::NotOpen) }
    }

    async fn stored(&self, id: &GrantId) -> Result<(u64, GrantRequest), RequestRefusal> {
        let document = self.0.store.get(Kind::GrantRequest, id.as_str()).await?.ok_or(RequestRefusal::NotFound)?;
        read(&document).map(|request| (document.revision, request)).ok_or(RequestRefusal::NotFound)
    }

    /// Waits until this process decides by what was written. Gives up after a second: a World that lags says so in `/readyz`.
    async fn until(&self, mut shows: impl FnMut(&World) -> bool) {
        let mut world = self.0.world.clone();
        let _ = tokio::time::timeout(IN_FORCE, world.wait_for(|world| shows(world))).await;
    }

    fn new_id(&self) -> Result<GrantId, RequestRefusal> {
        let bytes = self.0.entropy.bytes::<8>().map_err(|_| RequestRefusal::NoRandomness)?;
        format!("request-{}", hex::encode(*bytes)).parse().map_err(|_| RequestRefusal::NoRandomness)
    }
}

/// A request as it is stored; `None` for one that cannot be read.
pub(crate) fn read(document: &Document) -> Option<GrantRequest> {
    serde_json::from_value(document.body.clone()).ok()
}

fn written(request: &GrantRequest, revision: u64) -> Result<Write, RequestRefusal> {
    let (id, body) = (request.id.to_string(), body(request)?);
    Ok(Write::Put { kind: Kind::GrantRequest, id, expected: Expected::Revision(revision), body })
}

fn body(request: &GrantRequest) -> Result<Value, RequestRefusal> {
    serde_json::to_value(request).map_err(|error| RequestRefusal::Wrong(error.to_string()))
}
