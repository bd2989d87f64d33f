//! A body to one JSON-RPC message for a server of tools (Model Context Protocol 2025-06-18, streamable HTTP), or why it is not one message.

use arcstr::ArcStr;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use sekisho_api_schema::{NotPlainJson, read_plain_json};
use sekisho_data_scanner::{DataKinds, Format, Piece, Scanner};
use sekisho_model::facts::{Fact, FactSet};
use sekisho_model::{DataKind, ToolCall, ToolMessage, UnclearMessage};
use serde_json::{Map, Value};

/// The largest message in bytes.
pub const MOST_OF_MESSAGE: usize = 1024 * 1024;

/// The method that calls a tool.
const CALL: &str = "tools/call";
/// The longest name of a method or tool, and the longest identifier of a message.
const LONGEST_NAME: usize = 128;

/// What was read of a body.
#[derive(Debug)]
pub struct HeardMessage {
    /// The message's identifier, where it can be answered: an answer that refuses repeats it.
    pub id: Option<Value>,
    /// What it asks for.
    pub message: Result<ToolMessage, UnclearMessage>,
}

/// Whether these fields are those of a message: JSON of which there is one reading.
#[must_use]
pub fn is_message(fields: &HeaderMap) -> bool {
    let mut types = fields.get_all(CONTENT_TYPE).into_iter();
    let (Some(Ok(media_type)), None) = (types.next().map(http::HeaderValue::to_str), types.next()) else {
        return false;
    };
    let mut parts = media_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    is_json && parts.all(|part| part.eq_ignore_ascii_case("charset=utf-8")) && !fields.contains_key(CONTENT_ENCODING)
}

/// Reads a body.
// INVARIANT I-57: a message has one reading, whichever parser the server has: no name twice or in other letters, no second message.
#[must_use]
pub fn read_message(body: &[u8]) -> HeardMessage {
    let unclear = |message| HeardMessage { id: None, message: Err(message) };
    let value = match read_plain_json(body) {
        Ok(Value::Object(value)) => value,
        Ok(Value::Array(_)) => return unclear(UnclearMessage::Batch),
        Ok(_) => return unclear(UnclearMessage::NotAMessage),
        Err(NotPlainJson::NameTwice) => return unclear(UnclearMessage::NameTwice),
        Err(NotPlainJson::NotJson) => return unclear(UnclearMessage::NotJson),
    };
    let Some(id) = identifier(&value) else { return unclear(UnclearMessage::NotAMessage) };
    let is_question = value.contains_key("method");
    let message = message(&value, id.is_some());
    HeardMessage { id: id.filter(|_| is_question), message }
}

/// The identifier: absent, a text or a whole number; `None` for any other.
fn identifier(value: &Map<String, Value>) -> Option<Option<Value>> {
    match value.get("id") {
        None => Some(None),
        Some(Value::String(text)) if text.len() <= LONGEST_NAME => Some(value.get("id").cloned()),
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Some(value.get("id").cloned()),
        Some(_) => None,
    }
}

fn message(value: &Map<String, Value>, has_id: bool) -> Result<ToolMessage, UnclearMessage> {
    let known = ["jsonrpc", "id", "method", "params", "result", "error"];
    if !value.keys().all(|name| known.contains(&name.as_str())) || value.get("jsonrpc") != Some(&"2.0".into()) {
        return Err(UnclearMessage::NotAMessage);
    }
    let is_answer = value.contains_key("result") != value.contains_key("error");
    let is_empty = !value.contains_key("result") && !value.contains_key("error");
    let params = match value.get("params") {
        Some(Value::Object(params)) => Some(params),
        None => None,
        Some(_) => return Err(UnclearMessage::NotAMessage),
    };
    match value.get("method") {
        None if has_id && is_answer && params.is_none() => {
            Ok(ToolMessage { method: arcstr::literal!(ToolMessage::ANSWER), tool: None })
        }
        Some(Value::String(method)) if is_empty && is_name(method) => match method.as_str() {
            CALL if !has_id => Err(UnclearMessage::NotAMessage),
            CALL => Ok(ToolMessage { method: arcstr::literal!(CALL), tool: Some(call(params)?) }),
            other if other.eq_ignore_ascii_case(CALL) => Err(UnclearMessage::Tool),
            other => Ok(ToolMessage { method: ArcStr::from(other), tool: None }),
        },
        _ => Err(UnclearMessage::NotAMessage),
    }
}

fn call(params: Option<&Map<String, Value>>) -> Result<ToolCall, UnclearMessage> {
    let params = params.ok_or(UnclearMessage::Tool)?;
    // Some parsers take a name in other letters for the same.
    let is_other = |name: &String, known: &str| name.eq_ignore_ascii_case(known) && name != known;
    let is_clear = |name: &String| name.is_ascii() && !is_other(name, "name") && !is_other(name, "arguments");
    let arguments = params.get("arguments");
    match params.get("name") {
        Some(Value::String(name))
            if is_name(name) && params.keys().all(is_clear) && arguments.is_none_or(Value::is_object) =>
        {
            let labels = arguments.map_or_else(FactSet::default, labels);
            Ok(ToolCall { name: ArcStr::from(name.as_str()), labels, spent: 0 })
        }
        _ => Err(UnclearMessage::Tool),
    }
}

