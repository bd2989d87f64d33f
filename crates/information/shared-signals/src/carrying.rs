//! What an event does: once, and to the one whom it names.

use std::sync::Arc;

use sekisho_capability::Built;
use sekisho_model::documents::{Assessment, AssessmentTarget, FactValue, Kind, SessionEnd, SignalEffect, Transmitter};
use sekisho_model::{Actor, DeviceId, Timestamp};
use sekisho_store::{Expected, Write};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::SharedSignals;
use crate::acts::SIGNAL_RECEIVED;
use crate::event::{Event, Said};
use crate::receipt;
use crate::refusal::Refusal;
use crate::resolving::device;
use crate::standing::{Outcome, Received};
use crate::subject::Identifier;

/// What an event comes to.
struct Done {
    outcome: Outcome,
    /// What the record says of it.
    detail: Value,
}

impl Done {
    fn nothing(outcome: Outcome) -> Self {
        Self { outcome, detail: Value::Null }
    }
}

/// Does what an event of a transmitter does, and notes it.
pub(crate) async fn carry(
    signals: &SharedSignals,
    transmitter: &Transmitter,
    event: &Event,
    now: Timestamp,
) -> Result<Outcome, Refusal> {
    let chosen = event.what.iter().find_map(|said| Some((said, *transmitter.events.get(&said.name)?)));
    let outcome = match is_taken(signals, event).await? {
        true => Outcome::Repeated,
        false => take(signals, transmitter, event, chosen, now).await?,
    };
    let named = event.what.first().map(|said| said.name.clone()).unwrap_or_default();
    signals.standings.received(Received {
        at: now,
        transmitter: transmitter.id.clone(),
        what: chosen.map_or(named, |(said, _)| said.name.clone()),
        subject: shown(event, chosen.map(|(_, effect)| effect)),
        effect: chosen.map(|(_, effect)| effect),
        outcome,
    });
    Ok(outcome)
}

/// Whether an event was taken before.
async fn is_taken(signals: &SharedSignals, event: &Event) -> Result<bool, Refusal> {
    let kept = signals.services.store.get(Kind::OneTime, &receipt::place(event)).await;
    Ok(kept.map_err(Refusal::unavailable)?.is_some())
}

async fn take(
    signals: &SharedSignals,
    transmitter: &Transmitter,
    event: &Event,
    chosen: Option<(&Said, SignalEffect)>,
    now: Timestamp,
) -> Result<Outcome, Refusal> {
    let done = match chosen {
        None => Done::nothing(Outcome::NothingToDo),
        Some((said, SignalEffect::EndSessions | SignalEffect::RequireSignIn)) => {
            end_sessions(signals, transmitter, event, said, now).await?
        }
        Some((said, effect)) => {
            let is_compliant = match effect {
                SignalEffect::DeviceCompliance => said.is_compliant,
                _ => Some(effect == SignalEffect::DeviceCompliant),
            };
            let is_compliant = is_compliant.ok_or(Refusal::Malformed("`current_status` says nothing of the device"))?;
            return assess(signals, transmitter, (event, said), is_compliant, now).await;
        }
    };
    let begun = signals.services.changes.begin(Actor::System, SIGNAL_RECEIVED, target(transmitter));
    let change = begun.detail(detail(event, chosen.map(|(said, _)| said), &done)).write(receipt::write(event));
    match change.commit(now).await.map_err(Refusal::from) {
        Ok(_) => Ok(done.outcome),
        // Of two deliveries at once, one is the first.
        Err(Refusal::Repeated) => Ok(Outcome::Repeated),
        Err(refusal) => Err(refusal),
    }
}

/// Ends the sessions of the person. It comes before the receipt: an event whose receipt could not be written is sent again, and ends twice
/// what it would otherwise not have ended at all.
async fn end_sessions(
    signals: &SharedSignals,
    transmitter: &Transmitter,
    event: &Event,
    said: &Said,
    now: Timestamp,
) -> Result<Done, Refusal> {
    let Some(identifier) = &event.subject.user else { return Ok(Done::nothing(Outcome::UnknownSubject)) };
    let world = Arc::clone(&*signals.services.world.borrow());
    let Some(user) = signals.account(&world, transmitter, identifier).await? else {
        return Ok(Done::nothing(Outcome::UnknownSubject));
    };
    let identity = &signals.identity;
    let ended = match transmitter.events.get(&said.name) {
        // A second is the finest that an event names: what was authenticated within it may be older than the event.
        Some(SignalEffect::RequireSignIn) => {
            let before = Timestamp::from_millis((said.at.as_seconds() + 1) * 1000).min(now);
            identity.end_authenticated_before(&user, before, Actor::System, now).await
        }
        _ => identity.end_all(&user, SessionEnd::Reported, Actor::System, now).await,
    };
    let ended = ended.map_err(Refusal::unavailable)?;
    Ok(Done { outcome: Outcome::Done, detail: json!({ "user": user, "sessions_ended": ended }) })
}

