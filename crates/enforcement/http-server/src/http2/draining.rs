//! A request that is answered before its body is there. The reply is complete, and the server may reset the stream then (RFC 9113,
//! section 8.1); but clients that are still sending lose the reply by that (curl says error 92). So a bounded part of the body is
//! read first and thrown away, as on HTTP/1.

use h2::RecvStream;
use tokio::time::timeout;

use crate::limits::{LINGER, MOST_DRAINED};

/// Reads what nobody wanted. What is left after that is reset, without an error.
pub(super) async fn drain(mut body: RecvStream) {
    let drained = async {
        let mut left = MOST_DRAINED;
        while let Some(Ok(data)) = body.data().await {
            let Some(rest) = left.checked_sub(data.len()) else { return };
            left = rest;
            let _ = body.flow_control().release_capacity(data.len());
        }
    };
    let _ = timeout(LINGER, drained).await;
}
