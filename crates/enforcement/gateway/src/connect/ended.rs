//! Why tunnels of one connection were cut. A CONNECT stream has no place for it: a client asks afterwards, on the same connection.

use std::cell::RefCell;
use std::collections::VecDeque;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use sekisho_model::{Host, RequestId};
use sekisho_policy_enforcement::RequestHead;
use sekisho_policy_engine::Reason;

use crate::reply::Reply;

/// The most ends that are remembered per connection.
const REMEMBERED: usize = 128;
/// Where a client asks: this, and the identifier of the CONNECT.
const PLACE: &str = "/.sekisho/tunnels/";

/// What one connection remembers of its tunnels. The client of the connection opened them, so nobody else learns of it.
#[derive(Default)]
pub(crate) struct TunnelEnds {
    ended: RefCell<VecDeque<(RequestId, Reason)>>,
}

impl TunnelEnds {
    /// Notes why one was cut.
    pub(crate) fn ended(&self, id: RequestId, reason: Reason) {
        let mut ended = self.ended.borrow_mut();
        if ended.len() >= REMEMBERED {
            ended.pop_front();
        }
        ended.push_back((id, reason));
    }

    /// The answer to a client that asks why, if this is such a question.
    pub(crate) fn said(&self, head: &RequestHead, terminals: &Host) -> Option<Reply> {
        if head.host() != terminals || *head.method() != Method::GET {
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
