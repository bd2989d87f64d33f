//! What happened on the stream that a request opened: the decision, then the fact that ended it, then the cut.

use sekisho_model::{DecisionRecord, Record, Span, StreamEnd, Timestamp};
use sekisho_web::verdict::Verdict;
use sekisho_web::{messages, wording};

use crate::{Context, say_all};

/// Something that happened.
pub(crate) struct Event {
    pub(crate) at: Timestamp,
    pub(crate) class: &'static str,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) index: Option<u64>,
}

/// The decision and what followed it, the oldest first. The decision alone is no story.
pub(crate) async fn of(context: &Context, index: u64, decision: &DecisionRecord) -> Vec<Event> {
    let ends = context.site.ledger.ends(index, &decision.request).await;
    if ends.is_empty() {
        return Vec::new();
    }
    let verdict = Verdict(decision.outcome);
    let decided = Event {
        at: decision.at,
        class: verdict.class(),
        title: context.say(verdict.key()),
        text: decision.policies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        index: Some(index),
    };
    let later = ends.into_iter().rev().filter_map(|(index, record)| match record {
        Record::StreamEnd(end) => Some(events(context, index, &end)),
        _ => None,
    });
    std::iter::once(decided).chain(later.flatten()).collect()
}

fn events(context: &Context, index: u64, end: &StreamEnd) -> Vec<Event> {
    let Some(delay) = end.delay_ms else {
        let (title, text) = (context.say("was-closed"), carried(context, end));
        return vec![Event { at: end.at, class: "off", title, text, index: Some(index) }];
    };
    let reason = wording::code(&context.world, &end.reason, context.language);
    let fact = Event {
        at: end.at.plus(Span::from_millis(-i64::try_from(delay).unwrap_or(0))),
        class: "ask",
        title: context.say("fact-changed"),
        text: reason.clone(),
        index: None,
    };
    let after = [("delay", delay.to_string()), ("world", end.world.to_string())];
    let after = messages::say_all(context.language, "cut-after", &after);
    let text = format!("{reason} {after} {}", carried(context, end));
    vec![fact, Event { at: end.at, class: "stop", title: context.say("was-cut"), text, index: Some(index) }]
}

/// What a tunnel carried.
fn carried(context: &Context, end: &StreamEnd) -> String {
    let Some(carried) = end.carried else { return String::new() };
    let values = [("in", carried.bytes_in.to_string()), ("out", carried.bytes_out.to_string())];
    say_all(context, "carried", &values)
}
