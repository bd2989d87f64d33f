//! From claims to what is known of a person: the groups and attributes that the provider's document maps, and nothing else. Pure.

use std::collections::BTreeSet;

use sekisho_model::documents::{AttributeValue, IdentityProvider, User};
use serde_json::{Map, Value};

/// The longest text and the most texts of a claim that are taken.
const LONGEST: usize = 256;
const MOST: usize = 256;

/// Whether a provider maps claims at all.
pub(crate) fn is_mapped(provider: &IdentityProvider) -> bool {
    provider.groups_claim.is_some() || !provider.attributes.is_empty()
}

/// The person as the claims describe them; `None` when that is what is known already.
pub(crate) fn described(provider: &IdentityProvider, claims: &Map<String, Value>, user: &User) -> Option<User> {
    let mut changed = user.clone();
    if let Some(claim) = &provider.groups_claim {
        let said: BTreeSet<&str> = texts(claims.get(claim)).collect();
        for group in provider.groups.values() {
            // Two values may lead to one group.
            let is_in = provider.groups.iter().any(|(other, of)| of == group && said.contains(other.as_str()));
            match changed.groups.iter().position(|one| one == group) {
                Some(at) if !is_in => drop(changed.groups.remove(at)),
                None if is_in => changed.groups.push(group.clone()),
                Some(_) | None => {}
            }
        }
    }
    for (attribute, claim) in &provider.attributes {
        let value = claims.get(claim).and_then(value);
        match (attribute.as_str(), value) {
            ("department", Some(AttributeValue::String(text))) => changed.department = Some(text),
            ("department", _) => changed.department = None,
            (name, Some(value)) => drop(changed.attributes.insert(name.to_owned(), value)),
            (name, None) => drop(changed.attributes.remove(name)),
        }
    }
    (changed != *user).then_some(changed)
}

fn texts(claim: Option<&Value>) -> impl Iterator<Item = &str> {
    let (one, several) = match claim {
        Some(Value::String(one)) => (Some(one.as_str()), None),
        Some(Value::Array(several)) => (None, Some(several)),
        _ => (None, None),
    };
    one.into_iter().chain(several.into_iter().flatten().filter_map(Value::as_str)).take(MOST)
}

fn value(claim: &Value) -> Option<AttributeValue> {
    match claim {
        Value::Bool(flag) => Some(AttributeValue::Bool(*flag)),
        Value::Number(number) => number.as_i64().map(AttributeValue::Long),
        Value::String(text) if text.len() <= LONGEST => Some(AttributeValue::String(text.clone())),
        Value::Array(_) => {
            let kept = texts(Some(claim)).filter(|text| text.len() <= LONGEST).map(str::to_owned);
            Some(AttributeValue::Set(kept.collect()))
        }
        Value::Null | Value::String(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn after(claims: Value) -> Option<User> {
        let provider = json!({ "id": "a", "name": "A", "issuer": "https://a.example", "client_id": "c",
            "groups_claim": "groups", "groups": { "eng": "engineers", "dev": "engineers", "ops": "operators" },
            "attributes": { "department": "dept", "desk": "desk_no" } });
        let user = json!({ "id": "alice", "name": "Alice", "department": "R&D", "groups": ["staff", "operators"],
            "attributes": { "badge": 7 } });
        let provider: IdentityProvider = serde_json::from_value(provider).expect("a provider");
        let user: User = serde_json::from_value(user).expect("a user");
        described(&provider, claims.as_object().expect("an object"), &user)
    }

    #[test]
    fn mapped_groups_and_attributes_follow_the_claims() {
        let user = after(json!({ "groups": ["dev", "staff"], "dept": "Lab", "desk_no": 12 })).expect("a change");
        let groups: Vec<&str> = user.groups.iter().map(|group| group.as_str()).collect();
        assert_eq!((groups, user.department.as_deref()), (vec!["staff", "engineers"], Some("Lab")));
        assert_eq!(user.attributes.get("desk"), Some(&AttributeValue::Long(12)));
        assert_eq!(user.attributes.get("badge"), Some(&AttributeValue::Long(7)));
    }

    #[test]
    fn what_is_not_mapped_stays_and_what_is_not_claimed_goes() {
        let same = json!({ "groups": "ops", "dept": "R&D", "administrators": true, "clearance": 4, "email": "root@a" });
        assert_eq!(after(same), None);
        let user = after(json!({ "groups": ["administrators"], "dept": "R&D" })).expect("a change");
        assert_eq!(user.groups.iter().map(|group| group.as_str()).collect::<Vec<_>>(), ["staff"]);
        assert!(after(json!({})).expect("a change").department.is_none());
    }
}
