//! An event as a syslog message of RFC 5424, in a frame of RFC 5425.

use crate::Event;

/// The facility of log audits.
const AUDIT: u32 = 13;

/// The frame of an event: its length in bytes, a space, the message.
pub(crate) fn frame(host: &str, event: &Event) -> Vec<u8> {
    let severity = match event.severity {
        5.. => 2,
        4 => 3,
        3 => 4,
        2 => 5,
        _ => 6,
    };
    let (priority, class) = (AUDIT * 8 + severity, event.class.uid());
    let mut message = format!("<{priority}>1 {} {host} sekisho - {class} - \u{feff}", event.at).into_bytes();
    message.extend(event.ocsf.as_bytes());
    let mut frame = format!("{} ", message.len()).into_bytes();
    frame.extend(message);
    frame
}

#[cfg(test)]
mod tests {
    use sekisho_model::{Act, Actor, Timestamp};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_frame_says_its_length_in_bytes_and_how_severe_it_is() {
        let act = Act {
            at: Timestamp::from_millis(1_790_000_000_123),
            actor: Actor::System,
            act: "sign-in-failed".to_owned(),
            target: "user/佐藤".to_owned(),
            detail: Value::Null,
        };
        let event = crate::ocsf::act(7, &act);
        let frame = String::from_utf8(frame("gate.example.jp", &event)).unwrap();
        let (length, message) = frame.split_once(' ').unwrap();
        assert_eq!(length.parse(), Ok(message.len()));
        let head = "<109>1 2026-09-21T14:13:20.123Z gate.example.jp sekisho - 3002 - \u{feff}{";
        assert!(message.starts_with(head), "{message}");
        assert!(!message.contains('\n'), "a line break would end the message for receivers without frames");
    }
}
