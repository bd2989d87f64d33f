//! A place with people, playbooks and signals, in which turns are taken by hand.

use std::sync::{Arc, Mutex};

use sekisho_model::documents::{Kind, UserStatus};
use sekisho_model::{Actor, Span, Timestamp};
use sekisho_store::{Expected, Store, Write};
use sekisho_testbed::{Organisation, TemporaryServices};
use serde_json::{Value, json};

use crate::effects::{Effect, EffectFailure, Effects, Message};
use crate::journal::{Response, StepState};
use crate::known::Following;
use crate::responding::Responding;
use crate::responses::Responses;

/// What was done: its name and whom it was done to.
pub(crate) type Noted = Arc<Mutex<Vec<(&'static str, String)>>>;

pub(crate) struct Place {
    pub(crate) here: TemporaryServices,
    pub(crate) responses: Responses,
    pub(crate) noted: Noted,
    pub(crate) sent: Arc<Mutex<Vec<Message>>>,
    /// How many effects fail before one succeeds.
    pub(crate) failing: Arc<Mutex<usize>>,
    responding: Responding,
}

impl Place {
    /// Alice, bob and carol with the console, and these playbooks.
    pub(crate) async fn new(playbooks: &[Value]) -> Self {
        let console = json!({ "id": "sekisho-console", "name": { "en": "Console" } });
        let organisation = Organisation::empty().user("alice", &["staff"]).user("bob", &[]).user("carol", &[]);
        let here = TemporaryServices::new(organisation.with(Kind::Resource, "sekisho-console", console)).await;
        for playbook in playbooks {
            put(&here, playbook).await;
        }
        let (noted, sent, failing) = (Noted::default(), Arc::default(), Arc::default());
        let effects = effects(&here.services.store, &noted, &sent, &failing);
        let responses = Responses::new(here.services.clone(), effects);
        let responding = Responding { responses: responses.clone(), following: Following::default() };
        Self { here, responses, noted, sent, failing, responding }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.here.services.clock.now()
    }

    /// The process dies, and another one begins.
    pub(crate) fn restart(&mut self) {
        self.responding = Responding { responses: self.responses.clone(), following: Following::default() };
    }

    pub(crate) async fn turn(&mut self) {
        self.responding.turn().await.unwrap();
    }

    /// A turn that a failure ends.
    pub(crate) async fn failing_turn(&mut self) {
        self.responding.turn().await.unwrap_err();
    }

    pub(crate) async fn playbook(&self, playbook: &Value) {
        put(&self.here, playbook).await;
    }

    pub(crate) async fn signal(&self, name: &str, about: &str) {
        let now = self.now();
        let body = json!({ "id": format!("{name}.{about}"), "about": { "user": about }, "name": name, "weight": 10,
            "seen_at": now, "ends_at": now.plus(Span::from_minutes(60)) });
        self.here.put(Kind::Signal, &format!("{name}.{about}"), body).await;
    }

    /// The response of a playbook about somebody.
    pub(crate) async fn response(&self, playbook: &str, about: &str) -> Response {
        self.about(playbook, about).await.unwrap()
    }

    pub(crate) async fn about(&self, playbook: &str, about: &str) -> Option<Response> {
        let is_it = |one: &Response| {
            one.playbook.as_str() == playbook && one.user.as_ref().is_some_and(|user| user.as_str() == about)
        };
        self.responses.all().await.unwrap().into_iter().find(is_it)
    }

    pub(crate) async fn undo(&mut self, id: &str) {
        let (responses, now) = (self.responses.clone(), self.now());
        let undoing = responses.undo(id, Actor::User("admin".to_owned()), now);
        self.act(undoing).await;
    }

    pub(crate) async fn approve(&mut self, id: &str) {
        let (responses, now) = (self.responses.clone(), self.now());
        let approving = responses.approve(id, Actor::User("admin".to_owned()), now);
        self.act(approving).await;
    }

    /// An act that waits for the task, with the turns for which it waits.
    async fn act<T: std::fmt::Debug>(&mut self, act: impl Future<Output = Result<T, crate::ResponseError>>) {
        let (wake, ended) = (self.responses.wake(), tokio::sync::Notify::new());
        // Side by side: the act may hold what the turn waits for.
        let acting = async {
            act.await.unwrap();
            ended.notify_one();
        };
        let turning = async {
            loop {
                tokio::select! {
                    () = ended.notified() => break,
                    () = wake.notified() => self.responding.turn().await.unwrap(),
                }
            }
        };
        tokio::join!(acting, turning);
    }

    pub(crate) fn noted(&self) -> Vec<(&'static str, String)> {
        self.noted.lock().unwrap().clone()
    }
}

/// The states of the steps, in order.
pub(crate) fn states(response: &Response) -> Vec<StepState> {
    response.steps.iter().map(|step| step.state).collect()
}

pub(crate) fn playbook(id: &str, mode: &str, actions: &[&str]) -> Value {
    json!({ "id": id, "name": { "en": id }, "trigger": "impossible-travel", "mode": mode, "actions": actions })
}

async fn put(here: &TemporaryServices, playbook: &Value) {
    let id = playbook["id"].as_str().unwrap();
    here.put(Kind::Playbook, id, Kind::Playbook.normalise(playbook).unwrap()).await;
}

/// Effects that are noted; those on accounts change the documents as the platform does.
fn effects(store: &Store, noted: &Noted, sent: &Arc<Mutex<Vec<Message>>>, failing: &Arc<Mutex<usize>>) -> Effects {
    let effect = |name: &'static str, status: Option<UserStatus>| -> Effect {
        let (store, noted, failing) = (store.clone(), Arc::clone(noted), Arc::clone(failing));
        Arc::new(move |user, now| {
            let (store, noted, failing) = (store.clone(), Arc::clone(&noted), Arc::clone(&failing));
            Box::pin(async move {
                // Asserted for every effect of every test: the journal holds that it is being done.
                let journal = store.list_all(Kind::Response).await.unwrap();
                let is_written = journal.iter().filter_map(Response::read).any(|stored| {
                    let mut steps = stored.response.steps.iter();
                    stored.response.user.as_ref() == Some(&user)
                        && (name == "enable" || steps.any(|step| step.state == StepState::Doing))
                });
                assert!(is_written, "{name} {user} was done before it was written");
                if let Some(status) = status {
                    set_status(&store, user.as_str(), status, "sekisho", now).await;
                }
                noted.lock().unwrap().push((name, user.to_string()));
                let mut failing = failing.lock().unwrap();
                match *failing {
                    0 => Ok(()),
                    _ => {
                        *failing -= 1;
                        Err(EffectFailure::Again("out of order".to_owned()))
                    }
                }
            })
        })
    };
    let sent = Arc::clone(sent);
    Effects {
        end_sessions: effect("end-sessions", None),
        disable: effect("disable", Some(UserStatus::Disabled)),
        enable: effect("enable", Some(UserStatus::Active)),
        post: Arc::new(move |message| {
            let sent = Arc::clone(&sent);
            Box::pin(async move {
                sent.lock().unwrap().push(message);
                Ok(())
            })
        }),
    }
}

/// Writes the status of an account in somebody's name.
pub(crate) async fn set_status(store: &Store, user: &str, status: UserStatus, by: &str, now: Timestamp) {
    let mut body = store.get(Kind::User, user).await.unwrap().unwrap().body;
    body["status"] = serde_json::to_value(status).unwrap();
    let write = Write::Put { kind: Kind::User, id: user.to_owned(), expected: Expected::Any, body };
    store.commit(vec![write], by, now).await.unwrap();
}
