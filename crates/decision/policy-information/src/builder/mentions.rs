//! The names that policies write out. A policy may read an entity that no request is about (`User::"root".status`), so a
//! change of one that is named can affect any decision.

use std::collections::BTreeSet;

use sekisho_model::Name;
use sekisho_policy_language::PolicyText;

/// Every name that stands between quotation marks in a policy set, and perhaps some more.
#[derive(Debug, Clone, Default)]
pub(super) struct Mentions {
    names: BTreeSet<String>,
    /// An escape could spell any name.
    any: bool,
}

impl Mentions {
    /// The names that these texts may mention. Everything between two marks counts, whichever of them opens, so comments
    /// and odd marks cannot hide a name.
    pub(super) fn of(texts: &[PolicyText]) -> Self {
        let mut mentions = Self::default();
        for policy in texts {
            mentions.any |= policy.text.contains('\\');
            let quoted = policy.text.split('"').filter(|part| part.parse::<Name>().is_ok());
            mentions.names.extend(quoted.map(str::to_owned));
        }
        mentions
    }

    /// Whether a policy may read the entity of this name whatever the request is about.
    pub(super) fn contain(&self, name: &str) -> bool {
        self.any || self.names.contains(name) || name.parse::<Name>().is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Mentions {
        Mentions::of(&[PolicyText { name: "a.cedar".to_owned(), text: text.to_owned() }])
    }

    #[test]
    fn a_written_name_is_found_whatever_stands_around_it() {
        for text in [
            r#"permit (principal == Sekisho::User::"alice", action, resource);"#,
            "// it's \"odd\n permit (principal, action, resource) when { User::\"alice\".clearance > 1 };",
            r#"permit (principal == User::"\u{61}lice", action, resource);"#,
        ] {
            assert!(of(text).contain("alice"), "{text}");
        }
        assert!(!of(r#"permit (principal == User::"bob", action, resource);"#).contain("alice"));
    }
}
