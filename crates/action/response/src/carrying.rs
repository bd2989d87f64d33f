//! Carries a response out, step by step, and undoes it: the journal is written before each step, and each step may be done twice.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use sekisho_api_tokens::Tokens;
use sekisho_model::documents::{
    Assessment, AssessmentTarget, FactValue, Kind, ResponseAction, Signal, SignalTarget, User, UserStatus,
};
use sekisho_model::{Actor, DeviceId, Timestamp, UserId};
use sekisho_policy_information::World;
use sekisho_store::{Expected, Write};
use serde::Deserialize;
use serde_json::{Value, json, to_value};

use crate::acts::{FACT_PUT, FACT_REMOVED, SETTLED};
use crate::effects::EffectFailure;
use crate::failure::ResponseError;
use crate::journal::{Response, State, Step, StepState, Stored};
use crate::known::OWN_SIGNALS;
use crate::responses::Responses;
use crate::untouchable::Untouchable;

/// The score of an address that a response blocks.
const BLOCKED: i64 = 100;
/// How much isolation adds to the risk of a device.
const ISOLATED: u8 = 100;
/// The signal by which a response raises the risk of a person.
const RISK: &str = "response-risk";
/// The signal by which a response isolates a device.
const ISOLATION: &str = "response-isolation";

/// What responses are carried out with.
pub(crate) struct Carrying<'a> {
    pub(crate) responses: &'a Responses,
    pub(crate) world: &'a World,
    pub(crate) untouchable: &'a Untouchable,
    pub(crate) now: Timestamp,
}

/// What a step made.
type Outcome = Result<StepState, EffectFailure>;