/// The kinds of sensitive values in arguments.
fn labels(arguments: &Value) -> FactSet {
    let mut found = DataKinds::NONE;
    let mut scanner = Scanner::new(Format::Json);
    let mut note = |piece: Piece<'_>| {
        if let Piece::Found(finding, _) = piece {
            found = found.with(finding.kind);
        }
    };
    scanner.push(&arguments.to_string(), &mut note);
    scanner.finish(&mut note);
    DataKind::ALL.into_iter().filter(|kind| found.has(*kind)).map(|kind| Fact::string(kind.name())).collect()
}

fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<ToolMessage, UnclearMessage> {
        read_message(text.as_bytes()).message
    }

    #[test]
    fn i57_a_message_says_what_it_asks_for() {
        let heard = read_message(
            br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"find_customer","arguments":{"q":"tea"},"_meta":{}}}"#,
        );
        assert_eq!(heard.id, Some(json!(7)));
        let message = heard.message.expect("a message");
        let call = message.tool.expect("a call");
        assert_eq!((&*message.method, &*call.name, call.labels.members().len()), ("tools/call", "find_customer", 0));
        for (text, method) in [
            (r#"{"jsonrpc":"2.0","id":"a","method":"tools/list","params":{"cursor":"x"}}"#, "tools/list"),
            (r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "notifications/initialized"),
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, ToolMessage::ANSWER),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}"#, ToolMessage::ANSWER),
        ] {
            let message = read(text).expect(text);
            assert_eq!((&*message.method, message.tool), (method, None), "{text}");
        }
        assert_eq!(read_message(br#"{"jsonrpc":"2.0","id":1,"result":{}}"#).id, None, "an answer is not answered");
    }

    #[test]
    fn i57_what_servers_could_read_in_two_ways_is_no_message() {
        use UnclearMessage::{Batch, NameTwice, NotAMessage, NotJson, Tool};
        let call = |params: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#);
        for (text, unclear) in [
            ("", NotJson),
            ("{", NotJson),
            ("1", NotAMessage),
            ("{}", NotAMessage),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]"#, Batch),
            (r#"{"jsonrpc":"1.0","id":1,"method":"tools/list"}"#, NotAMessage),
            (r#"{"jsonrpc":"2.0","id":null,"method":"tools/list"}"#, NotAMessage),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}"#, NotAMessage),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","Method":"tools/call"}"#, NotAMessage),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}"#, NameTwice),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","\u006dethod":"tools/call"}"#, NameTwice),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}"#, NotAMessage),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","result":{}}"#, NotAMessage),
            (r#"{"jsonrpc":"2.0","id":1,"method":"(answer)"}"#, NotAMessage),
            (r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a"}}"#, NotAMessage),
            (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, NotAMessage),
            (r#"{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"a"}}"#, Tool),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#, Tool),
            (&call("{}"), Tool),
            (&call(r#"{"name":""}"#), Tool),
            (&call(r#"{"name":"a b"}"#), Tool),
            (&call(r#"{"name":["a"]}"#), Tool),
            (&call(r#"{"name":"a","Name":"b"}"#), Tool),
            (&call(r#"{"name":"a","argument\u017f":{}}"#), Tool),
            (&call(r#"{"name":"a","arguments":"x"}"#), Tool),
            (&call(r#"{"name":"a","name":"b"}"#), NameTwice),
            (&call(r#"{"name":"a","arguments":{"x":1,"x":2}}"#), NameTwice),
        ] {
            assert_eq!(read(text), Err(unclear), "{text}");
        }
    }

    #[test]
    fn arguments_are_labelled_by_what_is_found_in_them() {
        let text = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"send","arguments":{"to":"olga@example.com"}}}"#;
        let labels = read(text).expect("a message").tool.expect("a call").labels;
        assert_eq!(labels, [Fact::string("email")].into_iter().collect());
    }

    #[test]
    fn i57_a_message_is_plain_json() {
        let fields = |values: &[(http::HeaderName, &str)]| {
            let mut fields = HeaderMap::new();
            for (name, value) in values {
                fields.append(name, value.parse().expect("a value"));
            }
            is_message(&fields)
        };
        assert!(fields(&[(CONTENT_TYPE, "application/json")]));
        assert!(fields(&[(CONTENT_TYPE, "Application/JSON; charset=UTF-8")]));
        for wrong in [
            &[][..],
            &[(CONTENT_TYPE, "text/plain")],
            &[(CONTENT_TYPE, "application/json; charset=utf-16")],
            &[(CONTENT_TYPE, "application/json"), (CONTENT_TYPE, "text/plain")],
            &[(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")],
        ] {
            assert!(!fields(wrong), "{wrong:?}");
        }
    }
}
