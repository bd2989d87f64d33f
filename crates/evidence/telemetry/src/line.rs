//! One line of the access log: a JSON object. Whatever is in a value, it stays inside its string: control characters are
//! escaped, so one request is one line.

use sekisho_observation::Observation;
use serde::Serialize;

/// What a line says. Absent is what there was not.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    request: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    bytes_in: u64,
    bytes_out: u64,
    duration_us: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_us: Option<u128>,
    protocol: &'static str,
    client: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
}

/// Appends the line of one exchange, its end included.
pub(crate) fn write(observation: &Observation, to: &mut Vec<u8>) {
    let forwarded = observation.forwarded.as_ref();
    let upstream = forwarded.and_then(|asked| Some(asked.answered?.saturating_sub(asked.at).as_micros()));
    let line = Line {
        time: observation.began.to_string(),
        request: observation.request.as_str(),
        resource: observation.resource.as_ref().map(|resource| resource.as_str()),
        outcome: observation.outcome.name(),
        reason: observation.reason.as_deref(),
        status: observation.status,
        method: observation.method.as_ref().map(|method| method.as_str()),
        bytes_in: observation.received,
        bytes_out: observation.sent,
        duration_us: observation.took.as_micros(),
        upstream_us: upstream,
        protocol: observation.protocol.name(),
        client: observation.client.to_string(),
        session: observation.session.map(|session| session.to_string()),
        subject: observation.subject.as_deref(),
        decision: observation.decided.as_ref().map(|decided| decided.decision.as_str()),
        trace: observation.spans.as_ref().map(|spans| format!("{:032x}", u128::from_be_bytes(spans.trace))),
    };
    let length = to.len();
    match serde_json::to_writer(&mut *to, &line) {
        Ok(()) => to.push(b'\n'),
        Err(_) => to.truncate(length),
    }
}

#[cfg(test)]
mod tests {
    use sekisho_model::{RequestId, Timestamp};

    use super::*;

    #[test]
    fn nobody_can_forge_a_line() {
        let mut observation =
            Observation::begun(Timestamp::from_millis(1_700_000_000_123), RequestId::new("R1"), [192, 0, 2, 7].into());
        observation.subject = Some("mallory\n{\"outcome\":\"permit\"}\r\u{1b}[2J\u{2028}".into());
        observation.reason = Some("a\"b\\c\u{0}".into());
        let mut text = Vec::new();
        write(&observation, &mut text);
        let text = String::from_utf8(text).expect("text");
        assert_eq!(text.chars().filter(|letter| letter.is_control()).collect::<String>(), "\n", "{text:?}");
        let line: serde_json::Value = serde_json::from_str(&text).expect("one object");
        assert_eq!(line["subject"], observation.subject.as_deref().expect("a subject"));
        assert_eq!((&line["outcome"], &line["client"]), (&"served".into(), &"192.0.2.7".into()));
        assert_eq!(line["time"], "2023-11-14T22:13:20.123Z");
    }
}
