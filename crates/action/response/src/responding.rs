//! The task: begins what playbooks want done, carries on with what was begun, and undoes what is undone or over.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select;
use sekisho_capability::{Change, Turns};
use sekisho_model::documents::{ResponseAction, Signal};
use sekisho_model::{Actor, Name, Timestamp};
use sekisho_policy_information::World;
use sekisho_store::Expected;
use serde_json::{Value, json};

use crate::acts::{BEGUN, CAP_REACHED, PROPOSED};
use crate::carrying::Carrying;
use crate::census::Census;
use crate::delivering::deliver;
use crate::failure::ResponseError;
use crate::journal::{Response, State, Step, StepState, Stored};
use crate::known::{Following, Known, matters};
use crate::plan::Planning;
use crate::responses::{Responses, Standing};

/// The most signals that one turn looks at. The others wait for the next, which begins at once.
const SIGNALS: usize = 500;
/// The most responses that one transaction writes: others wait for it.
const AT_ONCE: usize = 500;
/// The most responses that an act about several names.
const NAMED: usize = 20;
/// How long to wait before a feed that failed is begun again.
const PAUSE: Duration = Duration::from_secs(1);

/// Works until the platform stops.
pub(crate) async fn run(responses: Responses, turns: Turns) {
    let mut turns = turns.without_back_off().woken_by(responses.wake());
    let watching = watch(&responses);
    let working = async {
        let mut responding = Responding { responses: responses.clone(), following: Following::default() };
        while turns.next().await {
            let outcome = responding.turn().await;
            turns.ended(outcome.map_err(|error| error.to_string()));
        }
    };
    select(pin!(working), pin!(watching)).await;
}

