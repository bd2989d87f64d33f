//! The registration of an open exchange: it lasts as long as the exchange, and says when the exchange must end.

use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use sekisho_model::Record;
use sekisho_policy_administrator::StreamKey;
use sekisho_policy_engine::Reason;
use tokio::sync::oneshot;

use crate::connect::Count;
use crate::exchange::Exchange;
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
    /// Told when the last of those who take part ends.
    exchange: Exchange,
}

impl Registration {
    pub(crate) const fn new(
        worker: Rc<Worker>,
        key: StreamKey,
        cut: oneshot::Receiver<Reason>,
        exchange: Exchange,
    ) -> Self {
        Self { worker, key, cut, was_cut: None, recorded: false, exchange }
    }

    /// The exchange that is registered.
    pub(crate) const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The worker that the exchange is open on.
    pub(crate) fn worker(&self) -> Rc<Worker> {
        self.worker.clone()
    }

    /// Has the end of this stream recorded, also when it ends by itself.
    pub(crate) const fn record_end(&mut self) {
        self.recorded = true;
    }

    /// Has what this tunnel carries counted, and its end recorded with it.
    pub(crate) fn count(&mut self) -> Rc<Count> {
        self.recorded = true;
        let count = self.worker.carrying.begin(self.key);
        self.exchange.carries(&count);
        count
    }

    /// Ready when the exchange is no longer permitted.
    pub(crate) fn poll_cut(&mut self, context: &mut Context<'_>) -> Poll<Reason> {
        if let Some(reason) = &self.was_cut {
            return Poll::Ready(reason.clone());
        }
        match self.cut.poll_unpin(context) {
            Poll::Ready(Ok(reason)) => {
                self.exchange.cut(&reason.code);
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
        let closed = self.worker.streams.borrow_mut().close(self.key);
        let Some(closed) = closed else {
            // Nobody looked any more when it was cut.
            if let Ok(reason) = self.cut.try_recv() {
                self.exchange.cut(&reason.code);
            }
            return;
        };
        if self.recorded {
            let carried = self.worker.carrying.take(self.key);
            let mut record = closed.record(&self.worker.world(), self.worker.now(), "closed");
            record.carried = carried;
            self.worker.record_later(vec![Record::StreamEnd(record)]);
        }
    }
}