impl Carrying<'_> {
    /// Does every step but the message, which the answer of its receiver ends. Returns once each is done, or is being waited for.
    pub(crate) async fn carry_out(&self, stored: &mut Stored) -> Result<(), ResponseError> {
        if next(&stored.response).is_none() && awaits_answer(&stored.response) {
            return Ok(());
        }
        while let Some(index) = next(&stored.response) {
            self.begin(stored, index).await?;
            let step = stored.response.steps.get(index).cloned();
            let Some(step) = step.filter(|step| step.action != ResponseAction::SendWebhook) else { break };
            let outcome = self.effect(&stored.response, &step).await;
            self.note(stored, index, outcome)?;
        }
        self.settle(stored).await
    }

    /// Undoes every step that has an inverse, last first. Where somebody undoes it, the receiver of the message learns of that.
    pub(crate) async fn undo(&self, stored: &mut Stored, other: Option<&mut Stored>) -> Result<(), ResponseError> {
        if !stored.response.steps.iter().any(is_to_undo) && awaits_answer(&stored.response) {
            return Ok(());
        }
        let mut other = other;
        for index in (0..stored.response.steps.len()).rev() {
            let Some(step) = stored.response.steps.get(index).cloned() else { continue };
            let state = match step.state {
                StepState::Doing | StepState::Done => self.inverse(stored, &step, &mut other).await?,
                StepState::Waiting => StepState::Nothing,
                as_it_is => as_it_is,
            };
            if let Some(step) = stored.response.steps.get_mut(index) {
                (step.state, step.again_at, step.attempts) = match (step.action, state) {
                    (ResponseAction::SendWebhook, StepState::Doing) => (state, step.again_at, step.attempts),
                    _ => (state, None, 0),
                };
            }
        }
        self.settle(stored).await
    }

    /// Writes into the journal that a step is being done.
    // INVARIANT I-51: no step has effect before the journal holds that it is being done, so that a restart finds every step that was begun.
    async fn begin(&self, stored: &mut Stored, index: usize) -> Result<(), ResponseError> {
        let Some(step) = stored.response.steps.get(index).filter(|step| step.state == StepState::Waiting) else {
            return Ok(());
        };
        let was_active = match (step.action, &stored.response.user) {
            (ResponseAction::DisableAccount, Some(user)) => self.is_active(user).await?,
            _ => false,
        };
        if let Some(step) = stored.response.steps.get_mut(index) {
            (step.state, step.was_active, step.again_at) = (StepState::Doing, was_active, Some(self.now));
        }
        self.save(stored).await
    }

    /// Takes an outcome over. A part that failed leaves the step as it is, and ends the turn for this response.
    fn note(&self, stored: &mut Stored, index: usize, outcome: Outcome) -> Result<(), ResponseError> {
        let Some(step) = stored.response.steps.get_mut(index) else { return Ok(()) };
        match outcome {
            Ok(state) => step.state = state,
            Err(EffectFailure::Refused(why)) => {
                (step.state, step.why) = (StepState::Failed, Some(why.chars().take(300).collect()));
            }
            Err(EffectFailure::Again(why)) => return Err(ResponseError::Again(why)),
        }
        step.again_at = None;
        Ok(())
    }

    /// Writes how it stands; where nothing is left to do, as its end, which is recorded.
    pub(crate) async fn settle(&self, stored: &mut Stored) -> Result<(), ResponseError> {
        let is_pending = |step: &Step| matches!(step.state, StepState::Waiting | StepState::Doing);
        if stored.response.steps.iter().any(is_pending) {
            return self.save(stored).await;
        }
        stored.response.state = match &stored.response.state {
            State::Doing { since, by } => State::Done { until: since.plus(stored.response.lasts), by: by.clone() },
            State::Undoing { by: Some(by), .. } => State::Undone { at: self.now, by: by.clone() },
            State::Undoing { by: None, .. } => State::Expired { at: self.now },
            _ => return Ok(()),
        };
        let response = &stored.response;
        let steps =
            response.steps.iter().map(|step| json!({ "action": step.action, "state": step.state, "why": step.why }));
        let detail = json!({ "playbook": response.playbook, "user": response.user, "state": response.state.name(),
            "steps": steps.collect::<Vec<_>>() });
        let write = response.written(Expected::Revision(stored.revision))?;
        let change = self.responses.services().changes.begin(Actor::System, SETTLED, response.target());
        stored.revision = change.detail(detail).write(write).commit(self.now).await?;
        Ok(())
    }

    /// Writes how it stands.
    pub(crate) async fn save(&self, stored: &mut Stored) -> Result<(), ResponseError> {
        let write = stored.response.written(Expected::Revision(stored.revision))?;
        stored.revision = self.responses.services().changes.maintain(vec![write], self.now).await?;
        Ok(())
    }

    async fn effect(&self, response: &Response, step: &Step) -> Outcome {
        let user = response.user.as_ref();
        // INVARIANT I-52: asked again before each step: who became untouchable meanwhile is not touched.
        if user.is_some_and(|user| self.untouchable.person(self.world, user)) {
            return Ok(StepState::Spared);
        }
        let effects = self.responses.effects();
        match (step.action, user) {
            (ResponseAction::EndSessions, Some(user)) => {
                (effects.end_sessions)(user.clone(), self.now).await.map(|()| StepState::Done)
            }
            (ResponseAction::DisableAccount, Some(user)) if step.was_active => {
                (effects.disable)(user.clone(), self.now).await.map(|()| StepState::Done)
            }
            (ResponseAction::RevokeTokens, Some(user)) => self.revoke_tokens(user).await,
            (ResponseAction::RaiseRisk | ResponseAction::IsolateDevice | ResponseAction::BlockAddress, _) => {
                self.put_facts(response, step.action).await
            }
            _ => Ok(StepState::Nothing),
        }
    }

    async fn revoke_tokens(&self, user: &UserId) -> Outcome {
        let tokens = Tokens::new(self.responses.services().changes.clone());
        match tokens.revoke_all_of(&BTreeSet::from([user.clone()]), Actor::System, self.now).await {
            Ok(0) => Ok(StepState::Nothing),
            Ok(_) => Ok(StepState::Done),
            Err(error) => Err(EffectFailure::Again(error.to_string())),
        }
    }

    /// Raises a risk, isolates devices or blocks an address: facts with an end, which the World takes back by itself.
    async fn put_facts(&self, response: &Response, action: ResponseAction) -> Outcome {
        if action == ResponseAction::BlockAddress
            && response.address.is_some_and(|address| self.untouchable.address(address))
        {
            return Ok(StepState::Spared);
        }
        let facts = facts(response, action).map_err(EffectFailure::Refused)?;
        let facts: Vec<Fact> = facts.into_iter().filter(|fact| !fact.is_spared(self.untouchable)).collect();
        if facts.is_empty() {
            return Ok(StepState::Nothing);
        }
        let change = self.responses.services().changes.begin(Actor::System, FACT_PUT, response.target());
        let change = change.detail(json!({ "action": action, "user": response.user, "address": response.address }));
        let change = facts.into_iter().fold(change, |change, fact| change.write(fact.put));
        change.commit(self.now).await.map(|_| StepState::Done).map_err(|error| EffectFailure::Again(error.to_string()))
    }

    async fn inverse(
        &self,
        stored: &Stored,
        step: &Step,
        other: &mut Option<&mut Stored>,
    ) -> Result<StepState, ResponseError> {
        let response = &stored.response;
        match step.action {
            ResponseAction::EndSessions | ResponseAction::RevokeTokens => Ok(StepState::Final),
            ResponseAction::SendWebhook => Ok(match response.state {
                State::Undoing { by: Some(_), .. } => StepState::Doing,
                _ => StepState::Final,
            }),
            ResponseAction::DisableAccount => self.enable(response, step, other).await,
            ResponseAction::RaiseRisk | ResponseAction::IsolateDevice | ResponseAction::BlockAddress => {
                let facts = facts(response, step.action).map_err(ResponseError::Unwritable)?;
                let change = self.responses.services().changes.begin(Actor::System, FACT_REMOVED, response.target());
                let change = change.detail(json!({ "action": step.action, "user": response.user }));
                let change = facts.into_iter().fold(change, |change, fact| change.write(fact.delete));
                change.commit(self.now).await?;
                Ok(StepState::Undone)
            }
        }
    }

    /// Enables an account that this response disabled, unless somebody wrote it since, or another response keeps it disabled.
    async fn enable(
        &self,
        response: &Response,
        step: &Step,
        other: &mut Option<&mut Stored>,
    ) -> Result<StepState, ResponseError> {
        let Some(user) = response.user.as_ref().filter(|_| step.was_active) else { return Ok(StepState::Nothing) };
        if let Some(other) = other.as_deref_mut() {
            // The other one enables it at its own end.
            for step in other.response.steps.iter_mut().filter(|step| step.action == ResponseAction::DisableAccount) {
                (step.state, step.was_active) = (StepState::Done, true);
            }
            self.save(other).await?;
            return Ok(StepState::Left);
        }
        let document = self.responses.services().store.get(Kind::User, user.as_str()).await?;
        let Some(document) = document else { return Ok(StepState::Left) };
        let is_disabled = User::deserialize(&document.body).is_ok_and(|user| user.status == UserStatus::Disabled);
        match (is_disabled, document.actor == Actor::System.to_string()) {
            (false, _) => Ok(StepState::Undone),
            (true, false) => Ok(StepState::Left),
            (true, true) => match (self.responses.effects().enable)(user.clone(), self.now).await {
                Ok(()) => Ok(StepState::Undone),
                Err(EffectFailure::Refused(_)) => Ok(StepState::Left),
                Err(EffectFailure::Again(why)) => Err(ResponseError::Again(why)),
            },
        }
    }

    async fn is_active(&self, user: &UserId) -> Result<bool, ResponseError> {
        let document = self.responses.services().store.get(Kind::User, user.as_str()).await?;
        let user = document.and_then(|document| User::deserialize(document.body).ok());
        Ok(user.is_some_and(|user| user.status == UserStatus::Active))
    }
}

