//! Why tunnels of one connection were cut. A CONNECT stream has no place for it: a client asks afterwards, on the same connection.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use sekisho_model::RequestId;
use sekisho_policy_enforcement::RequestHead;
use sekisho_policy_engine::Reason;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::serve::Reply;
use crate::worker::Worker;

/// So many ends are remembered per connection.
const REMEMBERED: usize = 128;
/// Where a client asks: this, and the identifier of the CONNECT.
const PLACE: &str = "/.sekisho/tunnels/";

/// How much may be on its way from the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Width {
    /// As much as from anybody.
    #[default]
    Usual,
    /// Still as much, because the client was not ready to be told otherwise.
    Late,
    /// As much as tunnels need.
    Wide,
}

/// How long a client is given to acknowledge settings before it is told others.
const LATER: Duration = Duration::from_millis(10);

/// What one connection remembers of its tunnels. Whoever holds the connection opened them, so nobody else learns of it.
#[derive(Default)]
pub(crate) struct Tunnels {
    permitted: Notify,
    wide: Cell<Width>,
    ended: RefCell<VecDeque<(RequestId, Reason)>>,
}

impl Tunnels {
    /// Notes that a tunnel is permitted.
    pub(crate) fn permit(&self) {
        if self.wide.get() == Width::Usual {
            self.permitted.notify_one();
        }
    }

    /// Waits until the connection is to be given what tunnels need.
    pub(crate) async fn widens(&self) {
        match self.wide.get() {
            Width::Usual => self.permitted.notified().await,
            Width::Late => sleep(LATER).await,
            Width::Wide => std::future::pending().await,
        }
    }

    /// Notes whether it was.
    pub(crate) fn widened(&self, done: bool) {
        self.wide.set(if done { Width::Wide } else { Width::Late });
    }

    /// Notes why one was cut.
    pub(crate) fn ended(&self, id: RequestId, reason: Reason) {
        let mut ended = self.ended.borrow_mut();
        if ended.len() >= REMEMBERED {
            ended.pop_front();
        }
        ended.push_back((id, reason));
    }

    /// The answer to a client that asks why, if this is such a question.
    pub(crate) fn said(&self, head: &RequestHead, worker: &Worker) -> Option<Reply> {
        if *head.host() != worker.shared.terminals || *head.method() != Method::GET {
            return None;
        }
        let asked = head.path().strip_prefix(PLACE)?;
        let ended = self.ended.borrow();
        let Some((id, reason)) = ended.iter().find(|(id, _)| id.as_str() == asked) else {
            return Some(Reply::empty(StatusCode::NOT_FOUND));
        };
        let said = serde_json::json!({
            "request": id.as_str(), "reason": reason.code, "text": reason.text.en, "text_ja": reason.text.ja,
        });
        let mut reply = Reply::with(StatusCode::OK, Bytes::from(said.to_string()));
        let fields = reply.head.headers_mut();
        fields.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Some(reply)
    }
}
