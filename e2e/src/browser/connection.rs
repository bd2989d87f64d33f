//! One DevTools connection: commands out, replies and events in. One task owns the WebSocket.

use std::collections::HashMap;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::Trouble;

/// What Chromium tells without being asked.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// The target's session.
    pub(super) session: String,
    /// The event's name: `Page.loadEventFired`, …
    pub(super) method: String,
    /// What it says.
    pub(super) params: Value,
}

/// A handle to the connection. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    commands: mpsc::Sender<Command>,
    events: broadcast::Sender<Event>,
}

#[derive(Debug)]
struct Command {
    session: Option<String>,
    method: &'static str,
    params: Value,
    reply: oneshot::Sender<Result<Value, Trouble>>,
}

#[derive(Debug)]
struct Waiting {
    method: &'static str,
    reply: oneshot::Sender<Result<Value, Trouble>>,
}

impl Connection {
    /// Connects to `ws://127.0.0.1:PORT/devtools/browser/…`.
    pub(super) async fn open(url: &str) -> Result<Self, Trouble> {
        let address = url.strip_prefix("ws://").and_then(|rest| rest.split('/').next());
        let address = address.ok_or_else(|| Trouble::new(format!("`{url}` is not a DevTools address")))?;
        let stream = TcpStream::connect(address).await.map_err(Trouble::during(url))?;
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.map_err(Trouble::during(url))?;
        let (commands, inbox) = mpsc::channel(32);
        let (events, _) = broadcast::channel(4096);
        tokio::spawn(run(socket, inbox, events.clone()));
        Ok(Self { commands, events })
    }

    /// Every event from now on.
    pub(super) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Sends a command to the browser, or to one of its targets, and waits for the reply.
    pub(super) async fn call(
        &self,
        session: Option<&str>,
        method: &'static str,
        params: Value,
    ) -> Result<Value, Trouble> {
        let (reply, answer) = oneshot::channel();
        let command = Command { session: session.map(str::to_owned), method, params, reply };
        let gone = || Trouble::new(format!("{method}: the browser is gone"));
        self.commands.send(command).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn run(
    mut socket: WebSocketStream<TcpStream>,
    mut inbox: mpsc::Receiver<Command>,
    events: broadcast::Sender<Event>,
) {
    let mut waiting: HashMap<u64, Waiting> = HashMap::new();
    let mut last = 0;
    loop {
        tokio::select! {
            command = inbox.recv() => {
                let Some(Command { session, method, params, reply }) = command else { return };
                last += 1;
                let mut message = json!({ "id": last, "method": method, "params": params });
                if let (Some(session), Some(fields)) = (session, message.as_object_mut()) {
                    fields.insert("sessionId".to_owned(), Value::String(session));
                }
                waiting.insert(last, Waiting { method, reply });
                if socket.send(Message::text(message.to_string())).await.is_err() {
                    return;
                }
            }
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                let Ok(text) = message.into_text() else { continue };
                let Ok(mut message) = serde_json::from_str::<Value>(&text) else { continue };
                match message.get("id").and_then(Value::as_u64).and_then(|id| waiting.remove(&id)) {
                    Some(asked) => drop(asked.reply.send(outcome(asked.method, &mut message))),
                    // Nobody listening is no fault.
                    None => drop(event(&mut message).map(|event| events.send(event))),
                }
            }
        }
    }
}

fn outcome(method: &str, message: &mut Value) -> Result<Value, Trouble> {
    match message.get("error") {
        Some(error) => Err(Trouble::new(format!("{method}: {}", error.get("message").unwrap_or(error)))),
        None => Ok(message.get_mut("result").map(Value::take).unwrap_or_default()),
    }
}

fn event(message: &mut Value) -> Option<Event> {
    let method = message.get("method")?.as_str()?.to_owned();
    let session = message.get("sessionId").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Event { session, method, params: message.get_mut("params").map(Value::take).unwrap_or_default() })
}