/// The step that is to be done next: one that a restart interrupted, or the first that waits. The message is begun once.
fn next(response: &Response) -> Option<usize> {
    response.steps.iter().position(|step| match step.state {
        StepState::Doing => step.action != ResponseAction::SendWebhook,
        state => state == StepState::Waiting,
    })
}

/// Whether an undoing has not come to a step.
fn is_to_undo(step: &Step) -> bool {
    match step.state {
        StepState::Doing => step.action != ResponseAction::SendWebhook,
        state => matches!(state, StepState::Done | StepState::Waiting),
    }
}

/// Whether its message is on its way.
fn awaits_answer(response: &Response) -> bool {
    let is_sent = |step: &Step| step.action == ResponseAction::SendWebhook && step.state == StepState::Doing;
    response.steps.iter().any(is_sent)
}

/// A fact that a response states, and its end.
struct Fact {
    put: Write,
    delete: Write,
    device: Option<DeviceId>,
}

impl Fact {
    fn new(kind: Kind, id: String, body: Value, device: Option<DeviceId>) -> Self {
        let delete = Write::Delete { kind, id: id.clone(), expected: Expected::Any };
        Self { put: Write::Put { kind, id, expected: Expected::Any, body }, delete, device }
    }

    fn is_spared(&self, untouchable: &Untouchable) -> bool {
        self.device.as_ref().is_some_and(|device| untouchable.device(device))
    }
}

