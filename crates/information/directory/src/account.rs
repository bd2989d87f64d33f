//! What an account becomes by what an identity provider supplies. Pure.

use sekisho_model::UserId;
use sekisho_model::documents::{DirectoryEntry, Employment, User, UserStatus};
use serde_json::{Map, Value};

use crate::scim::ENTERPRISE_SCHEMA;

/// The attributes of an entry.
type Attributes = Map<String, Value>;

/// A new account.
pub(crate) fn made(id: UserId, attributes: &Attributes) -> User {
    let new = User {
        name: id.to_string(),
        id,
        email: None,
        department: None,
        employment: Employment::default(),
        clearance: 0,
        status: UserStatus::Active,
        identity_assurance: 1,
        groups: Vec::new(),
        attributes: Default::default(),
    };
    let status = if active(attributes) == Some(false) { UserStatus::Disabled } else { UserStatus::Active };
    User { status, ..described(new, &Map::new(), attributes) }
}

/// The account after a change of its entry, and whether the account is held: see [`DirectoryEntry::held`].
pub(crate) fn changed(user: User, entry: &DirectoryEntry, attributes: &Attributes) -> (User, bool) {
    let (status, held) = standing(user.status, entry, active(attributes));
    (User { status, ..described(user, &entry.attributes, attributes) }, held)
}

/// Whether the account may be used after the change.
// INVARIANT I-36: provisioning never enables an account that an administrator disabled.
fn standing(now: UserStatus, entry: &DirectoryEntry, wanted: Option<bool>) -> (UserStatus, bool) {
    match (active(&entry.attributes), wanted) {
        (Some(true) | None, Some(false)) => (UserStatus::Disabled, now == UserStatus::Disabled),
        (Some(false), Some(true)) if entry.held => (now, false),
        (Some(false), Some(true)) => (UserStatus::Active, false),
        // The identity provider says nothing new.
        _ => (now, entry.held),
    }
}

/// What is read from the attributes. What the identity provider neither supplies nor supplied stays as it is.
fn described(user: User, before: &Attributes, after: &Attributes) -> User {
    let supplied = |read: fn(&Attributes) -> Option<String>, now: Option<String>| match (read(before), read(after)) {
        (_, Some(text)) => Some(text),
        (Some(_), None) => None,
        (None, None) => now,
    };
    let employment = supplied(employment, Some(user.employment.name().to_owned()));
    User {
        name: supplied(name, Some(user.name)).unwrap_or_else(|| user.id.to_string()),
        email: supplied(email, user.email),
        department: supplied(department, user.department),
        employment: match employment.as_deref() {
            Some("staff") => Employment::Staff,
            Some("contractor") => Employment::Contractor,
            _ => Employment::Guest,
        },
        ..user
    }
}

/// What the identity provider says of `active`.
pub(crate) fn active(attributes: &Attributes) -> Option<bool> {
    attributes.get("active").and_then(Value::as_bool)
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn name(attributes: &Attributes) -> Option<String> {
    let part = |name: &str| text(attributes.get("name").and_then(|whole| whole.get(name)));
    let parts = || {
        let parts: Vec<String> = ["givenName", "familyName"].iter().filter_map(|name| part(name)).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    text(attributes.get("displayName")).or_else(|| part("formatted")).or_else(parts)
}

fn email(attributes: &Attributes) -> Option<String> {
    let all = attributes.get("emails")?.as_array()?;
    let primary = all.iter().find(|email| email.get("primary") == Some(&Value::Bool(true)));
    text(primary.or_else(|| all.first())?.get("value"))
}

fn department(attributes: &Attributes) -> Option<String> {
    text(attributes.get(ENTERPRISE_SCHEMA)?.get("department"))
}

/// The employment that policies know. What nobody knows is the least trusted.
fn employment(attributes: &Attributes) -> Option<String> {
    let kind = text(attributes.get("userType"))?.to_lowercase();
    let known = match kind.as_str() {
        "staff" | "employee" => Employment::Staff,
        "contractor" => Employment::Contractor,
        _ => Employment::Guest,
    };
    Some(known.name().to_owned())
}

#[cfg(test)]
mod tests {
    use sekisho_model::Timestamp;
    use sekisho_model::documents::DirectoryKind;
    use serde_json::json;

    use super::*;

    fn attributes(value: &Value) -> Attributes {
        value.as_object().expect("an object").clone()
    }

    fn entry(value: &Value, held: bool) -> DirectoryEntry {
        let now = Timestamp::from_millis(0);
        DirectoryEntry {
            kind: DirectoryKind::User,
            name: "alice".parse().expect("a name"),
            number: "0".repeat(16),
            attributes: attributes(value),
            held,
            source: "test".to_owned(),
            created_at: now,
            changed_at: now,
        }
    }

    fn alice(status: UserStatus) -> User {
        User { status, ..made("alice".parse().expect("a user"), &Map::new()) }
    }

    #[test]
    fn i36_what_the_directory_disabled_it_enables_and_nothing_else() {
        use UserStatus::{Active, Disabled};
        for (status, before, held, wanted, expected) in [
            (Active, json!({"active": true}), false, json!({"active": false}), (Disabled, false)),
            (Disabled, json!({"active": false}), false, json!({"active": true}), (Active, false)),
            // An administrator disabled it: a full synchronisation, or off and on again, enables nothing.
            (Disabled, json!({"active": true}), false, json!({"active": true}), (Disabled, false)),
            (Disabled, json!({"active": true}), false, json!({"active": false}), (Disabled, true)),
            (Disabled, json!({"active": false}), true, json!({"active": true}), (Disabled, false)),
            (Disabled, json!({}), false, json!({"active": true}), (Disabled, false)),
            // An administrator enabled it: the next word of the directory counts.
            (Active, json!({"active": false}), false, json!({"active": false}), (Active, false)),
            (Active, json!({"active": true}), false, json!({}), (Active, false)),
        ] {
            let (after, held) = changed(alice(status), &entry(&before, held), &attributes(&wanted));
            assert_eq!((after.status, held), expected, "{status:?} {before} {wanted}");
        }
        assert_eq!(made("bob".parse().expect("a user"), &attributes(&json!({"active": false}))).status, Disabled);
    }

    #[test]
    fn what_is_not_supplied_stays_and_what_is_withdrawn_goes() {
        let before = json!({"displayName": "Alice", "userType": "Employee", "emails": [{"value": "a@x"}, {"value": "b@x", "primary": true}]});
        let made = made("alice".parse().expect("a user"), &attributes(&before));
        assert_eq!((made.name.as_str(), made.email.as_deref()), ("Alice", Some("b@x")));
        assert_eq!((made.employment, made.clearance), (Employment::Staff, 0));
        let made = User { department: Some("Sales".to_owned()), clearance: 2, ..made };
        let after = json!({"name": {"givenName": "A", "familyName": "B"}, "userType": "robot"});
        let (after, _) = changed(made, &entry(&before, false), &attributes(&after));
        assert_eq!((after.name.as_str(), after.email), ("A B", None));
        assert_eq!((after.department.as_deref(), after.clearance), (Some("Sales"), 2));
        assert_eq!(after.employment, Employment::Guest);
    }
}
