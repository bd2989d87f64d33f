//! Texts that crates of pages contribute, beside those of this crate.

use std::fmt;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use sekisho_model::Language;

use crate::messages;

/// The texts of crates of pages, in both languages. Clones share them.
#[derive(Clone)]
pub struct Texts(Arc<[FluentBundle<FluentResource>; 2]>);

impl Texts {
    /// The texts of these `.ftl` sources. The first text of a key counts.
    pub fn of(sources: impl IntoIterator<Item = (Language, &'static str)>) -> Self {
        let (mut english, mut japanese) = (messages::empty("en"), messages::empty("ja"));
        for (language, source) in sources {
            let bundle = match language {
                Language::English => &mut english,
                Language::Japanese => &mut japanese,
            };
            // What is there already stays.
            let _ = bundle.add_resource(messages::parsed(source));
        }
        Self(Arc::new([english, japanese]))
    }

    /// The text of a key: this crate's own, or a contributed one. An unknown key is shown as itself.
    #[must_use]
    pub fn say(&self, language: Language, key: &str) -> String {
        self.format(language, key, None)
    }

    /// The text of a key with one value, as [`messages::say_with`].
    #[must_use]
    pub fn say_with(&self, language: Language, key: &str, name: &str, value: &str) -> String {
        self.format(language, key, Some(&messages::values_of(name, value)))
    }

    /// The text of a key with several values, as [`messages::say_all`].
    #[must_use]
    pub fn say_all(&self, language: Language, key: &str, values: &[(&str, String)]) -> String {
        let values: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.format(language, key, Some(&values))
    }

    fn format(&self, language: Language, key: &str, values: Option<&FluentArgs<'_>>) -> String {
        let [english, japanese] = &*self.0;
        let bundle = match language {
            Language::English => english,
            Language::Japanese => japanese,
        };
        match bundle.has_message(key) && !messages::has(key) {
            true => messages::format_in(bundle, key, values),
            false => messages::format(language, key, values),
        }
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self::of([])
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Texts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributed_texts_add_and_never_replace() {
        let texts = Texts::of([
            (Language::English, "own-key = Own\nsign-in = Taken over\nown-count = { $count } of ours\n"),
            (Language::Japanese, "own-key = 独自\n"),
            (Language::English, "own-key = Other\n"),
        ]);
        assert_eq!(texts.say(Language::English, "own-key"), "Own");
        assert_eq!(texts.say(Language::Japanese, "own-key"), "独自");
        assert_eq!(texts.say(Language::English, "sign-in"), "Sign in");
        assert_eq!(texts.say(Language::English, "no-such-key"), "no-such-key");
        assert_eq!(texts.say_with(Language::English, "own-count", "count", "3"), "3 of ours");
        assert!(texts.say_with(Language::English, "step-up-account", "user", "alice").contains("alice"));
    }
}
