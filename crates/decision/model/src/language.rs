//! The two languages people read Sekisho in, and a text given in both.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A language of the user interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Japanese.
    #[serde(rename = "ja")]
    Japanese,
}

impl Language {
    /// The BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Japanese => "ja",
        }
    }
}

/// A text that a person reads, in both languages. English is required; Japanese falls back to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// Japanese; the English text where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ja: Option<String>,
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reading)
    }
}

/// What a text may be written as, and what to say when it is not.
struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text by language: write `{ en = \"…\", ja = \"…\" }`; `ja` may be left out")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct ByLanguage {
            en: String,
            #[serde(default)]
            ja: Option<String>,
        }
        ByLanguage::deserialize(MapAccessDeserializer::new(map)).map(|ByLanguage { en, ja }| Text { en, ja })
    }
}

impl Text {
    /// The same text in both languages.
    #[must_use]
    pub fn new(en: &str, ja: &str) -> Self {
        Self { en: en.to_owned(), ja: Some(ja.to_owned()) }
    }

    /// The text in a language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Japanese => self.ja.as_deref().unwrap_or(&self.en),
        }
    }
}
