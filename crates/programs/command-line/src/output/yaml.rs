//! YAML, which holds nothing that steers a terminal.

use sekisho_model::is_shown;
use serde_json::Value;

use super::text::with_escapes;
use crate::Failure;

/// A value as YAML. Where a text holds what is not shown, the value is written in YAML's flow style, in which it can be escaped.
pub(super) fn of(value: &Value) -> Result<String, Failure> {
    let block = serde_saphyr::to_string(value).map_err(Failure::failed)?;
    if block.chars().all(|c| c == '\n' || is_shown(c)) {
        return Ok(block);
    }
    let flow = serde_json::to_string_pretty(value).map_err(Failure::failed)?;
    // YAML names a character by its number (YAML 1.2, 5.7), and not by two halves as JSON does.
    Ok(with_escapes(&flow, |c, safe| safe.push_str(&format!("\\U{:08x}", u32::from(c)))).into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_written_in_block_style_and_texts_that_look_like_others_are_quoted() {
        let text = of(&json!([{ "id": "alice", "groups": ["a", "b"], "no": null, "on": "no", "n": "7" }])).unwrap();
        assert!(text.contains("- id: alice\n") && text.contains("groups:\n  - a\n"), "{text}");
        assert!(!text.contains("on: no\n") && !text.contains("n: 7\n"), "a text became another type: {text}");
    }

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        for hostile in ["\u{1b}[2J", "a\u{202e}b", "\u{e0001}", "\u{9b}"] {
            let text = of(&json!({ "name": hostile, hostile: 1 })).unwrap();
            assert!(text.chars().all(|c| c == '\n' || is_shown(c)), "{text:?}");
            assert!(text.contains("name"), "{text:?}");
        }
        assert!(of(&json!("a\u{202e}b")).unwrap().contains("\\U0000202e"));
    }
}
