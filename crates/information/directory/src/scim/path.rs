//! The path of an attribute (RFC 7644, 3.10): `userName`, `name.givenName`, `emails[type eq "work"].value`,
//! `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`.

use super::error::ScimError;
use super::filter::{self, Filter};
use super::schema::{Attribute, COMMON, ResourceType, find};

/// The longest path in bytes.
const LONGEST: usize = 2048;

/// What a path names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    /// The schema of the extension that holds it; `None` in the resource itself.
    pub(crate) extension: Option<&'static str>,
    /// The attribute; `None` for an extension as a whole.
    pub(crate) attribute: Option<&'static Attribute>,
    /// Which of its values.
    pub(crate) filter: Option<Filter>,
    /// The part of it, or of each of its values.
    pub(crate) part: Option<&'static Attribute>,
}

impl Path {
    /// Reads a path.
    pub(crate) fn read(of: &'static ResourceType, text: &str) -> Result<Self, ScimError> {
        let wrong = || ScimError::wrong("invalidPath", format_args!("`{}` names no attribute", text.escape_debug()));
        if text.len() > LONGEST {
            return Err(wrong());
        }
        let (extension, attributes, rest) = schema_of(of, text);
        if rest.is_empty() {
            let whole = Self { extension, attribute: None, filter: None, part: None };
            return if extension.is_some() { Ok(whole) } else { Err(wrong()) };
        }
        let name_end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(name_end);
        let common = if extension.is_none() { find(COMMON, name) } else { None };
        let attribute = find(attributes, name).or(common).ok_or_else(wrong)?;
        let (filter, rest) = match rest.strip_prefix('[') {
            None => (None, rest),
            Some(inner) => {
                let end = filter::end_of_brackets(inner).ok_or_else(wrong)?;
                let (inside, after) = inner.split_at(end);
                let filter = Filter::of_values(attribute, inside)?;
                (Some(filter), after.strip_prefix(']').unwrap_or_default())
            }
        };
        let part = match rest.strip_prefix('.') {
            None if rest.is_empty() => None,
            None => return Err(wrong()),
            Some(name) => Some(attribute.part(name).ok_or_else(wrong)?),
        };
        Ok(Self { extension, attribute: Some(attribute), filter, part })
    }

    /// The attribute that the path ends in.
    pub(crate) fn target(&self) -> Option<&'static Attribute> {
        self.part.or(self.attribute)
    }
}

/// The schema that a path begins with, its attributes, and the rest of the path.
fn schema_of<'a>(of: &'static ResourceType, text: &'a str) -> (Option<&'static str>, &'static [Attribute], &'a str) {
    if let Some((schema, attributes)) = of.extension
        && let Some(rest) = after_schema(schema, text)
    {
        return (Some(schema), attributes, rest);
    }
    (None, of.attributes, after_schema(of.schema, text).unwrap_or(text))
}

fn after_schema<'a>(schema: &str, text: &'a str) -> Option<&'a str> {
    let (start, rest) = (text.get(..schema.len())?, text.get(schema.len()..)?);
    if !start.eq_ignore_ascii_case(schema) {
        return None;
    }
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':') }
}

#[cfg(test)]
mod tests {
    use super::super::schema::{GROUPS, USERS};
    use super::*;

    #[test]
    fn a_path_names_an_attribute_a_part_or_some_values() {
        for (text, names) in [
            ("userName", (None, Some("userName"), false, None)),
            ("NAME.givenname", (None, Some("name"), false, Some("givenName"))),
            ("emails[type eq \"work\"].value", (None, Some("emails"), true, Some("value"))),
            ("urn:ietf:params:scim:schemas:core:2.0:User:title", (None, Some("title"), false, None)),
            ("externalId", (None, Some("externalId"), false, None)),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
                (Some(super::super::schema::ENTERPRISE_SCHEMA), Some("department"), false, None),
            ),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                (Some(super::super::schema::ENTERPRISE_SCHEMA), None, false, None),
            ),
        ] {
            let path = Path::read(USERS, text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            let name = |attribute: Option<&Attribute>| attribute.map(|attribute| attribute.name);
            assert_eq!((path.extension, name(path.attribute), path.filter.is_some(), name(path.part)), names, "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_path() {
        let long = "a".repeat(LONGEST + 1);
        for wrong in
            ["", "shoeSize", "name.", "name.shoe", "emails[", "emails[]", "emails[type]", "emails]x", "name x", &long]
        {
            assert!(Path::read(USERS, wrong).is_err(), "{wrong}");
        }
        assert!(Path::read(GROUPS, "userName").is_err());
        assert!(Path::read(GROUPS, "members[value eq \"x\"]").is_ok());
    }
}
