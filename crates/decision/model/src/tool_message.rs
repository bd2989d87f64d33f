//! What a request to a server of tools (MCP) asks for, as far as decisions read it.

use arcstr::ArcStr;

use crate::Text;
use crate::facts::FactSet;

/// One JSON-RPC message to a server of tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolMessage {
    /// The JSON-RPC method: `tools/list`, `tools/call`, …; [`ToolMessage::ANSWER`] for an answer to a question of the server.
    pub method: ArcStr,
    /// The tool that it calls.
    pub tool: Option<ToolCall>,
}

/// The call of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The tool's name: 1 to 128 of `A-Z a-z 0-9 _ - . /`.
    pub name: ArcStr,
    /// The kinds of sensitive values in its arguments: names of [`crate::DataKind`].
    pub labels: FactSet,
    /// The calls that the subject made in this hour before this one.
    pub spent: u32,
}

impl ToolMessage {
    /// What stands for the method of an answer. No method has parentheses.
    pub const ANSWER: &str = "(answer)";
}

/// Why a request to a server of tools is not one clear message, so that nobody can say what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnclearMessage {
    /// Nobody read the body.
    Unread,
    /// It is not sent as `POST` with a body, read as an event stream with `GET` or ended with `DELETE`.
    Method,
    /// The body has another media type than `application/json`, or is encoded.
    MediaType,
    /// The body is too large.
    TooLarge,
    /// The body is not JSON, or nested too deeply.
    NotJson,
    /// A name stands twice in an object.
    NameTwice,
    /// It holds several messages.
    Batch,
    /// It is not a message of JSON-RPC 2.0.
    NotAMessage,
    /// It calls a tool and does not name it clearly.
    Tool,
}

impl UnclearMessage {
    /// What is wrong and the fix, for people.
    #[must_use]
    pub fn text(self) -> Text {
        let (en, ja) = match self {
            Self::Unread => (
                "What this message asks for was not read, so it is not passed on: ask through the gateway.",
                "このメッセージの内容を読み取っていないため、転送しません。ゲートウェイを経由してください。",
            ),
            Self::Method => (
                "A server of tools is asked with POST and a body, GET for events, or DELETE: use one of these.",
                "ツールのサーバーへは、本文付きの POST、イベントを受け取る GET、または DELETE を使用してください。",
            ),
            Self::MediaType => (
                "A message is JSON that is not compressed: send it as `application/json`.",
                "メッセージは圧縮していない JSON です。「application/json」で送信してください。",
            ),
            Self::TooLarge => (
                "The message is larger than 1 MiB: send less.",
                "メッセージが 1 MiB を超えています。小さくしてください。",
            ),
            Self::NotJson => (
                "The message is not JSON, or is nested too deeply: send one JSON object.",
                "メッセージが JSON ではないか、入れ子が深すぎます。一つの JSON オブジェクトを送信してください。",
            ),
            Self::NameTwice => (
                "A name stands twice in the message, and servers read either: write each name once.",
                "メッセージに同じ名前が二度あり、サーバーによって解釈が異なります。名前を一度だけ記述してください。",
            ),
            Self::Batch => (
                "Several messages in one request are not passed on: send each by itself.",
                "一つのリクエストに複数のメッセージを含めることはできません。一つずつ送信してください。",
            ),
            Self::NotAMessage => (
                "This is not a message of JSON-RPC 2.0 as servers of tools read it: send `jsonrpc`, `id`, `method` and `params` only.",
                "JSON-RPC 2.0 のメッセージではありません。「jsonrpc」「id」「method」「params」だけを送信してください。",
            ),
            Self::Tool => (
                "The call does not name its tool clearly: write `name` with 1 to 128 of A-Z, a-z, 0-9 and `_ - . /`.",
                "ツールの名前が明確ではありません。「name」に A-Z、a-z、0-9、「_ - . /」を 1〜128 文字で記述してください。",
            ),
        };
        Text::new(en, ja)
    }
}
