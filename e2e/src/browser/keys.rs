//! The keys that tests press.

use serde_json::{Value, json};

/// The parameters of `Input.dispatchKeyEvent` for pressing and releasing a key.
pub(super) fn press(key: &str) -> [Value; 2] {
    let (code, text) = match key {
        "Enter" => (13, "\r"),
        "Tab" => (9, ""),
        "Escape" => (27, ""),
        " " => (32, " "),
        _ => (0, key),
    };
    let down = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
    [
        json!({ "type": down, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text }),
        json!({ "type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code }),
    ]
}
