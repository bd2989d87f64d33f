//! Attributes of the schema that nothing writes yet: for warning an author whose policy reads one.
//!
//! Such a policy is valid, and takes effect as soon as something writes the attribute. Until then a `permit` that needs it
//! permits nobody, and a `forbid` that needs it forbids nothing. The list is [`sekisho_model::facts::ASSESSABLE`]'s.

use std::fmt;

use sekisho_model::facts::unwritten_attributes;

use crate::PolicyText;
use crate::scan::{Token, next_token};

/// A place in a policy file that reads what nothing writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritten {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The attribute.
    pub name: &'static str,
}

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, name } = self;
        write!(f, "{file}:{line}: nothing writes `{name}` yet: it is absent, so `has {name}` is false")
    }
}

/// Every place in a file that reads what nothing writes yet, in order.
#[must_use]
pub fn unwritten(file: &PolicyText) -> Vec<Unwritten> {
    let text = file.text.as_str();
    let (mut found, mut before) = (Vec::new(), Vec::<&str>::new());
    let (mut at, mut line) = (0, 1);
    while let Some((token, length)) = next_token(text, at) {
        let word = text.get(at..at + length).unwrap_or("");
        at += length;
        if token != Token::Blank {
            found.extend(read_by(&before, word).map(|name| Unwritten { file: file.name.clone(), line, name }));
            before.push(word);
        }
        line += word.matches('\n').count();
    }
    found
}

/// What a word behind these words reads, where nothing writes it.
fn read_by(before: &[&str], word: &str) -> Option<&'static str> {
    match before {
        [.., "." | "has"] => unwritten_attributes().find(|name| *name == word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_read_and_nothing_writes_is_found() {
        let text = "// context.network.country in a comment\n@reason(\"context.device.known_exploited\")\n\
                    permit (principal is Sekisho::Workload, action, resource) when { principal has trust_domain &&\n  \
                    context.network has country && context.network.country == \"JP\" &&\n  \
                    context.device has tier && context.device.tier > 2 && resource.getTag(\"country\").contains(\"asn\")\n};\n";
        let found = unwritten(&PolicyText { name: "a.cedar".to_owned(), text: text.to_owned() });
        let found: Vec<_> = found.iter().map(|one| (one.line, one.name)).collect();
        assert_eq!(found, [(3, "trust_domain"), (4, "country"), (4, "country")]);
    }

    #[test]
    fn every_attribute_that_nothing_writes_is_in_the_schema() {
        for name in unwritten_attributes() {
            assert!(crate::schema::TEXT.contains(&format!("{name}?:")), "{name}");
        }
    }
}
