//! The texts of the pages, in English and Japanese, from the `.ftl` files beside the sources.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use sekisho_model::{Language, Text};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../messages/en.ftl");
const JAPANESE: &str = include_str!("../messages/ja.ftl");

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 2]> =
    LazyLock::new(|| [bundle("en", ENGLISH), bundle("ja", JAPANESE)]);

/// The text of a key. An unknown key is shown as itself; a test makes sure that no page uses one.
#[must_use]
pub fn say(language: Language, key: &str) -> String {
    format(language, key, None)
}

/// The text of a key with one value. A whole number is passed as a number, so that a text can have a singular and a plural.
#[must_use]
pub fn say_with(language: Language, key: &str, name: &str, value: &str) -> String {
    let mut values = FluentArgs::new();
    match value.parse::<i64>() {
        Ok(number) => values.set(name.to_owned(), number),
        Err(_) => values.set(name.to_owned(), value.to_owned()),
    }
    format(language, key, Some(&values))
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

fn format(language: Language, key: &str, values: Option<&FluentArgs<'_>>) -> String {
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

fn bundle(language: &str, text: &str) -> FluentBundle<FluentResource> {
    let mut bundle = empty(language);
    bundle.add_resource_overriding(parsed(text));
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
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn keys(text: &str) -> BTreeSet<String> {
        assert!(FluentResource::try_new(text.to_owned()).is_ok(), "every message can be read");
        let is_message = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
        let keys = text.lines().filter(is_message).filter_map(|line| line.split_once(" = "));
        let keys: Vec<String> = keys.map(|(key, _)| key.to_owned()).collect();
        let unique: BTreeSet<String> = keys.iter().cloned().collect();
        assert_eq!(unique.len(), keys.len(), "a key is given once");
        unique
    }

    fn files(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                files(&path, found);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                // Tests name what they like.
                found.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
            }
        }
    }

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(keys(ENGLISH), keys(JAPANESE));
    }

    #[test]
    fn every_key_that_is_used_exists_and_every_key_is_used() {
        let platform = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of the platform's crates");
        let mut texts = Vec::new();
        for pages in ["web", "portal", "console"] {
            files(&platform.join(pages).join("templates"), &mut texts);
            files(&platform.join(pages).join("src"), &mut texts);
        }
        for information in ["devices", "identity"] {
            files(&platform.join("../information").join(information).join("src"), &mut texts);
        }
        let known = keys(ENGLISH);
        for text in &texts {
            for start in ["say(\"", "say_with(\"", "text(\"", "text_with(\""] {
                for rest in text.split(start).skip(1) {
                    let key = rest.split('"').next().unwrap_or_default();
                    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
                    assert!(!is_key || known.contains(key), "`{key}` is used and not in the message files");
                }
            }
        }
        let all = texts.concat();
        // Keys that are made of a code: `tests/codes.rs` compares them with the codes.
        let of_codes = ["code-", "failure-", "device-refusal-", "signal-", "act-", "end-"];
        for key in known.iter().filter(|key| !of_codes.iter().any(|start| key.starts_with(start))) {
            assert!(all.contains(&format!("\"{key}\"")), "`{key}` is in the message files and not used");
        }
    }

    #[test]
    fn a_value_is_put_in_as_it_is() {
        let said = say_with(Language::English, "step-up-account", "user", "<alice>");
        assert!(said.contains("<alice>"), "{said}");
    }
}
