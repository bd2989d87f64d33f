//! What if: a recorded decision asked again with something supposed.

use std::net::IpAddr;

use axum::extract::{Path, Query};
use sekisho_control_plane::acts::table;
use sekisho_control_plane::{AskedAgain, WhatIf, methods_of};
use sekisho_ledger::Traced;
use sekisho_model::{Method, MethodSet, Timestamp};
use sekisho_policy_engine::{Explanation, Supposition};
use sekisho_rest::{Access, Answer, Problem, route};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::{Context, Routes};

/// What is supposed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The index of the decision in the ledger, where there are several on one request.
    entry: Option<u64>,
    /// A group that the subject is in.
    #[param(max_length = 256)]
    join: Option<String>,
    /// A group that the subject is not in.
    #[param(max_length = 256)]
    leave: Option<String>,
    /// The device that is proven; empty for none.
    #[param(max_length = 256)]
    device: Option<String>,
    /// The level of assurance that a sign-in just now reaches: 1 a password, 2 a password and a one-time code, 3 a passkey.
    #[param(minimum = 1, maximum = 3)]
    assurance: Option<u8>,
    /// The methods of that sign-in, in the place of `assurance`: `password`, `totp`, `passkey`, `recovery-code`, separated by commas.
    #[param(max_length = 64)]
    methods: Option<String>,
    /// The time by the clock, as RFC 3339 text.
    #[param(value_type = Option<String>, max_length = 40)]
    at: Option<Timestamp>,
    /// The address that the request comes from.
    #[param(value_type = Option<String>, max_length = 45)]
    address: Option<IpAddr>,
}

/// Both answers. Nothing is recorded, and nothing is permitted.
#[derive(Debug, Serialize, ToSchema)]
struct Answers {
    /// What would be decided now.
    #[schema(value_type = Object)]
    now: Value,
    /// What would be decided with what is supposed.
    #[schema(value_type = Object)]
    then: Value,
    /// The policies about it with what is supposed: each with its conditions and the values that they read.
    #[schema(value_type = Vec<Object>)]
    policies: Vec<Value>,
    /// Whether the session of the decision is still there; where it is not, a sign-in with a passkey just now is supposed.
    knows_session: bool,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.add(Access::Act(table::DECISIONS_READ), route!(what_if))
}

/// Ask what would be decided about a recorded request with other groups, another device, sign-in, time or address.
#[utoipa::path(get, path = "/decisions/{request}/what-if", tag = "decisions",
    params(("request" = String, Path, description = "The number of the request"), Asked),
    responses((status = 200, body = Answers)))]
async fn what_if(
    call: Context,
    Path(request): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Answer<Answers>, Problem> {
    let control_plane = &call.services.control_plane;
    let (Some(Traced::Decided(_, decision)) | Some(Traced::Covered(_, decision, _))) =
        control_plane.ledger.trace_at(&request, asked.entry).await
    else {
        return Err(Problem::not_found("there is no decision on this request"));
    };
    let world = control_plane.world();
    let again = AskedAgain::of(&world, &decision).map_err(|why| Problem::conflict(why.to_string()))?;
    let compared = again.compare(&asked.what_if()?, call.now).map_err(Problem::wrong)?;
    Ok(Answer::ok(Answers {
        now: supposition(&compared.now),
        then: supposition(&compared.then),
        policies: explanation(&compared.policies),
        knows_session: again.knows_session,
    }))
}

impl Asked {
    fn what_if(self) -> Result<WhatIf, Problem> {
        let method = |name: &str| {
            let known = Method::ALL.into_iter().find(|method| method.name() == name);
            known.ok_or_else(|| Problem::wrong("`methods`: write `password`, `totp`, `passkey` or `recovery-code`"))
        };
        let named = self.methods.map(|names| names.split(',').map(method).collect::<Result<MethodSet, Problem>>());
        let reached = self
            .assurance
            .map(|level| methods_of(level).ok_or_else(|| Problem::wrong("`assurance` is a number from 1 to 3")));
        Ok(WhatIf {
            join: self.join,
            leave: self.leave,
            device: self.device,
            methods: named.or(reached).transpose()?,
            at: self.at,
            address: self.address,
        })
    }
}

fn supposition(supposed: &Supposition) -> Value {
    let reasons: Vec<Value> =
        supposed.reasons.iter().map(|reason| json!({"code": reason.code, "text": reason.text})).collect();
    let remedies: Vec<Value> =
        supposed.remedies.iter().map(|remedy| json!({"code": remedy.code, "text": remedy.text})).collect();
    json!({
        "outcome": supposed.outcome, "policies": supposed.policies, "reasons": reasons, "remedies": remedies,
        "risk": supposed.risk,
    })
}

/// Policies taken apart, as the API shows them.
pub(crate) fn explanation(explanation: &Explanation) -> Vec<Value> {
    let policies = explanation.policies.iter().map(|policy| {
        let conditions = policy.conditions.iter().map(|condition| {
            let values = condition.values.iter().map(|value| json!({"name": value.name, "value": value.value}));
            let values: Vec<Value> = values.collect();
            json!({"text": condition.text, "state": condition.state.name(), "values": values})
        });
        let conditions: Vec<Value> = conditions.collect();
        json!({
            "id": policy.id, "permits": policy.permits(), "report_only": policy.report_only,
            "satisfied": policy.satisfied, "conditions": conditions,
        })
    });
    policies.collect()
}
