//! What people do about responses: look, approve, undo. What is then done, the task does.

use std::sync::Arc;
use std::time::Duration;

use sekisho_capability::{Built, Services};
use sekisho_model::documents::{Kind, Playbook};
use sekisho_model::{Actor, Timestamp, UserId};
use sekisho_store::Expected;
use serde_json::json;
use tokio::sync::{Notify, watch};

use crate::acts::{RESPONSE_APPROVED, RESPONSE_UNDONE};
use crate::effects::Effects;
use crate::failure::ResponseError;
use crate::journal::{Response, State, Stored};
use crate::untouchable::Untouchable;

/// How long an answer waits for what was asked for to be done.
const DONE_WITHIN: Duration = Duration::from_secs(2);

/// The responses of a platform. A cheap handle; clones share how the task stands.
#[derive(Debug, Clone)]
pub struct Responses {
    services: Services,
    effects: Effects,
    wake: Arc<Notify>,
    standing: watch::Sender<Standing>,
}

/// How the task of this process stands after its last turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many responses are being done, in force, or being undone.
    pub live: usize,
    /// How many responses there are.
    pub all: usize,
    /// Playbooks that are not in force, with the reason.
    pub problems: Vec<String>,
    /// How many turns there were.
    pub turns: u64,
}

impl Responses {
    /// The responses in these services' store, which act by these effects.
    #[must_use]
    pub fn new(services: Services, effects: Effects) -> Self {
        Self { services, effects, wake: Arc::default(), standing: watch::Sender::default() }
    }

    /// Every response, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all(&self) -> Result<Vec<Response>, ResponseError> {
        let documents = self.services.store.list_all(Kind::Response).await?;
        let read = documents.iter().rev().filter_map(Response::read);
        Ok(read.map(|stored| stored.response).collect())
    }

    /// One response.
    ///
    /// # Errors
    /// [`ResponseError::NotFound`].
    pub async fn find(&self, id: &str) -> Result<Response, ResponseError> {
        Ok(self.stored(id).await?.response)
    }

    /// Every playbook that this version can read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn playbooks(&self) -> Result<Vec<Playbook>, ResponseError> {
        let documents = self.services.store.list_all(Kind::Playbook).await?;
        Ok(documents.into_iter().filter_map(|document| serde_json::from_value(document.body).ok()).collect())
    }

    /// Approves what a playbook proposes: it begins now.
    ///
    /// # Errors
    /// [`ResponseError`]; then nothing begins.
    pub async fn approve(&self, id: &str, actor: Actor, now: Timestamp) -> Result<Response, ResponseError> {
        let untouchable = self.untouchable().await?;
        let by = actor.to_string();
        let mut attempts = self.services.changes.begin(actor, RESPONSE_APPROVED.code, target(id)).attempts(now);
        loop {
            let built = async {
                let Stored { revision, response } = self.stored(id).await?;
                if !response.is_proposal() {
                    return Err(ResponseError::NotProposed);
                }
                let world = Arc::clone(&*self.services.world.borrow());
                if response.user.as_ref().is_some_and(|user| untouchable.person(&world, user)) {
                    return Err(ResponseError::Untouchable);
                }
                let state = State::Doing { since: now, by: Some(by.clone()) };
                let response = Response { state, ..response };
                let detail = json!({ "playbook": response.playbook, "user": response.user, "reach": response.reach });
                let writes = vec![response.written(Expected::Revision(revision))?];
                Ok(Built { answer: (), detail, writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                outcome?;
                return self.settled(id).await;
            }
        }
    }

    /// Undoes a response, or dismisses what is proposed.
    ///
    /// # Errors
    /// [`ResponseError`]; then nothing changed.
    pub async fn undo(&self, id: &str, actor: Actor, now: Timestamp) -> Result<Response, ResponseError> {
        let by = actor.to_string();
        let mut attempts = self.services.changes.begin(actor, RESPONSE_UNDONE.code, target(id)).attempts(now);
        loop {
            let built = async {
                let Stored { revision, response } = self.stored(id).await?;
                if !response.can_be_undone() {
                    return Err(ResponseError::NotUndoable);
                }
                let state = match response.is_proposal() {
                    true => State::Dismissed { at: now, by: by.clone() },
                    false => State::Undoing { since: now, by: Some(by.clone()) },
                };
                let response = Response { state, ..response };
                let detail =
                    json!({ "playbook": response.playbook, "user": response.user, "state": response.state.name() });
                let writes = vec![response.written(Expected::Revision(revision))?];
                Ok(Built { answer: (), detail, writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                outcome?;
                return self.settled(id).await;
            }
        }
    }

    /// How the task of this process stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// The person whom a response touches, for the question who may act on it.
    ///
    /// # Errors
    /// [`ResponseError::NotFound`].
    pub async fn person(&self, id: &str) -> Result<Option<UserId>, ResponseError> {
        Ok(self.find(id).await?.user)
    }

    /// Whom no playbook touches.
    async fn untouchable(&self) -> Result<Untouchable, ResponseError> {
        let documents = self.services.store.list_all(Kind::Playbook).await?;
        let unreadable = |error| ResponseError::Again(format!("a playbook cannot be read by this version: {error}"));
        let playbooks = documents.into_iter().map(|document| serde_json::from_value::<Playbook>(document.body));
        let playbooks = playbooks.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        Ok(Untouchable::of(playbooks.iter()))
    }

    pub(crate) const fn services(&self) -> &Services {
        &self.services
    }

    pub(crate) const fn effects(&self) -> &Effects {
        &self.effects
    }

    pub(crate) fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    pub(crate) fn publish(&self, standing: Standing) {
        self.standing.send_modify(|last| *last = Standing { turns: last.turns + 1, ..standing });
    }

    /// The response once the task did what it can, or as it is after two seconds: what is not done yet is done later.
    async fn settled(&self, id: &str) -> Result<Response, ResponseError> {
        let mut turns = self.standing.subscribe();
        self.wake.notify_one();
        let settled = async {
            loop {
                let response = self.find(id).await?;
                if !matches!(response.state, State::Doing { .. } | State::Undoing { .. }) {
                    return Ok(response);
                }
                if turns.changed().await.is_err() {
                    return Ok(response);
                }
            }
        };
        match tokio::time::timeout(DONE_WITHIN, settled).await {
            Ok(response) => response,
            Err(_) => self.find(id).await,
        }
    }

    async fn stored(&self, id: &str) -> Result<Stored, ResponseError> {
        let document = self.services.store.get(Kind::Response, id).await?.ok_or(ResponseError::NotFound)?;
        Response::read(&document).ok_or(ResponseError::NotFound)
    }
}

fn target(id: &str) -> String {
    format!("{}/{id}", Kind::Response)
}
