//! Holds a filter against a resource, or against one value of an attribute.

use serde_json::Value;

use super::filter::{Compare, Filter};
use super::path::Path;
use super::schema::Attribute;

impl Filter {
    /// Whether the filter fits.
    pub(crate) fn fits(&self, resource: &Value) -> bool {
        match self {
            Self::And(one, other) => one.fits(resource) && other.fits(resource),
            Self::Or(one, other) => one.fits(resource) || other.fits(resource),
            Self::Not(other) => !other.fits(resource),
            Self::Present(path) => !values(path, resource).is_empty(),
            Self::Compare(path, compare, wanted) => {
                let (found, is_exact) = (values(path, resource), is_exact(path));
                match (compare, wanted) {
                    (Compare::Equal, Value::Null) => found.is_empty(),
                    (Compare::Unequal, Value::Null) => !found.is_empty(),
                    (Compare::Unequal, _) => {
                        !found.iter().any(|value| compares(value, Compare::Equal, wanted, is_exact))
                    }
                    _ => found.iter().any(|value| compares(value, *compare, wanted, is_exact)),
                }
            }
        }
    }
}

fn is_exact(path: &Path) -> bool {
    // The value of a complex attribute is compared by its part `value`.
    let target = path.target();
    let value = target.and_then(|target| target.part("value"));
    value.or(target).is_some_and(|target: &Attribute| target.is_exact)
}

/// The values that a path names in a resource.
fn values<'a>(path: &Path, resource: &'a Value) -> Vec<&'a Value> {
    let holder = path.extension.map_or(Some(resource), |schema| resource.get(schema));
    let Some(holder) = holder else { return Vec::new() };
    let Some(attribute) = path.attribute else { return vec![holder] };
    let found = match holder.get(attribute.name) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
    };
    let found = found.into_iter().filter(|value| path.filter.as_ref().is_none_or(|filter| filter.fits(value)));
    match path.part {
        Some(part) => found.filter_map(|value| value.get(part.name)).collect(),
        None => found.collect(),
    }
}

fn compares(found: &Value, compare: Compare, wanted: &Value, is_exact: bool) -> bool {
    match (found, wanted) {
        (Value::Object(fields), _) => {
            fields.get("value").is_some_and(|value| compares(value, compare, wanted, is_exact))
        }
        (Value::String(found), Value::String(wanted)) => {
            if is_exact {
                texts(found, compare, wanted)
            } else {
                texts(&found.to_lowercase(), compare, &wanted.to_lowercase())
            }
        }
        // Some identity providers write truth values as text.
        (Value::Bool(found), Value::String(wanted)) => {
            compare == Compare::Equal && wanted.eq_ignore_ascii_case(&found.to_string())
        }
        _ => compare == Compare::Equal && found == wanted,
    }
}

fn texts(found: &str, compare: Compare, wanted: &str) -> bool {
    match compare {
        Compare::Equal => found == wanted,
        Compare::Unequal => found != wanted,
        Compare::Contains => found.contains(wanted),
        Compare::Starts => found.starts_with(wanted),
        Compare::Ends => found.ends_with(wanted),
        Compare::Greater => found > wanted,
        Compare::GreaterOrEqual => found >= wanted,
        Compare::Less => found < wanted,
        Compare::LessOrEqual => found <= wanted,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::USERS;
    use super::*;

    #[test]
    fn a_filter_fits_or_does_not() {
        let alice = json!({
            "id": "u-1-alice", "userName": "Alice", "active": true, "name": {"givenName": "Alice"},
            "emails": [{"value": "a@home.jp", "type": "home"}, {"value": "a@work.jp", "type": "work", "primary": true}],
            "meta": {"lastModified": "2026-01-02T00:00:00Z"},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Sales"},
        });
        for (filter, fits) in [
            ("userName eq \"alice\"", true),
            ("userName ne \"alice\"", false),
            ("USERNAME SW \"AL\"", true),
            ("id eq \"U-1-ALICE\"", false),
            ("active eq true", true),
            ("active eq \"False\"", false),
            ("title pr", false),
            ("not (title pr)", true),
            ("title eq null", true),
            ("name.givenName co \"lic\"", true),
            ("emails eq \"a@work.jp\"", true),
            ("emails.type eq \"other\"", false),
            ("emails[type eq \"work\" and value co \"work\"]", true),
            ("emails[type eq \"home\" and value co \"work\"]", false),
            ("emails[type eq \"home\"] and title pr", false),
            ("emails[type eq \"home\"].value ew \".jp\"", true),
            ("userName eq \"x\" or active eq true and name.givenName pr", true),
            ("(userName eq \"x\" or active eq true) and title pr", false),
            ("meta.lastModified gt \"2026-01-01T00:00:00Z\"", true),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"sales\"", true),
        ] {
            let read = Filter::of_resources(USERS, filter).unwrap_or_else(|error| panic!("{filter}: {error:?}"));
            assert_eq!(read.fits(&alice), fits, "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let deep = format!("{}title pr{}", "(".repeat(17), ")".repeat(17));
        let long = format!("title eq \"{}\"", "a".repeat(4096));
        for wrong in [
            "",
            "userName",
            "userName eq",
            "userName is \"a\"",
            "shoeSize eq \"4\"",
            "userName eq alice",
            "(title pr",
            "title pr)",
            "not title pr",
            "title pr and",
            "emails[shoe pr]",
            &deep,
            &long,
        ] {
            let refused = Filter::of_resources(USERS, wrong).expect_err(wrong);
            assert_eq!(refused.kind, Some("invalidFilter"), "{wrong}");
        }
    }
}
