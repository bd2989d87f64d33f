//! The registration of an open exchange: it lasts as long as the exchange, and says when the exchange must end.

use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use sekisho_policy_administrator::StreamKey;
use sekisho_policy_enforcement::Connection;
use sekisho_policy_engine::Reason;
use tokio::sync::oneshot;

use crate::admit::Admitted;
use crate::carried::Count;
use crate::exchange::Exchange;
use crate::open_streams::OpenStreams;

/// The registration of an open exchange. Dropping it takes the exchange out of the registry.
pub(crate) struct Registration {
    streams: Rc<OpenStreams>,
    key: StreamKey,
    cut: oneshot::Receiver<Reason>,
    was_cut: Option<Reason>,
    /// Streams that people keep open have their end recorded; plain exchanges have their access event.
    recorded: bool,
    /// Completes when the last of those who take part ends.
    exchange: Exchange,
}

impl Registration {
    /// Registers the exchange, so that from here on every change that matters reaches it. The reason when the newest World no
    /// longer permits it.
    pub(crate) fn open(
        streams: &Rc<OpenStreams>,
        connection: &Connection,
        admitted: &Admitted,
        exchange: &Exchange,
    ) -> Result<Self, Reason> {
        match streams.open(&admitted.permit, admitted.valid_until, connection.device.as_ref()) {
            Ok((key, cut)) => {
                let (streams, exchange) = (streams.clone(), exchange.clone());
                Ok(Self { streams, key, cut, was_cut: None, recorded: false, exchange })
            }
            Err(reason) => {
                exchange.cut(&reason.code);
                Err(reason)
            }
        }
    }

    /// The exchange that is registered.
    pub(crate) const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The registry that the exchange is in.
    pub(crate) fn streams(&self) -> Rc<OpenStreams> {
        self.streams.clone()
    }

    /// Closes later what the exchange leaves behind when it is cut.
    pub(crate) fn close_later(&self, left: impl std::any::Any) {
        self.streams.close_later(left);
    }

    /// Has the end of this stream recorded, also when it ends by itself.
    pub(crate) const fn record_end(&mut self) {
        self.recorded = true;
    }

    /// Has what this tunnel carries counted, and its end recorded with it.
    pub(crate) fn count(&mut self) -> Rc<Count> {
        self.recorded = true;
        let count = self.streams.count(self.key);
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
        // Nobody looked any more when it was cut.
        if !self.streams.close(self.key, self.recorded)
            && let Ok(reason) = self.cut.try_recv()
        {
            self.exchange.cut(&reason.code);
        }
    }
}
