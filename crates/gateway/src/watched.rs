//! Open exchanges: each is registered while it lasts, and ends when it is no longer permitted.
//!
//! Step 13 of the life of a request; next: `crates/policy-administrator/src/streams.rs`.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use sekisho_model::Record;
use sekisho_policy_administrator::StreamKey;
use sekisho_policy_engine::Reason;
use tokio::sync::oneshot;

use crate::connect::Count;
use crate::forward::Lease;
use crate::worker::Worker;

/// Ends one exchange, and says why.
pub(crate) type Cutter = oneshot::Sender<Reason>;

/// The registration of an open exchange. Dropping it takes the exchange out of the registry.
pub(crate) struct Registration {
    worker: Rc<Worker>,
    key: StreamKey,
    cut: oneshot::Receiver<Reason>,
    was_cut: Option<Reason>,
    /// Streams that people keep open have their end recorded; plain exchanges have their access event.
    recorded: bool,
}

/// How a watched body ended before its end.
pub(crate) enum Ended {
    /// It is no longer permitted.
    Cut,
    /// The upstream broke off.
    Upstream,
}

/// The body of an upstream's answer.
pub(crate) struct Watched {
    incoming: Incoming,
    registration: Registration,
    lease: Option<Lease>,
    /// Server-sent events end with an event that says why.
    events: bool,
    over: bool,
}

/// An agreed WebSocket: the upstream's side of it.
pub(crate) struct WatchedTunnel {
    pub(crate) upstream: TokioIo<Upgraded>,
    pub(crate) registration: Registration,
}

impl Registration {
    pub(crate) const fn new(worker: Rc<Worker>, key: StreamKey, cut: oneshot::Receiver<Reason>) -> Self {
        Self { worker, key, cut, was_cut: None, recorded: false }
    }

    /// Has the end of this stream recorded, also when it ends by itself.
    pub(crate) const fn record_end(&mut self) {
        self.recorded = true;
    }

    /// Has what this tunnel carries counted, and its end recorded with it.
    pub(crate) fn count(&mut self) -> Rc<Count> {
        self.recorded = true;
        self.worker.carrying.begin(self.key)
    }

    /// Ready when the exchange is no longer permitted.
    pub(crate) fn poll_cut(&mut self, context: &mut Context<'_>) -> Poll<Reason> {
        if let Some(reason) = &self.was_cut {
            return Poll::Ready(reason.clone());
        }
        match self.cut.poll_unpin(context) {
            Poll::Ready(Ok(reason)) => {
                self.was_cut = Some(reason.clone());
                Poll::Ready(reason)
            }
            // The registry never drops a cutter unused while the exchange is in it.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let Some(closed) = self.worker.streams.borrow_mut().close(self.key) else { return };
        let carried = self.worker.carrying.take(self.key);
        if self.recorded {
            let mut record = closed.record(&self.worker.world(), self.worker.now(), "closed");
            record.carried = carried;
            self.worker.record_later(vec![Record::StreamEnd(record)]);
        }
    }
}

impl Watched {
    pub(crate) fn new(incoming: Incoming, mut registration: Registration, lease: Lease, events: bool) -> Self {
        if events {
            registration.record_end();
        }
        Self { incoming, registration, lease: Some(lease), events, over: false }
    }

    pub(crate) fn length(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }

    pub(crate) fn poll_cut(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.over { Poll::Pending } else { self.registration.poll_cut(context).map(|_| ()) }
    }

    pub(crate) fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Ended>>> {
        if self.over {
            return Poll::Ready(None);
        }
        // INVARIANT I-10: no byte goes on after the cut, whether or not the upstream has more.
        if let Poll::Ready(reason) = self.registration.poll_cut(context) {
            self.over = true;
            self.lease = None;
            return Poll::Ready(Some(if self.events { Ok(last_event(&reason)) } else { Err(Ended::Cut) }));
        }
        loop {
            match Pin::new(&mut self.incoming).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers are dropped: nobody has checked them.
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Poll::Ready(Some(Err(_))) => {
                    self.over = true;
                    self.lease = None;
                    return Poll::Ready(Some(Err(Ended::Upstream)));
                }
                Poll::Ready(None) => {
                    self.over = true;
                    if let Some(lease) = self.lease.take() {
                        lease.give_back();
                    }
                    return Poll::Ready(None);
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// Ends whatever event is open, and tells the page why nothing more comes.
fn last_event(reason: &Reason) -> Bytes {
    let data = serde_json::json!({ "reason": reason.code, "text": reason.text.en, "text_ja": reason.text.ja });
    Bytes::from(format!("\n\nevent: sekisho-end\ndata: {data}\n\n"))
}
