//! What if: the form that supposes something, and both answers side by side. Nothing is recorded and nothing is permitted.

use sekisho_control_plane::{AskedAgain, WhatIf, methods_of};
use sekisho_policy_engine::{Reason, Remedy, Supposition};
use sekisho_web::page::Page;
use sekisho_web::verdict::Verdict;
use serde::Deserialize;

use crate::Context;
use crate::activity::local;
use crate::decision::policies::{self, PolicyView};

/// What the address asks for: which entry, and what is supposed. An empty field supposes nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WhatIfQuery {
    pub(crate) entry: Option<u64>,
    pub(crate) join: String,
    pub(crate) leave: String,
    pub(crate) device: String,
    #[serde(rename = "no-device")]
    pub(crate) no_device: String,
    pub(crate) assurance: String,
    pub(crate) at: String,
    pub(crate) address: String,
}

/// The form as it was filled in, and the answers to it.
pub(crate) struct WhatIfView {
    pub(crate) asked: WhatIfQuery,
    /// The key of what is wrong with it.
    pub(crate) problem: Option<&'static str>,
    pub(crate) answers: Option<Answers>,
    pub(crate) knows_session: bool,
}

/// Both answers.
pub(crate) struct Answers {
    pub(crate) now: AnswerView,
    pub(crate) then: AnswerView,
    /// The nearest policies with what is supposed.
    pub(crate) policies: Vec<PolicyView>,
}

/// One answer.
pub(crate) struct AnswerView {
    pub(crate) verdict: Verdict,
    pub(crate) policies: Vec<String>,
    pub(crate) reasons: Vec<String>,
    pub(crate) remedies: Vec<String>,
    pub(crate) risk: u8,
}

/// How many policies are shown with what is supposed.
const MOST: usize = 3;

pub(crate) fn of(context: &Context, page: &Page, again: &AskedAgain<'_>, query: &WhatIfQuery) -> WhatIfView {
    let typed =
        [&query.join, &query.leave, &query.device, &query.no_device, &query.assurance, &query.at, &query.address];
    let is_asked = typed.iter().any(|text| !text.trim().is_empty());
    let answers = is_asked.then(|| answers(context, page, again, query));
    let (answers, problem) = match answers {
        None => (None, None),
        Some(Ok(answers)) => (Some(answers), None),
        Some(Err(problem)) => (None, Some(problem)),
    };
    WhatIfView { asked: query.clone(), problem, answers, knows_session: again.knows_session }
}

fn answers(
    context: &Context,
    page: &Page,
    again: &AskedAgain<'_>,
    query: &WhatIfQuery,
) -> Result<Answers, &'static str> {
    let compared = again.compare(&read(page, query)?, context.now).map_err(|wrong| match wrong {
        sekisho_control_plane::WrongSupposition::Group => "what-if-no-group",
        sekisho_control_plane::WrongSupposition::Device => "what-if-no-device",
    })?;
    let mut policies = policies::of(context, &compared.policies, None);
    policies.truncate(MOST);
    Ok(Answers { now: answer(context, &compared.now), then: answer(context, &compared.then), policies })
}

fn read(page: &Page, query: &WhatIfQuery) -> Result<WhatIf, &'static str> {
    let text = |typed: &str| Some(typed.trim().to_owned()).filter(|typed| !typed.is_empty());
    let time = text(&query.at).map(|typed| local(page, &typed).ok_or("what-if-no-time"));
    let address = text(&query.address).map(|typed| typed.parse().map_err(|_| "what-if-no-address"));
    let device = if query.no_device.is_empty() { text(&query.device) } else { Some(String::new()) };
    Ok(WhatIf {
        join: text(&query.join),
        leave: text(&query.leave),
        device,
        methods: query.assurance.trim().parse().ok().and_then(methods_of),
        at: time.transpose()?,
        address: address.transpose()?,
    })
}

fn answer(context: &Context, supposed: &Supposition) -> AnswerView {
    let says_more = |reason: &&Reason| supposed.reasons.len() == 1 || reason.code != "no-policy-permits";
    let reason = |reason: &Reason| reason.text.in_language(context.language).to_owned();
    let remedy = |remedy: &Remedy| remedy.text.in_language(context.language).to_owned();
    AnswerView {
        verdict: Verdict(supposed.outcome),
        policies: supposed.policies.iter().map(ToString::to_string).collect(),
        reasons: supposed.reasons.iter().filter(says_more).map(reason).collect(),
        remedies: supposed.remedies.iter().map(remedy).collect(),
        risk: supposed.risk,
    }
}
