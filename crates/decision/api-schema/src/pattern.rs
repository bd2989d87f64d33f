//! Patterns as JSON Schema writes them (ECMA-262), for an engine that takes linear time.

use regex::{Regex, RegexBuilder};

/// The most memory that one compiled pattern may take, in bytes.
const LARGEST: usize = 256 * 1024;

/// The pattern, compiled. `None` for one that is not regular, such as one that looks around, or is too large.
pub(crate) fn compile(text: &str) -> Option<Regex> {
    RegexBuilder::new(&translated(text)).size_limit(LARGEST).build().ok()
}

/// Writes the classes of ECMA-262 out, which are of ASCII, and escapes what only this engine takes for a sign.
fn translated(text: &str) -> String {
    let (mut out, mut letters, mut in_class) = (String::with_capacity(text.len()), text.chars(), false);
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('d') => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                out.push('[');
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', letter]),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_it_means_in_ecma_262() {
        let is_match = |pattern: &str, text: &str| compile(pattern).expect(pattern).is_match(text);
        assert!(is_match(r"^\d{3}-\d{4}$", "100-0001") && !is_match(r"^\d{3}-\d{4}$", "１００-０００１"));
        assert!(is_match(r"^[\w.-]+$", "a_b.c-d") && !is_match(r"^[\w.-]+$", "é"));
        assert!(is_match(r"^[[&~]+$", "[&~") && is_match(r"^a\/b$", "a/b"));
        assert!(!is_match("^a$", "a\n"), "the end is the end of the text");
        assert!(is_match(r"^[^\d]$", "x") && !is_match(r"^[^\d]$", "7"));
        for odd in ["(?=a)b", r"(a)\1", "(", "(a{1000}){1000}"] {
            assert!(compile(odd).is_none(), "{odd}");
        }
    }
}
