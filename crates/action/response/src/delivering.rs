//! Hands the messages over that are due, side by side: a receiver that is slow holds up no other.

use futures_util::future::join_all;
use sekisho_model::documents::ResponseAction;

use crate::carrying::Carrying;
use crate::effects::Message;
use crate::failure::ResponseError;
use crate::journal::{Response, State, Step, StepState, Stored};
use crate::webhook::{Secret, again_at};

/// The most messages that one turn sends.
const AT_ONCE: usize = 32;

/// What became of a message.
enum Delivery {
    Arrived,
    /// No secret was made for this address.
    Unsigned,
    Failed(String),
}

/// Sends what is due of these responses, and takes over what became of it.
pub(crate) async fn deliver(
    carrying: &Carrying<'_>,
    live: impl Iterator<Item = &mut Stored>,
) -> Result<(), ResponseError> {
    let due: Vec<&mut Stored> = live.filter(|stored| is_due(&stored.response, carrying)).take(AT_ONCE).collect();
    let mut messages = Vec::new();
    for stored in &due {
        let secret = Secret::of(&carrying.responses.services().store, stored.response.playbook.as_str()).await?;
        messages.push(secret.and_then(|secret| secret.message(&stored.response, carrying.now)));
    }
    let sent = join_all(messages.into_iter().map(|message| hand_over(carrying, message))).await;
    for (stored, delivery) in due.into_iter().zip(sent) {
        match take_over(carrying, stored, delivery).await {
            // Somebody undid it meanwhile: the next turn reads it again.
            Err(error) if error.is_conflict() => {}
            outcome => outcome?,
        }
    }
    Ok(())
}

async fn hand_over(carrying: &Carrying<'_>, message: Option<Message>) -> Delivery {
    let Some(message) = message else { return Delivery::Unsigned };
    match (carrying.responses.effects().post)(message).await {
        Ok(()) => Delivery::Arrived,
        Err(why) => Delivery::Failed(why),
    }
}

async fn take_over(carrying: &Carrying<'_>, stored: &mut Stored, delivery: Delivery) -> Result<(), ResponseError> {
    let is_undone = matches!(stored.response.state, State::Undoing { .. });
    let Some(step) = message_of(&mut stored.response) else { return Ok(()) };
    match delivery {
        Delivery::Arrived => step.state = if is_undone { StepState::Undone } else { StepState::Done },
        Delivery::Unsigned => {
            (step.state, step.why) = (StepState::Failed, Some("no secret was made for this address".to_owned()));
        }
        Delivery::Failed(why) => {
            step.attempts = step.attempts.saturating_add(1);
            step.why = Some(why.chars().filter(|letter| !letter.is_control()).take(300).collect());
            step.again_at = again_at(step.attempts, carrying.now);
            if step.again_at.is_none() {
                step.state = StepState::Failed;
            }
        }
    }
    carrying.settle(stored).await
}

fn is_due(response: &Response, carrying: &Carrying<'_>) -> bool {
    let is_open = matches!(response.state, State::Doing { .. } | State::Undoing { .. });
    is_open
        && response.steps.iter().any(|step| {
            let is_being_sent = step.action == ResponseAction::SendWebhook && step.state == StepState::Doing;
            is_being_sent && step.again_at.is_none_or(|at| at <= carrying.now)
        })
}

fn message_of(response: &mut Response) -> Option<&mut Step> {
    response.steps.iter_mut().find(|step| step.action == ResponseAction::SendWebhook && step.state == StepState::Doing)
}