/// The facts of an action. Their identifiers follow from the response, so that stating them twice states them once.
fn facts(response: &Response, action: ResponseAction) -> Result<Vec<Fact>, String> {
    let began = match &response.state {
        State::Doing { since, .. } => *since,
        _ => response.at,
    };
    let until = began.plus(response.lasts);
    let signal = |id: String, about: SignalTarget, name: &str, weight: u8| {
        let device = match &about {
            SignalTarget::Device(device) => Some(device.clone()),
            SignalTarget::User(_) => None,
        };
        let parsed = id.parse().map_err(|error| format!("{error}"))?;
        let signal = Signal { id: parsed, about, name: name.to_owned(), weight, seen_at: began, ends_at: until };
        Ok(Fact::new(Kind::Signal, id, to_value(signal).map_err(|error| error.to_string())?, device))
    };
    match action {
        ResponseAction::RaiseRisk => {
            let person = response.user.iter().map(|user| {
                signal(
                    format!("{OWN_SIGNALS}risk.{}", response.id),
                    SignalTarget::User(user.clone()),
                    RISK,
                    response.weight,
                )
            });
            person.collect()
        }
        ResponseAction::IsolateDevice => {
            let devices = response.devices.iter().enumerate().map(|(number, device)| {
                let id = format!("{OWN_SIGNALS}isolation.{}.{number}", response.id);
                signal(id, SignalTarget::Device(device.clone()), ISOLATION, ISOLATED)
            });
            devices.collect()
        }
        ResponseAction::BlockAddress => {
            response.address.iter().map(|address| blocked(response, *address, until)).collect()
        }
        _ => Ok(Vec::new()),
    }
}

/// The assessment that makes an address a threat.
fn blocked(response: &Response, address: IpAddr, until: Timestamp) -> Result<Fact, String> {
    let id = format!("{OWN_SIGNALS}address.{}", response.id);
    let assessment = Assessment {
        id: id.parse().map_err(|error| format!("{error}"))?,
        about: AssessmentTarget::Address(IpNet::from(address)),
        slot: "threat".to_owned(),
        value: FactValue::Number(BLOCKED),
        until,
        source: format!("playbook/{}", response.playbook),
        why: response.trigger.to_string(),
    };
    Ok(Fact::new(Kind::Assessment, id, to_value(assessment).map_err(|error| error.to_string())?, None))
}
