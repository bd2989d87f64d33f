//! A request's body on its way up while the answer comes down; it ends with the exchange.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use h2::{Reason, SendStream};
use http_body::Body as _;
use sekisho_http_server::RequestBody;
use sekisho_policy_enforcement::clean_trailers;
use tokio::task::AbortHandle;

/// Carries a body. Dropping it ends the carrying: not a byte more goes up.
pub(crate) struct Pump {
    task: AbortHandle,
    is_over: Rc<Cell<bool>>,
}

impl Pump {
    pub(crate) fn start(body: RequestBody, upward: SendStream<Bytes>) -> Self {
        let is_over = Rc::new(Cell::new(false));
        let carried = is_over.clone();
        let task = tokio::task::spawn_local(async move { carried.set(carry(body, upward).await.is_some()) });
        Self { task: task.abort_handle(), is_over }
    }

    /// Whether the upstream got all of the body, or wanted no more of it.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.get()
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries a body to its end; `None` when it has none and the stream is reset.
async fn carry(mut body: RequestBody, mut upward: SendStream<Bytes>) -> Option<()> {
    loop {
        let frame = poll_fn(|context| {
            if upward.poll_reset(context).is_ready() {
                // The upstream wants no more of it.
                return Poll::Ready(None);
            }
            Pin::new(&mut body).poll_frame(context).map(Some)
        });
        let Some(frame) = frame.await else { return Some(()) };
        match frame {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => {
                    if send(data, &mut upward).await.is_none() {
                        return Some(());
                    }
                }
                Err(frame) => {
                    let trailers = frame.into_trailers().unwrap_or_default();
                    let _ = upward.send_trailers(clean_trailers(&trailers));
                    return Some(());
                }
            },
            Some(Err(_)) => {
                upward.send_reset(Reason::CANCEL);
                return None;
            }
            None => {
                let _ = upward.send_data(Bytes::new(), true);
                return Some(());
            }
        }
    }
}

/// Sends as the upstream's windows allow, so that a slow upstream slows the client.
async fn send(mut data: Bytes, upward: &mut SendStream<Bytes>) -> Option<()> {
    while !data.is_empty() {
        upward.reserve_capacity(data.len());
        let capacity = poll_fn(|context| {
            if upward.poll_reset(context).is_ready() {
                return Poll::Ready(None);
            }
            upward.poll_capacity(context).map(|capacity| capacity.and_then(Result::ok))
        });
        let capacity = capacity.await?;
        upward.send_data(data.split_to(capacity.min(data.len())), false).ok()?;
    }
    Some(())
}
