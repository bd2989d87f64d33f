//! Checks a document while it is typed: what is wrong, with line and column for policies, or what it would do to people.

use axum::Json;
use axum::extract::Path;
use sekisho_model::documents::Kind;
use sekisho_web::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::acting::{PROPOSE, kind};
use crate::form::{Typed, Why, Wrong};
use crate::impact::{ImpactView, Person};
use crate::proposal::{Planned, Proposal};
use crate::{Context, Routes, acting, refusal};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.post("/console/documents/{kind}/check", PROPOSE, check)
}

/// A document as it is typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    id: String,
    body: Value,
}

/// What is wrong, or what it would do.
#[derive(Default, Serialize)]
struct Checked {
    problems: Vec<Diagnostic>,
    /// The policies that name no resource, each in a sentence.
    opening: Vec<String>,
    /// What it would do to people, a line for each kind of consequence.
    impact: Vec<String>,
    /// What is valid and probably not meant.
    warnings: Vec<String>,
}

/// One problem, with its place in the text of a policy.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct Diagnostic {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    message: String,
}

async fn check(context: Context, Path(name): Path<String>, Json(asked): Json<Asked>) -> Result<Json<Checked>, Problem> {
    let kind = kind(&name)?;
    // What is planned is compared with what is there: a document of another name than any is planned as a new one.
    let id = if asked.id.trim().is_empty() { "new".to_owned() } else { asked.id.trim().to_owned() };
    let now = acting::current(&context, kind, &id).await?;
    let typed = Typed(vec![("body".to_owned(), asked.body.to_string())]);
    let proposal = Proposal { kind, id, revision: now.map(|now| now.revision), typed };
    let checked = match proposal.plan(&context).await? {
        Planned::Plan { plan, .. } => {
            let view = ImpactView::of(&context, &plan);
            Checked {
                problems: Vec::new(),
                impact: lines(&context, &view),
                opening: view.opening,
                warnings: view.warnings,
            }
        }
        Planned::Wrong(wrong) => {
            let problems = wrong.iter().map(|one| diagnostic(&context, &proposal, one)).collect();
            Checked { problems, ..Checked::default() }
        }
        Planned::Overtaken { .. } => {
            let message = context.say("wrong-conflict");
            let problems = vec![Diagnostic { line: None, column: None, message }];
            Checked { problems, ..Checked::default() }
        }
    };
    Ok(Json(checked))
}

fn lines(context: &Context, view: &ImpactView) -> Vec<String> {
    if view.is_none() {
        return vec![context.say("impact-none")];
    }
    let colon = context.say("colon");
    let separator = format!("{} ", context.say("separator"));
    let line = |key: &str, count: usize, people: &[Person]| {
        let of = |one: &Person| format!("{}{colon} {}", one.name, one.resources.join(&separator));
        let names: Vec<String> = people.iter().map(of).collect();
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join("; ")) };
        format!("{}{colon} {count}{names}", context.say(key))
    };
    vec![
        line("impact-gain", view.gain, &view.gaining),
        line("impact-lose", view.lose, &view.losing),
        line("impact-cut", view.sessions_cut, &[]),
    ]
}

fn diagnostic(context: &Context, proposal: &Proposal, wrong: &Wrong) -> Diagnostic {
    let place = match &wrong.why {
        Why::Said(said) if proposal.kind == Kind::Policy => place(&proposal.id, said),
        _ => None,
    };
    match place {
        Some((line, column, message)) => Diagnostic { line: Some(line), column: Some(column), message },
        None => Diagnostic { line: None, column: None, message: refusal::said(context, &wrong.why) },
    }
}

/// `file:line:column: message`, where the file is the one that is typed.
fn place(file: &str, said: &str) -> Option<(usize, usize, String)> {
    let rest = said.strip_prefix(file)?.strip_prefix(':')?;
    let (line, rest) = rest.split_once(':')?;
    let (column, message) = rest.split_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?, message.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_its_place() {
        assert_eq!(place("a.b", "a.b:3:7: unexpected: `x`; fix"), Some((3, 7, "unexpected: `x`; fix".to_owned())));
        assert_eq!(place("a", "b:3:7: unexpected"), None);
        assert_eq!(place("a", "a: unexpected"), None);
    }
}
