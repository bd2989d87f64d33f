//! The WebSockets of a tab, as the browser sees them: opened, what came in, closed.

use serde_json::Value;
use tokio::sync::broadcast;

use super::Page;
use super::connection::Event;
use crate::Trouble;

/// One frame that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// 1 is text, 2 is binary, 8 is close.
    pub opcode: u64,
    /// Its payload, base64 unless it is text.
    pub payload: String,
}

/// What happened on a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketEvent {
    /// The handshake was answered, with that status.
    Answered(u64),
    /// A frame came in.
    Received(Frame),
    /// It is closed.
    Closed,
}

/// Watches a tab's WebSockets from the moment it was made.
#[derive(Debug)]
pub struct SocketWatch {
    page: Page,
    events: broadcast::Receiver<Event>,
}

impl SocketWatch {
    pub(super) fn new(page: Page, events: broadcast::Receiver<Event>) -> Self {
        Self { page, events }
    }

    /// What happens next on any of them.
    pub async fn next(&mut self) -> Result<SocketEvent, Trouble> {
        self.page.event(&mut self.events, "something on a WebSocket", read).await
    }

    /// Waits for a text frame that holds those words.
    pub async fn text_with(&mut self, words: &str) -> Result<String, Trouble> {
        let take = |event: &Event| match read(event) {
            Some(SocketEvent::Received(frame)) if frame.opcode == 1 && frame.payload.contains(words) => {
                Some(frame.payload)
            }
            _ => None,
        };
        self.page.event(&mut self.events, &format!("a WebSocket frame with `{words}`"), take).await
    }

    /// Waits until one of them is closed.
    pub async fn closed(&mut self) -> Result<(), Trouble> {
        let take = |event: &Event| (read(event) == Some(SocketEvent::Closed)).then_some(());
        self.page.event(&mut self.events, "a WebSocket to close", take).await
    }
}

fn read(event: &Event) -> Option<SocketEvent> {
    let response = event.params.get("response");
    match event.method.as_str() {
        "Network.webSocketHandshakeResponseReceived" => Some(SocketEvent::Answered(response?.get("status")?.as_u64()?)),
        "Network.webSocketFrameReceived" => Some(SocketEvent::Received(Frame {
            opcode: response?.get("opcode").and_then(Value::as_f64).map(whole)?,
            payload: response?.get("payloadData")?.as_str()?.to_owned(),
        })),
        "Network.webSocketClosed" => Some(SocketEvent::Closed),
        _ => None,
    }
}

/// The DevTools write an opcode as a floating-point number.
fn whole(number: f64) -> u64 {
    (0..16_u32).find(|n| f64::from(*n) >= number).unwrap_or_default().into()
}
