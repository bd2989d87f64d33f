//! Several evaluations in one call, under one of three semantics.

use serde::Deserialize;
use serde_json::{Value, json};

use super::evaluation::{self, Asked, Parts};
use super::wrong::Wrong;

/// The most evaluations of one call.
const MOST: usize = 200;

/// The body.
#[derive(Debug, Deserialize)]
pub(super) struct Body {
    #[serde(flatten)]
    common: Parts,
    evaluations: Option<Vec<Parts>>,
    #[serde(default)]
    options: Options,
}

#[derive(Debug, Default, Deserialize)]
struct Options {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

/// When to stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Semantic {
    /// Never.
    #[default]
    ExecuteAll,
    /// After the first denial.
    DenyOnFirstDeny,
    /// After the first permit.
    PermitOnFirstPermit,
}

impl Semantic {
    const fn ends_with(self, permitted: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !permitted,
            Self::PermitOnFirstPermit => permitted,
        }
    }
}

pub(super) async fn serve(asked: &Asked<'_>, body: Body) -> Result<Value, Wrong> {
    let Body { common, evaluations, options } = body;
    // Without a list it is one evaluation, in its own form.
    let Some(evaluations) = evaluations.filter(|list| !list.is_empty()) else {
        return evaluation::serve(asked, common).await;
    };
    if evaluations.len() > MOST {
        return Err(Wrong::field("evaluations", &format_args!("holds more than {MOST}: ask in several calls")));
    }
    // All are read before one is decided.
    let mut whole = Vec::with_capacity(evaluations.len());
    for (at, parts) in evaluations.into_iter().enumerate() {
        whole.push(parts.or(&common).whole(&format!("evaluations[{at}]."))?);
    }
    let mut told = Vec::with_capacity(whole.len());
    for evaluation in &whole {
        let (answer, permitted) = asked.evaluate(evaluation).await?;
        told.push(answer);
        // What else this worker does does not wait for a whole list.
        asked.decisions.give_way().await;
        if options.evaluations_semantic.ends_with(permitted) {
            break;
        }
    }
    Ok(json!({ "evaluations": told }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_semantic_ends_where_it_says() {
        for (name, after_permit, after_denial) in [
            ("execute_all", false, false),
            ("deny_on_first_deny", false, true),
            ("permit_on_first_permit", true, false),
        ] {
            let options: Options = serde_json::from_value(json!({ "evaluations_semantic": name })).expect("options");
            let semantic = options.evaluations_semantic;
            assert_eq!((semantic.ends_with(true), semantic.ends_with(false)), (after_permit, after_denial), "{name}");
        }
        assert!(serde_json::from_value::<Options>(json!({ "evaluations_semantic": "any" })).is_err());
    }
}
