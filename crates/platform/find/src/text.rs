//! Text as a search compares it: without differences of width, case and kana, at the beginning of a word.

use unicode_normalization::UnicodeNormalization as _;

/// The longest text of which words are found, in bytes: the place of a word is kept in 16 bits.
const LONGEST: usize = u16::MAX as usize;

/// Text in the form in which it is compared: NFKC, in lower case, katakana as hiragana.
///
/// Upper case first, so that `ß` is `ss` and both small sigmas are one.
#[must_use]
pub(crate) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let upper = text.nfkc().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).map(hiragana).collect::<String>().nfc().collect()
}

/// The hiragana of a katakana.
fn hiragana(c: char) -> char {
    match c {
        'ァ'..='ヶ' => u32::from(c).checked_sub(0x60).and_then(char::from_u32).unwrap_or(c),
        other => other,
    }
}

/// Where the words of a folded text begin, in bytes: after what is neither letter nor digit, and where the script changes, as in
/// `佐藤アリス`.
pub(crate) fn words(folded: &str) -> impl Iterator<Item = usize> {
    let mut before = Script::None;
    folded.char_indices().take_while(|(at, _)| *at < LONGEST).filter_map(move |(at, c)| {
        let now = Script::of(c, before);
        let begins = now != Script::None && now != before;
        before = now;
        begins.then_some(at)
    })
}

/// What a character is, as far as a word ends between two of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Neither letter nor digit.
    None,
    /// Kanji.
    Han,
    /// Hiragana; katakana are folded into them.
    Kana,
    /// Any other letter, and digits.
    Other,
}

impl Script {
    fn of(c: char, before: Self) -> Self {
        match c {
            // Marks that repeat or prolong belong to what stands before them.
            'ー' | '々' | 'ゝ' | 'ゞ' => before,
            '\u{3041}'..='\u{3096}' => Self::Kana,
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
                Self::Han
            }
            c if c.is_alphanumeric() => Self::Other,
            _ => Self::None,
        }
    }
}

/// What somebody typed to find something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed(String);

impl Typed {
    /// What was typed; `None` where nothing was.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let folded = folded(text.trim());
        (!folded.is_empty()).then_some(Self(folded))
    }

    /// Whether a text, or a word of it, begins so.
    #[must_use]
    pub fn begins(&self, text: &str) -> bool {
        let text = folded(text);
        text.starts_with(&self.0) || words(&text).any(|at| text.get(at..).is_some_and(|rest| rest.starts_with(&self.0)))
    }

    /// Its folded text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins(typed: &str, text: &str) -> bool {
        Typed::new(typed).is_some_and(|typed| typed.begins(text))
    }

    #[test]
    fn width_case_and_kana_do_not_matter() {
        for (typed, text) in [
            ("alice", "Alice Sato"),
            ("ＡＬＩＣＥ", "alice"),
            ("ありす", "佐藤アリス"),
            ("アリス", "佐藤ありす"),
            ("ｱﾘｽ", "アリス"),
            ("ｶﾞﾙｼｱ", "ガルシア"),
            ("佐藤", "Alice Sato · 佐藤アリス"),
            ("STRASSE", "Straße"),
            ("ΟΔΥΣΣΕΥΣ", "Οδυσσευς"),
            ("é", "E\u{301}mile"),
            ("sato", "alice.sato@corp.example"),
            ("sato al", "Sato Alice"),
            ("佐々木", "佐々木"),
            ("たろう", "タロー・たろう"),
            (".", ".x"),
        ] {
            assert!(begins(typed, text), "{typed} in {text}");
        }
    }

    #[test]
    fn what_stands_inside_a_word_does_not_begin_it() {
        for (typed, text) in
            [("lice", "Alice"), ("藤", "佐藤"), ("々木", "佐々木"), ("リス", "アリス"), ("x", ""), ("ato", "a.sato")]
        {
            assert!(!begins(typed, text), "{typed} in {text}");
        }
        assert_eq!(Typed::new("  　"), None);
    }
}
