//! Folding: text by NFKC, so that full-width digits, half-width katakana and typographic hyphens read like ASCII and kana.

use unicode_normalization::UnicodeNormalization as _;

/// Whether folding may change a character that is not ASCII. Ideographs and most kana stay as they are.
pub(crate) const fn may_change(character: char) -> bool {
    !matches!(character, '\u{4E00}'..='\u{9FFF}' | '\u{3041}'..='\u{3098}' | '\u{30A1}'..='\u{30FB}' | '\u{3001}'..='\u{301B}')
}

/// The folded form of a character, behind what was folded last. `None` when it stays as it is.
pub(crate) fn folded(character: char, before: Option<u8>, into: &mut String) -> Option<()> {
    into.clear();
    match character {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE63}' | '\u{FF0D}' | '\u{00AD}' => into.push('-'),
        // Between digits people write the sign of a long vowel for a hyphen.
        '\u{30FC}' | '\u{FF70}' if before.is_some_and(|byte| byte.is_ascii_digit()) => into.push('-'),
        _ => into.extend(std::iter::once(character).nfkc()),
    }
    let mut unchanged = into.chars();
    (unchanged.next() != Some(character) || unchanged.next().is_some()).then_some(())
}

/// A half-width katakana and its voicing mark as one letter.
pub(crate) fn voiced(character: char, mark: char) -> Option<char> {
    let combining = match mark {
        '\u{FF9E}' => '\u{3099}',
        '\u{FF9F}' => '\u{309A}',
        _ => return None,
    };
    let base = std::iter::once(character).nfkc().next()?;
    unicode_normalization::char::compose(base, combining)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_hyphens_and_kana_fold_and_ideographs_stay() {
        let fold = |character, before| {
            let mut into = String::new();
            folded(character, before, &mut into).map(|()| into)
        };
        assert_eq!(fold('１', None).as_deref(), Some("1"));
        assert_eq!(fold('ﾅ', None).as_deref(), Some("ナ"));
        assert_eq!(fold('\u{2013}', None).as_deref(), Some("-"));
        assert_eq!(fold('ー', Some(b'3')).as_deref(), Some("-"));
        assert_eq!(fold('ー', None), None);
        assert!(!may_change('番') && !may_change('ナ') && may_change('１'));
        assert_eq!(voiced('ﾊ', 'ﾞ'), Some('バ'));
    }
}
