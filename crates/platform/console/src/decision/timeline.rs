//! What happened on the stream that a request opened: the decision, then the fact that ended it, then the cut.

use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::{DecisionRecord, Record, Span, StreamEnd, Timestamp};
use sekisho_web::verdict::Verdict;
use sekisho_web::{messages, wording};

use crate::{Context, act_words, say_all};

/// Something that happened.
pub(crate) struct Event {
    pub(crate) at: Timestamp,
    pub(crate) class: &'static str,
    pub(crate) title: String,
    pub(crate) text: String,
    /// The act that changed the fact, in words, and its row in the list of acts.
    pub(crate) cause: Option<(String, String)>,
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
        cause: None,
        index: Some(index),
    };
    let mut all = vec![decided];
    for (index, record) in ends.into_iter().rev() {
        if let Record::StreamEnd(end) = record {
            all.extend(events(context, index, &end).await);
        }
    }
    all
}

async fn events(context: &Context, index: u64, end: &StreamEnd) -> Vec<Event> {
    let Some(delay) = end.delay_ms else {
        let (title, text) = (context.say("was-closed"), carried(context, end));
        return vec![Event { at: end.at, class: "off", title, text, cause: None, index: Some(index) }];
    };
    let reason = wording::code(&context.world, &end.reason, context.language);
    let at = end.at.plus(Span::from_millis(-i64::try_from(delay).unwrap_or(0)));
    let fact = Event {
        at,
        class: "ask",
        title: context.say("fact-changed"),
        text: reason.clone(),
        cause: cause(context, at, end.at).await,
        index: None,
    };
    let after = messages::say_all(context.language, "cut-after", &[("delay", delay.to_string())]);
    let text = format!("{reason} {after} {}", carried(context, end));
    vec![
        fact,
        Event { at: end.at, class: "stop", title: context.say("was-cut"), text, cause: None, index: Some(index) },
    ]
}

/// The acts that change facts.
const CHANGING: [&str; 10] = [
    "document-put",
    "document-removed",
    "session-ended",
    "sessions-ended",
    "user-disabled",
    "device-revoked",
    "device-removed",
    "device-compliance-changed",
    "signal-raised",
    "authenticators-reset",
];
/// How long before the fact is in force its act may be recorded.
const BEFORE: Span = Span::from_seconds(2);
/// How many acts of that time are looked at.
const LOOKED_AT: usize = 20;

/// The last act before a cut that changed facts.
async fn cause(context: &Context, fact: Timestamp, cut: Timestamp) -> Option<(String, String)> {
    let since = Some(fact.plus(Span::from_millis(-BEFORE.as_millis())));
    let until = Some(cut.plus(Span::from_millis(1)));
    let filter = Filter { kind: Some(EntryKind::Act), since, until, ..Filter::default() };
    let found = context.site.ledger.search(LOOKED_AT, filter).await;
    let changing = found.entries.into_iter().find_map(|(index, record)| match record {
        Record::Act(act) if CHANGING.contains(&act.act.as_str()) => Some((index, act)),
        _ => None,
    });
    let (index, act) = changing?;
    let text = [
        ("actor", act_words::actor(context, &act.actor).text),
        ("act", act_words::done(&act.act, context.language)),
        ("target", act_words::target(context, &act).text),
    ];
    let href = format!("/console/acts?act={}#entry-{index}", act.act);
    Some((say_all(context, "fact-by-act", &text), href))
}

/// What a tunnel carried.
fn carried(context: &Context, end: &StreamEnd) -> String {
    let Some(carried) = end.carried else { return String::new() };
    let values = [("in", carried.bytes_in.to_string()), ("out", carried.bytes_out.to_string())];
    say_all(context, "carried", &values)
}
