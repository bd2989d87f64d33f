//! The names that a policy file writes out, each with its place: for telling an author which of them nobody has.
//!
//! A name that nobody has is no fault of the policy: it may be given later. But a misspelt group permits nobody, and a misspelt
//! resource in a `forbid` forbids nothing.

use sekisho_model::facts::EntityType;

use crate::PolicyText;
use crate::scan::{Token, next_token};

/// A name in a policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What it is a name of.
    pub of: Named,
    /// The name.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
}

/// What has a name that policies write out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// An entity: `Sekisho::Group::"staff"`.
    Entity(EntityType),
    /// A device check: `failing_checks.contains("firewall")`.
    Check,
}

const CHECK: [&str; 4] = ["failing_checks", ".", "contains", "("];

/// Every name in a file, in order, but for actions, which the schema knows, and names that are spelt with an escape, which no
/// document has.
#[must_use]
pub fn references(file: &PolicyText) -> Vec<Reference> {
    let text = file.text.as_str();
    let (mut found, mut before) = (Vec::new(), Vec::<&str>::new());
    let (mut at, mut line) = (0, 1);
    while let Some((token, length)) = next_token(text, at) {
        let word = text.get(at..at + length).unwrap_or("");
        at += length;
        if let (Some(of), Some(name)) = (named(&before), quoted(word)) {
            found.push(Reference { of, name: name.to_owned(), line });
        }
        line += word.matches('\n').count();
        if token != Token::Blank {
            before.push(word);
        }
    }
    found
}

/// What the string after these words is a name of.
fn named(before: &[&str]) -> Option<Named> {
    match before {
        [.., "Sekisho", ":", ":", kind, ":", ":"] => {
            let kind =
                EntityType::ALL.into_iter().find(|known| known.name().strip_prefix("Sekisho::") == Some(*kind))?;
            (kind != EntityType::Action).then_some(Named::Entity(kind))
        }
        _ => before.ends_with(&CHECK).then_some(Named::Check),
    }
}

fn quoted(word: &str) -> Option<&str> {
    word.strip_prefix('"')?.strip_suffix('"').filter(|name| !name.contains('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_stand_and_nowhere_else() {
        let text = "// Sekisho::Group::\"comment\"\n@reason(\"Sekisho::Group::\\\"text\\\"\")\npermit (\n  principal in Sekisho::Group :: \"staff\",\n  \
                    action == Sekisho::Action::\"read\",\n  resource == Sekisho::Resource::\"wiki\"\n) when {\n  \
                    context.device.failing_checks.contains(\"firewall\") && principal.department == \"x\"\n};\n";
        let found = references(&PolicyText { name: "a.cedar".to_owned(), text: text.to_owned() });
        let found: Vec<_> = found.iter().map(|one| (one.of, one.name.as_str(), one.line)).collect();
        assert_eq!(
            found,
            [
                (Named::Entity(EntityType::Group), "staff", 4),
                (Named::Entity(EntityType::Resource), "wiki", 6),
                (Named::Check, "firewall", 8),
            ]
        );
    }
}
