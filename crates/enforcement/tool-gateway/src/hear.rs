//! Gathering a message to a server of tools, and reading it.

use bytes::Bytes;
use http::Method;
use http_body::Body;
use sekisho_api_gateway::{NotGathered, gather};
use sekisho_model::{ToolMessage, UnclearMessage};
use sekisho_policy_enforcement::{BodyFraming, HeardMessage, MOST_OF_MESSAGE, RequestHead, is_message, read_message};
use serde_json::Value;

/// What a request to a server of tools says.
#[derive(Debug)]
pub struct Heard {
    /// The identifier that an answer repeats.
    pub id: Option<Value>,
    /// What it asks for.
    pub message: Result<ToolMessage, UnclearMessage>,
    /// The body as it came, where it was gathered.
    pub body: Option<Bytes>,
}

/// The body broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenOff;

/// Hears a request: its message, where it is to have one. `None` for one without, such as the stream of what the server says by itself.
///
/// # Errors
/// [`BrokenOff`].
pub async fn hear<B>(head: &RequestHead, body: &mut B) -> Result<Option<Heard>, BrokenOff>
where
    B: Body<Data = Bytes> + Unpin,
{
    let unclear = |message| Ok(Some(Heard { id: None, message: Err(message), body: None }));
    match head.framing() {
        BodyFraming::None if head.method() != Method::POST => return Ok(None),
        _ if head.method() != Method::POST => return unclear(UnclearMessage::Method),
        // INVARIANT I-57: no more of a message is held than this, and none before its sender is known.
        BodyFraming::Length(bytes) if bytes > MOST_OF_MESSAGE as u64 => return unclear(UnclearMessage::TooLarge),
        _ if !is_message(head.fields()) => return unclear(UnclearMessage::MediaType),
        _ => {}
    }
    match gather(body, MOST_OF_MESSAGE).await {
        Ok(body) => {
            let HeardMessage { id, message } = read_message(&body);
            Ok(Some(Heard { id, message, body: Some(body) }))
        }
        Err(NotGathered::Wrong(_)) => unclear(UnclearMessage::TooLarge),
        Err(NotGathered::Broken) => Err(BrokenOff),
    }
}
