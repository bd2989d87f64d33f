//! A request asked under everything that the application may make of it: each reading of its path that a policy could tell
//! apart, and the method that a field of it asks for. It is permitted when all of them are.

use arcstr::ArcStr;
use sekisho_model::facts::ContextSlot;
use sekisho_model::path_reading::{Readings, readings};
use sekisho_model::{Action, HttpFacts};
use sekisho_policy_language::Policies;

use crate::ask::{Answer, ask};
use crate::evaluate::Question;
use crate::situation::Situation;

/// What of a request an answer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Under {
    /// The request as it stands, or every variant of it.
    Itself,
    /// One variant, which is not permitted.
    Variant(Box<Variant>),
    /// The path has more readings than are asked: no policy that reads it permits.
    TooManyReadings,
}

/// A request as the application may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    pub action: Action,
    pub http: HttpFacts,
}

/// Asks the policies about a request and all its variants. The first variant that is not permitted is the answer.
pub(crate) fn ask_every(policies: &Policies, question: Question<'_>) -> Answer {
    let Some(http) = question.situation.http else { return ask(policies, question) };
    let answer = ask_readings(policies, question, http);
    match &http.asked_as {
        Some(asked_as) if answer.is_permit() => {
            let variant = Variant { action: asked_as.action, http: http.served_as(&asked_as.method) };
            let other = variant.question(question, |question| ask_readings(policies, question, &variant.http));
            answer.and(other, Some(&variant))
        }
        _ => answer,
    }
}

/// Asks about one method under each reading of the path, once a policy has read the path.
fn ask_readings(policies: &Policies, question: Question<'_>, http: &HttpFacts) -> Answer {
    let mut answer = ask(policies, question);
    // Evaluation is a function of what it reads: what did not read the path says the same of every path.
    if !answer.is_permit() || !answer.reads.has(ContextSlot::RequestPath) {
        return answer;
    }
    let others = match readings(&http.path) {
        Readings::Plain => return answer,
        Readings::TooMany => return Answer { reads: answer.reads, under: Under::TooManyReadings, ..Answer::none() },
        Readings::Others(others) => others,
    };
    for path in others {
        // INVARIANT I-6: the application may read any of these, so each of them must be permitted.
        let variant = Variant { action: question.action, http: http.read_as(ArcStr::from(path)) };
        let other = variant.question(question, |question| ask(policies, question));
        answer = answer.and(other, Some(&variant));
        if !answer.is_permit() {
            break;
        }
    }
    answer
}

/// Every variant of a request besides itself; those of its path only where that is read. `None` when there are too many.
pub(crate) fn variants(action: Action, http: &HttpFacts, reads_path: bool) -> Option<Vec<Variant>> {
    let mut methods = vec![Variant { action, http: http.clone() }];
    if let Some(asked_as) = &http.asked_as {
        methods.push(Variant { action: asked_as.action, http: http.served_as(&asked_as.method) });
    }
    let others = match if reads_path { readings(&http.path) } else { Readings::Plain } {
        Readings::Plain => Vec::new(),
        Readings::Others(others) => others,
        Readings::TooMany => return None,
    };
    let mut all: Vec<Variant> = methods.iter().skip(1).cloned().collect();
    for Variant { action, http } in &methods {
        all.extend(
            others.iter().map(|path| Variant { action: *action, http: http.read_as(ArcStr::from(path.as_str())) }),
        );
    }
    Some(all)
}

impl Variant {
    /// Asks something about the variant in place of the request that it is of.
    pub(crate) fn question<T>(&self, of: Question<'_>, ask: impl FnOnce(Question<'_>) -> T) -> T {
        let situation = Situation { http: Some(&self.http), ..*of.situation };
        ask(Question { action: self.action, situation: &situation, ..of })
    }
}
