//! The texts of the pages, in English and Japanese, from the `.ftl` files beside the sources.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use sekisho_model::{Language, Text};
use unic_langid::LanguageIdentifier;

const ENGLISH: [&str; 2] = [include_str!("../messages/en.ftl"), include_str!("../messages/parts/en.ftl")];
const JAPANESE: [&str; 2] = [include_str!("../messages/ja.ftl"), include_str!("../messages/parts/ja.ftl")];

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 2]> =
    LazyLock::new(|| [bundle("en", ENGLISH), bundle("ja", JAPANESE)]);

/// The text of a key. An unknown key is shown as itself; `cargo xtask texts` makes sure that no page uses one.
#[must_use]
pub fn say(language: Language, key: &str) -> String {
    format(language, key, None)
}

/// The text of a key with one value. A whole number is passed as a number, so that a text can have a singular and a plural.
#[must_use]
pub fn say_with(language: Language, key: &str, name: &str, value: &str) -> String {
    format(language, key, Some(&values_of(name, value)))
}

/// One value of a text.
pub(crate) fn values_of(name: &str, value: &str) -> FluentArgs<'static> {
    let mut values = FluentArgs::new();
    match value.parse::<i64>() {
        Ok(number) => values.set(name.to_owned(), number),
        Err(_) => values.set(name.to_owned(), value.to_owned()),
    }
    values
}

/// The text of a key with several values, each passed as text.
#[must_use]
pub fn say_all(language: Language, key: &str, values: &[(&str, String)]) -> String {
    let values: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    format(language, key, Some(&values))
}

/// The text of a key in both languages.
#[must_use]
pub fn text(key: &str) -> Text {
    Text::new(&say(Language::English, key), &say(Language::Japanese, key))
}

/// The text of a key in both languages, with one value, as [`say_with`].
#[must_use]
pub fn text_with(key: &str, name: &str, value: &str) -> Text {
    let say = |language| say_with(language, key, name, value);
    Text::new(&say(Language::English), &say(Language::Japanese))
}

/// Whether a key has a text.
#[must_use]
pub fn has(key: &str) -> bool {
    let [english, _] = &*BUNDLES;
    english.has_message(key)
}

/// The keys that begin so, without their beginning.
pub fn keys(beginning: &str) -> impl Iterator<Item = &'static str> {
    let lines = ENGLISH.into_iter().flat_map(str::lines);
    lines.filter_map(move |line| Some(line.strip_prefix(beginning)?.split_once(" =")?.0))
}

pub(crate) fn format(language: Language, key: &str, values: Option<&FluentArgs<'_>>) -> String {
    let [english, japanese] = &*BUNDLES;
    let bundle = match language {
        Language::English => english,
        Language::Japanese => japanese,
    };
    format_in(bundle, key, values)
}

/// The text of a key in these texts.
pub(crate) fn format_in(bundle: &FluentBundle<FluentResource>, key: &str, values: Option<&FluentArgs<'_>>) -> String {
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else { return key.to_owned() };
    let mut errors = Vec::new();
    bundle.format_pattern(pattern, values, &mut errors).into_owned()
}

fn bundle(language: &str, texts: [&str; 2]) -> FluentBundle<FluentResource> {
    let mut bundle = empty(language);
    for text in texts {
        bundle.add_resource_overriding(parsed(text));
    }
    bundle
}

/// A source of texts; what could be read of it, where it is wrong.
pub(crate) fn parsed(text: &str) -> FluentResource {
    match FluentResource::try_new(text.to_owned()) {
        Ok(resource) => resource,
        Err((what_could_be_read, _)) => what_could_be_read,
    }
}

/// No texts yet.
pub(crate) fn empty(language: &str) -> FluentBundle<FluentResource> {
    let language: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolation marks would be copied along with identifiers, and no text here mixes writing directions.
    bundle.set_use_isolating(false);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_can_be_read() {
        for text in ENGLISH.into_iter().chain(JAPANESE) {
            assert!(FluentResource::try_new(text.to_owned()).is_ok());
        }
    }

    #[test]
    fn a_value_is_put_in_as_it_is() {
        let said = say_with(Language::English, "step-up-account", "user", "<alice>");
        assert!(said.contains("<alice>"), "{said}");
    }
}
