//! The words of a filter.

use super::filter::end_of_brackets;

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// A name, an operator, a number or a literal. A path with brackets is one word.
    Name(String),
    /// A text in quotation marks.
    Text(String),
    Open,
    Close,
}

/// The words of a filter. `None` when a text or a bracket does not end.
pub(crate) fn words(mut text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    loop {
        text = text.trim_start();
        let Some(first) = text.chars().next() else { return Some(words) };
        let (word, rest) = match first {
            '(' => (Word::Open, text.get(1..)?),
            ')' => (Word::Close, text.get(1..)?),
            '"' => quoted(text)?,
            _ => name(text)?,
        };
        words.push(word);
        text = rest;
    }
}

/// A text in quotation marks, written as in JSON.
fn quoted(text: &str) -> Option<(Word, &str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let value = values.next()?.ok()?;
    let rest = text.get(values.byte_offset()..)?;
    Some((Word::Text(value), rest))
}

fn name(text: &str) -> Option<(Word, &str)> {
    let mut end = 0;
    while let Some(character) = text.get(end..)?.chars().next() {
        match character {
            '[' => end += 2 + end_of_brackets(text.get(end + 1..)?)?,
            ' ' | '\t' | '(' | ')' | '"' => break,
            other => end += other.len_utf8(),
        }
    }
    Some((Word::Name(text.get(..end)?.to_owned()), text.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_split_into_words() {
        let name = |text: &str| Word::Name(text.to_owned());
        let text = |text: &str| Word::Text(text.to_owned());
        assert_eq!(words("userName eq \"a \\\"b\\\"\""), Some(vec![name("userName"), name("eq"), text("a \"b\"")]));
        assert_eq!(
            words("not(a pr)and emails[type eq \"]\"].value sw \"x\""),
            Some(vec![
                name("not"),
                Word::Open,
                name("a"),
                name("pr"),
                Word::Close,
                name("and"),
                name("emails[type eq \"]\"].value"),
                name("sw"),
                text("x"),
            ])
        );
        assert_eq!(words("  "), Some(vec![]));
        for wrong in ["a eq \"x", "emails[type", "\"\\q\""] {
            assert_eq!(words(wrong), None, "{wrong}");
        }
    }
}
