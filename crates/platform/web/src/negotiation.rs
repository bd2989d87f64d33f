//! Which language a person reads: the one they chose, or else the one their browser prefers.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use sekisho_model::Language;

use crate::cookies;

/// The language of a request.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    match cookies::read(headers, cookies::LANGUAGE) {
        Some("ja") => Language::Japanese,
        Some("en") => Language::English,
        _ => headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).map_or(Language::English, preferred),
    }
}

/// The better of our two languages for an `Accept-Language` value; English for none of them.
#[must_use]
pub fn preferred(accepted: &str) -> Language {
    let weight = |wanted: &str| {
        accepted
            .split(',')
            .take(32)
            .filter_map(|range| {
                let mut parts = range.trim().split(';');
                let tag = parts.next()?.trim();
                let quality =
                    parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok())?;
                let primary = tag.split('-').next()?;
                primary.eq_ignore_ascii_case(wanted).then_some(quality)
            })
            .fold(0.0_f32, f32::max)
    };
    if weight("ja") > weight("en") { Language::Japanese } else { Language::English }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_preference_counts() {
        for japanese in ["ja", "ja-JP", "ja,en;q=0.9", "fr, ja;q=0.8, en;q=0.7", "JA"] {
            assert_eq!(preferred(japanese), Language::Japanese, "{japanese}");
        }
        for english in ["", "en", "en-GB,ja;q=0.5", "fr", "*", "ja;q=x", "jam", "ja;q=0"] {
            assert_eq!(preferred(english), Language::English, "{english}");
        }
    }
}
