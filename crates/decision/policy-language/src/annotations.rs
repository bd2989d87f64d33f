//! The annotations of a policy: what a person or an enforcement point needs to know of it.

use cedar_policy::{Effect, Policy};
use sekisho_model::{PolicyId, Text};

use crate::Obligation;
use crate::refusal::Refusal;

/// What the annotations of one policy say.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    pub id: Option<PolicyId>,
    pub reason: Option<Text>,
    pub report_only: bool,
    pub obligations: Vec<Obligation>,
}

/// What is wrong with the annotations of one policy.
#[derive(Debug, Default)]
pub(crate) struct Wrong {
    /// What no version would take.
    pub problems: Vec<Refusal>,
    /// Names that this version does not know. Where another version stored the policy, they may have meant something.
    pub unknown: Vec<Refusal>,
}

/// Reads the annotations, and every problem with them. An unknown one is refused: a misspelt `@mode` must not enforce.
pub(crate) fn read(policy: &Policy) -> (Annotations, Wrong) {
    let (mut found, mut wrong) = (Annotations::default(), Wrong::default());
    let (mut english, mut japanese) = (None, None);
    for (name, value) in policy.annotations() {
        let read = match name {
            "id" => value
                .parse()
                .map(|id| found.id = Some(id))
                .map_err(|error| Refusal::new(format!("in `@id`: {error}"), "rename it")),
            "reason" => {
                english = Some(value.to_owned());
                Ok(())
            }
            "reason_ja" => {
                japanese = Some(value.to_owned());
                Ok(())
            }
            "mode" => is_report_only(value).map(|report_only| found.report_only = report_only),
            "obligation" => {
                let known = obligations(value).map(|obligations| found.obligations = obligations);
                wrong.unknown.extend(known.err());
                Ok(())
            }
            other => {
                let fix = "write @id, @reason, @reason_ja, @mode or @obligation";
                wrong.unknown.push(Refusal::new(format!("`@{other}` is no annotation"), fix));
                Ok(())
            }
        };
        wrong.problems.extend(read.err());
    }
    found.reason = match (english, japanese) {
        (Some(en), ja) => Some(Text { en, ja }),
        (None, Some(_)) => {
            wrong
                .problems
                .push(Refusal::new("`@reason_ja` stands without `@reason`", "add `@reason(\"…\")` in English"));
            None
        }
        (None, None) => None,
    };
    if policy.effect() == Effect::Forbid && !found.obligations.is_empty() {
        let fix = "remove `@obligation`: only a permit has something to oblige to";
        wrong.problems.push(Refusal::new("`@obligation` stands on a forbid, where it means nothing", fix));
    }
    (found, wrong)
}

fn is_report_only(value: &str) -> Result<bool, Refusal> {
    match value {
        "report-only" => Ok(true),
        "enforce" => Ok(false),
        other => {
            let message = format!("`{}` is no mode", other.escape_debug());
            Err(Refusal::new(message, "write `@mode(\"report-only\")`, or leave it out to enforce"))
        }
    }
}

fn obligations(value: &str) -> Result<Vec<Obligation>, Refusal> {
    let mut found = Vec::new();
    for part in value.split(',').map(str::trim) {
        let Ok(obligation) = part.parse() else {
            let message = format!("`@obligation`: nothing carries out `{}`", part.escape_debug());
            let fix =
                format!("write one of: {}; to bound a session, ask for `context.session.age`", Obligation::names());
            return Err(Refusal::new(message, fix));
        };
        if !found.contains(&obligation) {
            found.push(obligation);
        }
    }
    Ok(found)
}
