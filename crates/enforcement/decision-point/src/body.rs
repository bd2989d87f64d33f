//! A caller's body, bounded.

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use sekisho_gateway::Body;

/// The largest body of a question.
const LIMIT: usize = 256 * 1024;

/// Reads it whole; `None` when it is too large or ends early.
pub(crate) async fn read(body: Body) -> Option<Bytes> {
    Limited::new(body, LIMIT).collect().await.ok().map(http_body_util::Collected::to_bytes)
}
