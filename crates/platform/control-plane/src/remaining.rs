//! Who is left in the group of administrators, as the store says, so that the commit that ends somebody's rights rests on it.
//!
//! Two administrators who disable each other at once would each find the other still active. Their commits therefore also name what makes
//! the other one an administrator, unchanged: the second of them meets a conflict, looks again, and is refused.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_model::documents::Kind;
use sekisho_store::{Store, StoreError, Write};
use serde_json::Value;

use crate::ADMINISTRATORS;

/// The documents that the same commit writes: their bodies, or nothing where it removes them.
pub(crate) type Planned<'a> = BTreeMap<(Kind, &'a str), Option<&'a Value>>;

/// What the membership of the first of these people rests on who is an active member of the administrators' group. `None` when none of
/// them is.
pub(crate) async fn first_member(
    store: &Store,
    planned: &Planned<'_>,
    people: impl Iterator<Item = String>,
) -> Result<Option<Vec<Write>>, StoreError> {
    for person in people {
        if let Some(rests_on) = membership(store, planned, &person).await? {
            return Ok(Some(rests_on));
        }
    }
    Ok(None)
}

/// What must stay unchanged for a person to be an active member of the administrators' group, directly or by way of other groups. `None`
/// when the person is no such member.
pub(crate) async fn membership(
    store: &Store,
    planned: &Planned<'_>,
    person: &str,
) -> Result<Option<Vec<Write>>, StoreError> {
    let Some((user, rests_on)) = found(store, planned, Kind::User, person).await? else { return Ok(None) };
    if user.get("status").is_some_and(|status| status != "active") {
        return Ok(None);
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<(String, Vec<Write>)> = groups(&user).map(|group| (group, rests_on.clone())).collect();
    while let Some((group, mut rests_on)) = open.pop() {
        if group == ADMINISTRATORS {
            return Ok(Some(rests_on));
        }
        if !seen.insert(group.clone()) {
            continue;
        }
        if let Some((body, unchanged)) = found(store, planned, Kind::Group, &group).await? {
            rests_on.extend(unchanged);
            open.extend(groups(&body).map(|parent| (parent, rests_on.clone())));
        }
    }
    Ok(None)
}

/// A document as it will be, and what must stay unchanged for that: nothing where the same commit writes it.
async fn found(
    store: &Store,
    planned: &Planned<'_>,
    kind: Kind,
    id: &str,
) -> Result<Option<(Value, Vec<Write>)>, StoreError> {
    if let Some(body) = planned.get(&(kind, id)) {
        return Ok(body.map(|body| (body.clone(), Vec::new())));
    }
    let document = store.get(kind, id).await?;
    Ok(document.map(|document| {
        let unchanged = Write::Unchanged { kind, id: document.id, revision: document.revision };
        (document.body, vec![unchanged])
    }))
}

fn groups(body: &Value) -> impl Iterator<Item = String> {
    let groups = body.get("groups").and_then(Value::as_array).into_iter().flatten();
    groups.filter_map(|group| group.as_str().map(str::to_owned))
}
