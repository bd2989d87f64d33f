//! A request asked under everything that the application may make of it: each reading of its path that a policy could tell
//! apart, the method that a field of it asks for, and the path that a field of it names. It is permitted when all of them are.

use arcstr::ArcStr;
use sekisho_model::facts::ContextSlot;
use sekisho_model::{Action, HttpFacts};
use sekisho_path_reading::{Readings, readings};
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
    let mut answer = ask_readings(policies, question, http);
    for facet in facets(question.action, http) {
        if !answer.is_permit() {
            break;
        }
        let other = facet.question(question, |question| ask_readings(policies, question, &facet.http));
        answer = answer.and(other, Some(&facet));
    }
    answer
}

/// What else a request does: it is served as the method that a field asks for, and writes to the path that a field names.
fn facets(action: Action, http: &HttpFacts) -> Vec<Variant> {
    if http.asked_as.is_none() && http.destination.is_none() {
        return Vec::new();
    }
    let asked_as = http.asked_as.as_ref();
    let served = asked_as.map(|asked| Variant { action: asked.action, http: http.served_as(&asked.method) });
    // INVARIANT I-6: what a request may write to is what it was decided for.
    let written = |action, http: &HttpFacts| http.at_destination().map(|http| Variant { action, http });
    let both = served.as_ref().and_then(|served| written(served.action, &served.http));
    let own = written(action, http);
    served.into_iter().chain(own).chain(both).collect()
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
    let mut all = facets(action, http);
    if !reads_path {
        return Some(all);
    }
    let mut read = Vec::new();
    for facet in [Variant { action, http: http.clone() }].iter().chain(&all) {
        match readings(&facet.http.path) {
            Readings::Plain => {}
            Readings::Others(others) => read.extend(others.into_iter().map(|path| facet.read_as(path))),
            Readings::TooMany => return None,
        }
    }
    all.extend(read);
    Some(all)
}

impl Variant {
    fn read_as(&self, path: String) -> Self {
        Self { action: self.action, http: self.http.read_as(ArcStr::from(path)) }
    }

    /// Asks something about the variant in place of the request that it is of.
    pub(crate) fn question<T>(&self, of: Question<'_>, ask: impl FnOnce(Question<'_>) -> T) -> T {
        let situation = Situation { http: Some(&self.http), ..*of.situation };
        ask(Question { action: self.action, situation: &situation, ..of })
    }
}
