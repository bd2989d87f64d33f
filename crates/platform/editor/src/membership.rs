//! Putting a person into a group and taking them out of it: a change of the account, confirmed like every other.

use axum::extract::{Form, Path};
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::Kind;
use sekisho_web::address::encode;
use sekisho_web::{Problem, answer};
use serde::Deserialize;
use serde_json::Value;

use crate::acting::{PROPOSE, current, demand, kind};
use crate::form::Typed;
use crate::proposal::Proposal;
use crate::{Context, Routes, edit};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.post("/console/documents/{kind}/membership", PROPOSE, plan)
}

/// Who, and which group.
#[derive(Deserialize)]
struct Asked {
    /// An account, or a name that one person has.
    user: String,
    group: String,
    #[serde(default)]
    leave: String,
}

async fn plan(context: Context, Path(name): Path<String>, Form(asked): Form<Asked>) -> Result<Response, Problem> {
    if kind(&name)? != Kind::User {
        return Err(Problem::NotFound);
    }
    demand(&context, &table::reading(Kind::User), None).await?;
    let typed = asked.user.trim();
    let Some(id) = account(&context, typed) else {
        // The list shows whom the name may mean, or that nobody has it.
        return Ok(answer::see_other(&format!("/console/users?q={}", encode(typed))));
    };
    let now = current(&context, Kind::User, &id).await?.ok_or(Problem::NotFound)?;
    let body = with_membership(now.body, asked.group.trim(), asked.leave.is_empty());
    let typed = Typed(vec![("body".to_owned(), body.to_string())]);
    let proposal = Proposal { kind: Kind::User, id, revision: Some(now.revision), typed };
    let planned = proposal.plan(&context).await?;
    edit::asked_to_confirm(&context, &proposal, planned).await
}

/// The account that was typed, or that of the one person with that name.
fn account(context: &Context, typed: &str) -> Option<String> {
    let world = &context.world;
    if world.user(typed).is_some() {
        return Some(typed.to_owned());
    }
    let mut named = world.users().filter(|user| *world.display_name(*user) == *typed);
    let found = named.next()?;
    named.next().is_none().then(|| world.id(found).to_string())
}

/// The account with or without a group.
fn with_membership(mut body: Value, group: &str, joins: bool) -> Value {
    let listed = body.get("groups").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut groups: Vec<Value> = listed.into_iter().filter(|one| one.as_str() != Some(group)).collect();
    if joins && !group.is_empty() {
        groups.push(Value::from(group));
    }
    if let Some(body) = body.as_object_mut() {
        body.insert("groups".to_owned(), Value::Array(groups));
    }
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_group_comes_or_goes_and_the_others_stay() {
        let account = json!({ "id": "erin", "groups": ["engineering"], "clearance": 2 });
        let joined = with_membership(account.clone(), "finance", true);
        assert_eq!(joined, json!({ "id": "erin", "groups": ["engineering", "finance"], "clearance": 2 }));
        assert_eq!(with_membership(joined.clone(), "finance", true), joined);
        assert_eq!(with_membership(joined, "finance", false), account);
    }
}
