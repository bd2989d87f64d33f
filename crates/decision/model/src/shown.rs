//! Which characters of a text that a stranger wrote are shown to the person who decides by it.

/// Whether a character is shown as it stands. Not so: what steers a terminal or breaks a line, what turns the order of the
/// text around it (as in "Trojan Source"), and what cannot be seen at all.
#[must_use]
pub fn is_shown(c: char) -> bool {
    let steers = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hides = matches!(c, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !(steers || turns || hides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_shown() {
        let text = "build-server 7 (東京) é ü \u{5e9} \u{627} क्\u{200d}ष 👩\u{200d}💻";
        assert!(text.chars().all(is_shown));
    }

    #[test]
    fn what_steers_turns_or_hides_is_not() {
        for c in
            "\n\r\t\u{0}\u{1b}\u{7f}\u{9b}\u{2028}\u{202e}\u{2066}\u{2069}\u{200f}\u{200b}\u{feff}\u{e0041}".chars()
        {
            assert!(!is_shown(c), "{c:?}");
        }
    }
}
