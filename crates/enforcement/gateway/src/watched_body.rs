//! The body of an upstream's answer on its way to the client. It ends when the exchange is no longer permitted.
//!
//! Step 13 of the life of a request; next: `crates/decision/policy-administrator/src/streams.rs`.

use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue};
use sekisho_data_gateway::{Passage, Stopped};
use sekisho_http_server::{Broken, Patience};
use sekisho_policy_enforcement::{clean_trailers, grpc_message};
use sekisho_policy_engine::Reason;
use sekisho_upstream::{Lease, Part, UpstreamBody, UpstreamIo};

use crate::registration::Registration;

/// The body of an upstream's answer.
pub(crate) struct Watched {
    /// Gone when it is over; with it goes what still went up.
    incoming: Option<UpstreamBody>,
    length: Option<u64>,
    registration: Registration,
    lease: Option<Lease>,
    farewell: Farewell,
    patience: Patience,
    trailers: Option<HeaderMap>,
    passage: Passage,
}

/// How a body says that it was cut, in its own language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// It cannot: it breaks off.
    None,
    /// Server-sent events: by an event.
    Event,
    /// gRPC: by the status after the last message.
    GrpcStatus,
}

/// An agreed WebSocket: the upstream's side of it.
pub(crate) struct WatchedTunnel {
    /// With what came behind its answer.
    pub(crate) upstream: (UpstreamIo, BytesMut),
    pub(crate) registration: Registration,
    /// Counts as an exchange of the upstream's while it lives.
    pub(crate) lease: Lease,
}

impl Watched {
    /// `length` is what the head of the answer states, and the client may take nothing of it for as long as `patience` says.
    pub(crate) fn new(
        incoming: UpstreamBody,
        length: Option<u64>,
        mut registration: Registration,
        lease: Lease,
        (farewell, patience, passage): (Farewell, Patience, Passage),
    ) -> Self {
        if farewell == Farewell::Event {
            registration.record_end();
        }
        let length = if passage.changes() { None } else { incoming.length(length) };
        let over = incoming.is_over();
        let (incoming, lease) = (Some(incoming), Some(lease));
        let mut this = Self { incoming, length, registration, lease, farewell, patience, trailers: None, passage };
        if over {
            // Nothing is waited for: the connection serves others while the client reads the head.
            this.end(true);
        }
        this
    }

    pub(crate) const fn length(&self) -> Option<u64> {
        self.length
    }

    pub(crate) const fn patience(&self) -> Patience {
        self.patience
    }

    pub(crate) fn poll_cut(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.incoming.is_none() { Poll::Pending } else { self.registration.poll_cut(context).map(|_| ()) }
    }

    /// The fields after the last byte, once it was read.
    pub(crate) const fn take_trailers(&mut self) -> Option<HeaderMap> {
        self.trailers.take()
    }

    pub(crate) fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        // INVARIANT I-10: no byte goes on after the cut in either direction, whether or not anybody has more.
        if let Poll::Ready(reason) = self.registration.poll_cut(context) {
            self.registration.close_later((self.incoming.take(), self.lease.take()));
            return Poll::Ready(match self.farewell {
                Farewell::None => Some(Err(Broken::Cut)),
                Farewell::Event => Some(Ok(last_event(&reason))),
                Farewell::GrpcStatus => {
                    self.trailers = Some(last_status(&reason));
                    None
                }
            });
        }
        loop {
            return match incoming.poll_part(context) {
                Poll::Ready(Some(Ok(Part::Data(data)))) => match self.passage.data(data) {
                    Ok(data) if data.is_empty() => continue,
                    passed => self.passed(passed),
                },
                Poll::Ready(Some(Ok(Part::Trailers(trailers)))) => {
                    self.trailers = Some(clean_trailers(&trailers));
                    continue;
                }
                Poll::Ready(Some(Err(failed))) => {
                    self.registration.exchange().broke_off(failed);
                    self.end(false);
                    Poll::Ready(Some(Err(Broken::Source)))
                }
                Poll::Ready(None) => {
                    let rest = self.passage.end();
                    self.end(true);
                    if rest.as_ref().is_ok_and(Bytes::is_empty) { Poll::Ready(None) } else { self.passed(rest) }
                }
                Poll::Pending => Poll::Pending,
            };
        }
    }

    fn passed(&mut self, data: Result<Bytes, Stopped>) -> Poll<Option<Result<Bytes, Broken>>> {
        let passed = data.map_err(|stopped| {
            tracing::warn!(%stopped, "an answer that must be masked is not passed on");
            self.registration.exchange().cut("data-unreadable");
            self.end(false);
            Broken::Source
        });
        self.registration.exchange().sent(passed.as_ref().map_or(0, Bytes::len));
        Poll::Ready(Some(passed))
    }

    fn end(&mut self, cleanly: bool) {
        let (incoming, lease) = (self.incoming.take(), self.lease.take());
        if let (Some(incoming), Some(lease), true) = (incoming, lease, cleanly) {
            lease.give_back(incoming);
        }
    }
}

/// PERMISSION_DENIED, and why.
fn last_status(reason: &Reason) -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(2);
    trailers.insert("grpc-status", HeaderValue::from_static("7"));
    if let Ok(message) = HeaderValue::try_from(grpc_message(&reason.text.en)) {
        trailers.insert("grpc-message", message);
    }
    trailers
}

/// Ends whatever event is open, and tells the page why nothing more comes.
fn last_event(reason: &Reason) -> Bytes {
    let data = serde_json::json!({ "reason": reason.code, "text": reason.text.en, "text_ja": reason.text.ja });
    Bytes::from(format!("\n\nevent: sekisho-end\ndata: {data}\n\n"))
}