/// Wakes the task when something is written that concerns it, here or by another process.
async fn watch(responses: &Responses) {
    let store = &responses.services().store;
    loop {
        if let Ok(position) = store.revision().await {
            let mut feed = store.watch(position);
            while let Ok(changes) = feed.next().await {
                if changes.iter().any(|change| matters(change.kind)) {
                    responses.wake().notify_one();
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What the task knows between its turns.
pub(crate) struct Responding {
    pub(crate) responses: Responses,
    pub(crate) following: Following,
}

impl Responding {
    /// One turn. After a failure the next one reads everything again.
    pub(crate) async fn turn(&mut self) -> Result<(), ResponseError> {
        let outcome = self.try_turn().await;
        // A part that failed says nothing about what is known.
        if outcome.as_ref().is_err_and(|error| !matches!(error, ResponseError::Again(_))) {
            self.following.forget();
        }
        let known = &self.following.known;
        let problems = known.playbooks.iter().filter_map(|(id, playing)| {
            playing.condition.as_ref().err().map(|problem| format!("playbook `{id}`: {problem}"))
        });
        let unreadable = known.unreadable.iter().map(|id| format!("playbook `{id}` cannot be read by this version"));
        self.responses.publish(Standing {
            live: known.live.len(),
            all: known.handled.len(),
            problems: problems.chain(unreadable).collect(),
            turns: 0,
        });
        match outcome {
            // Somebody else wrote the same response: what they wrote counts.
            Err(error) if error.is_conflict() => {
                self.responses.wake().notify_one();
                Ok(())
            }
            outcome => outcome,
        }
    }

    async fn try_turn(&mut self) -> Result<(), ResponseError> {
        let services = self.responses.services().clone();
        let world = Arc::clone(&*services.world.borrow());
        self.following.read(&services.store, world.facts().interner()).await?;
        let now = services.clock.now();
        self.following.known.touched.forget(now);
        // What was begun comes first.
        self.go_on(&world, now).await?;
        self.begin(&world, now).await?;
        self.go_on(&world, now).await?;
        let responses = self.responses.clone();
        let Known { untouchable, live, .. } = &mut self.following.known;
        let carrying = Carrying { responses: &responses, world: &world, untouchable, now };
        deliver(&carrying, live.values_mut()).await?;
        live.retain(|_, stored| stored.response.is_live());
        Ok(())
    }

    /// Carries on with every response that is being done or undone, and ends those whose time is over.
    async fn go_on(&mut self, world: &World, now: Timestamp) -> Result<(), ResponseError> {
        let responses = self.responses.clone();
        let Known { untouchable, live, .. } = &mut self.following.known;
        let carrying = Carrying { responses: &responses, world, untouchable, now };
        let ids: Vec<String> = live.keys().cloned().collect();
        let mut outcome = Ok(());
        for id in ids {
            let Some(mut stored) = live.remove(&id) else { continue };
            let other = live.values_mut().find(|other| keeps_disabled(&stored.response, &other.response));
            let done = go_on_with(&carrying, &mut stored, other).await;
            // One that cannot go on now keeps no other one waiting.
            outcome = outcome.and(done);
            live.insert(id, stored);
        }
        live.retain(|_, stored| stored.response.is_live());
        outcome
    }

    /// Looks at the signals that wait.
    async fn begin(&mut self, world: &World, now: Timestamp) -> Result<(), ResponseError> {
        let services = self.responses.services().clone();
        let known = &mut self.following.known;
        let count = known.signals.len().min(SIGNALS);
        let signals: Vec<Signal> = known.signals.drain(..count).collect();
        if !known.signals.is_empty() {
            self.responses.wake().notify_one();
        }
        let is_trigger = |name: &str| known.playbooks.values().any(|one| one.playbook.trigger.as_str() == name);
        if !signals.iter().any(|signal| is_trigger(&signal.name)) {
            return Ok(());
        }
        let census = Census::of(world, now);
        let planning = Planning { world, census: &census, ledger: &services.ledger, now };
        let ids: Vec<String> = known.playbooks.keys().cloned().collect();
        let mut waiting = Vec::new();
        for signal in &signals {
            for id in &ids {
                let Some(playing) = known.playbooks.get(id) else { continue };
                let Some(response) = planning.response(known, playing, signal).await else { continue };
                known.handled.insert(response.id.clone());
                if response.is_automatic {
                    // Before the next one is planned: it counts for the limit.
                    let stored = self.responses.begin(response, now).await?;
                    known.take_response(stored);
                } else {
                    waiting.push(response);
                }
            }
        }
        write_waiting(&self.responses, known, waiting, now).await
    }
}

impl Responses {
    /// Records and writes a response that begins by itself. Nothing of it has been done.
    // INVARIANT I-51: the ledger and the journal hold a response before anything of it is done.
    async fn begin(&self, response: Response, now: Timestamp) -> Result<Stored, ResponseError> {
        let change = self.services().changes.begin(Actor::System, BEGUN, response.target());
        let actions: Vec<ResponseAction> = response.steps.iter().map(|step| step.action).collect();
        let detail = json!({ "playbook": response.playbook, "trigger": response.trigger, "signal": response.signal,
            "user": response.user, "devices": response.devices, "actions": actions, "reach": response.reach });
        let change = change.detail(detail).write(response.written(Expected::New)?);
        let revision = change.commit(now).await?;
        Ok(Stored { revision, response })
    }
}

/// Carries on with one response.
async fn go_on_with(
    carrying: &Carrying<'_>,
    stored: &mut Stored,
    other: Option<&mut Stored>,
) -> Result<(), ResponseError> {
    if let State::Done { until, .. } = stored.response.state
        && until <= carrying.now
    {
        stored.response.state = State::Undoing { since: carrying.now, by: None };
        carrying.save(stored).await?;
    }
    match stored.response.state {
        State::Doing { .. } => carrying.carry_out(stored).await,
        State::Undoing { .. } => carrying.undo(stored, other).await,
        _ => Ok(()),
    }
}

/// Whether another response keeps the account of this one disabled.
fn keeps_disabled(this: &Response, other: &Response) -> bool {
    let disables = |step: &Step| {
        step.action == ResponseAction::DisableAccount && matches!(step.state, StepState::Done | StepState::Nothing)
    };
    let is_in_force = matches!(other.state, State::Done { .. });
    this.user.is_some() && this.user == other.user && is_in_force && other.steps.iter().any(disables)
}

/// Writes what does not begin by itself, and records which playbooks propose, and which reached their limit.
async fn write_waiting(
    responses: &Responses,
    known: &mut Known,
    mut waiting: Vec<Response>,
    now: Timestamp,
) -> Result<(), ResponseError> {
    while !waiting.is_empty() {
        let rest = waiting.split_off(waiting.len().min(AT_ONCE));
        let batch = std::mem::replace(&mut waiting, rest);
        let writes = batch.iter().map(|one| one.written(Expected::New)).collect::<Result<Vec<_>, _>>()?;
        let acts = acts_about(known, &batch, now);
        let changes = &responses.services().changes;
        let revision = match begin_all(responses, acts) {
            Some(change) => writes.into_iter().fold(change, Change::write).commit(now).await?,
            None => changes.maintain(writes, now).await?,
        };
        for response in batch {
            known.take_response(Stored { revision, response });
        }
    }
    Ok(())
}

/// An act that is to be recorded: code, playbook, detail.
type Pending = (&'static str, Name, Value);

fn acts_about(known: &Known, batch: &[Response], now: Timestamp) -> Vec<Pending> {
    let mut acts = Vec::new();
    for playing in known.playbooks.values() {
        let playbook = &playing.playbook;
        let own = |state: &State| {
            let fits = |one: &&Response| one.playbook == playbook.id && one.state == *state;
            batch.iter().filter(fits).map(|one| one.id.as_str()).collect::<Vec<_>>()
        };
        let proposed = own(&State::Proposed);
        if !proposed.is_empty() {
            let named = proposed.get(..NAMED).unwrap_or(&proposed);
            acts.push((PROPOSED, playbook.id.clone(), json!({ "count": proposed.len(), "responses": named })));
        }
        let was_held = known.held.get(&playbook.id).is_some_and(|last| now < last.plus(playbook.window));
        if !was_held && !own(&State::Held).is_empty() {
            acts.push((
                CAP_REACHED,
                playbook.id.clone(),
                json!({ "people": playbook.people, "window": playbook.window }),
            ));
        }
    }
    acts
}

fn begin_all(responses: &Responses, acts: Vec<Pending>) -> Option<Change> {
    let changes = &responses.services().changes;
    acts.into_iter().fold(None, |change, (code, playbook, detail)| {
        let target = format!("playbook/{playbook}");
        Some(match change {
            None => changes.begin(Actor::System, code, target).detail(detail),
            Some(change) => Change::and(change, code, target).detail(detail),
        })
    })
}