/// Writes what is said of the device, in the transaction that holds the receipt.
async fn assess(
    signals: &SharedSignals,
    transmitter: &Transmitter,
    (event, said): (&Event, &Said),
    is_compliant: bool,
    now: Timestamp,
) -> Result<Outcome, Refusal> {
    let world = Arc::clone(&*signals.services.world.borrow());
    let found = event.subject.device.as_ref().and_then(|identifier| device(&world, transmitter, identifier));
    let begun = signals.services.changes.begin(Actor::System, SIGNAL_RECEIVED, target(transmitter));
    let mut attempts = begun.attempts(now);
    loop {
        let built = async {
            let (outcome, mut writes) = (Outcome::UnknownSubject, vec![receipt::write(event)]);
            let Some(device) = &found else {
                let detail = detail(event, Some(said), &Done::nothing(outcome));
                return Ok::<_, Refusal>(Built { answer: outcome, detail, writes });
            };
            let (assessment, id) = assessment(transmitter, device, said, is_compliant)?;
            let stored = signals.services.store.get(Kind::Assessment, &id).await.map_err(Refusal::unavailable)?;
            let expected = stored.as_ref().map_or(Expected::New, |stored| Expected::Revision(stored.revision));
            let kept = stored.and_then(|stored| Assessment::deserialize(stored.body).ok());
            // INVARIANT I-62: an event that arrives late does not undo a later one.
            let is_overtaken = kept.is_some_and(|kept| kept.until > assessment.until);
            let outcome = if is_overtaken { Outcome::Overtaken } else { Outcome::Done };
            if !is_overtaken {
                let body = serde_json::to_value(assessment).unwrap_or_default();
                writes.push(Write::Put { kind: Kind::Assessment, id, expected, body });
            }
            let done = Done { outcome, detail: json!({ "device": device, "compliant": is_compliant }) };
            Ok(Built { answer: outcome, detail: detail(event, Some(said), &done), writes })
        };
        if let Some(outcome) = attempts.settle(built.await).await {
            return match outcome {
                Err(Refusal::Repeated) => Ok(Outcome::Repeated),
                outcome => outcome,
            };
        }
    }
}

/// What a transmitter says of a device. That it is compliant withdraws what the transmitter said against it, and gives nothing.
fn assessment(
    transmitter: &Transmitter,
    device: &DeviceId,
    said: &Said,
    is_compliant: bool,
) -> Result<(Assessment, String), Refusal> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, device.as_str().as_bytes());
    let short: String = hex::encode(digest.as_ref()).chars().take(32).collect();
    let id = format!("shared-signal.{}.{short}", transmitter.id);
    let assessment = Assessment {
        id: id.parse().map_err(Refusal::unavailable)?,
        about: AssessmentTarget::Device(device.clone()),
        slot: "compliant".to_owned(),
        value: FactValue::Bool(is_compliant),
        until: said.at.plus(transmitter.lasts),
        source: target(transmitter),
        why: said.name.clone(),
    };
    Ok((assessment, id))
}

fn target(transmitter: &Transmitter) -> String {
    format!("{}/{}", Kind::Transmitter, transmitter.id)
}

fn detail(event: &Event, said: Option<&Said>, done: &Done) -> Value {
    let named = event.what.first().map(|said| said.name.as_str());
    let mut detail = json!({ "event": said.map_or(named, |said| Some(said.name.as_str())), "id": event.id,
        "at": said.map(|said| said.at), "outcome": done.outcome.name() });
    if let (Some(detail), Some(more)) = (detail.as_object_mut(), done.detail.as_object()) {
        detail.extend(more.clone());
    }
    detail
}

/// The subject, as lists show it.
fn shown(event: &Event, effect: Option<SignalEffect>) -> String {
    let is_about_person = matches!(effect, Some(SignalEffect::EndSessions | SignalEffect::RequireSignIn));
    let subject = if is_about_person { &event.subject.user } else { &event.subject.device };
    subject.as_ref().or(event.subject.user.as_ref()).map(Identifier::to_string).unwrap_or_default()
}
