//! A connection to an upstream that carries many exchanges at once.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Builder, ResponseFuture, SendRequest};
use http::{Request, Response};
use http_body::Body as _;
use sekisho_model::facts::Handle;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::UpstreamBody;
use super::foreword::{Allowance, Foreword};
use super::line::Unanswered;
use super::pump::Pump;
use super::resets::{Resets, Risk};
use crate::interim::Interim;
use crate::serve::RequestBody;

/// So many exchanges go over one connection; the next opens another.
const MOST_STREAMS: usize = 100;
/// A connection that nobody uses is kept for so long.
const LONGEST_IDLE: Duration = Duration::from_secs(60);
/// The same of one that only one person may use.
const LONGEST_IDLE_OF_ONE: Duration = Duration::from_secs(5);
/// What of one answer may be on its way before the client takes it.
const WINDOW: u32 = 64 * 1024;
/// What of all answers together may be: whatever most of a connection's clients leave lying, the others get theirs.
const WHOLE_WINDOW: u32 = WINDOW * 101;
/// So much memory may the frames of one connection take beside their bytes: many small messages may wait for slow clients.
const FRAME_BUDGET: usize = 16 * 1024 * 1024;

/// An open connection.
pub(crate) struct Shared {
    sender: SendRequest<Bytes>,
    /// What may come before the answers.
    allowance: Allowance,
    /// Whose it is alone; everybody's when nobody's.
    owner: Option<Handle>,
    resets: Rc<Resets>,
    streams: Cell<usize>,
    retired: Cell<bool>,
    ended: Rc<Cell<bool>>,
    used: Cell<Instant>,
}

/// One exchange on a connection, for as long as it lasts.
pub(super) struct Stream {
    shared: Rc<Shared>,
    risk: Risk,
}

impl Shared {
    pub(super) async fn open(
        io: impl AsyncRead + AsyncWrite + Unpin + 'static,
        owner: Option<Handle>,
    ) -> Result<Rc<Self>, h2::Error> {
        let (io, allowance) = Foreword::http2(io);
        let (sender, connection) = Builder::new()
            .enable_push(false)
            .initial_window_size(WINDOW)
            .initial_connection_window_size(WHOLE_WINDOW)
            .max_header_list_size(64 * 1024)
            .max_send_buffer_size(64 * 1024)
            .data_frame_budget(FRAME_BUDGET)
            .handshake::<_, Bytes>(io)
            .await?;
        let ended = Rc::new(Cell::new(false));
        let has_ended = ended.clone();
        tokio::task::spawn_local(async move {
            // Its exchanges are told of an error.
            let _ = connection.await;
            has_ended.set(true);
        });
        let (streams, retired, used) = (Cell::new(0), Cell::new(false), Cell::new(Instant::now()));
        Ok(Rc::new(Self { sender, allowance, owner, resets: Rc::default(), streams, retired, ended, used }))
    }

    /// Whether anybody may use it who does not reset too much.
    pub(super) fn is_everybodys(&self) -> bool {
        self.owner.is_none()
    }

    /// Whether a person may begin an exchange here. What resets here ends is only their own when it is theirs alone.
    pub(super) fn allows(&self, person: Handle) -> bool {
        self.owner.map_or_else(|| self.resets.allow(person, Instant::now()), |owner| owner == person)
    }

    /// Forgets resets that were long ago.
    pub(super) fn forget_resets(&self) {
        self.resets.forget(Instant::now());
    }

    /// Whether another exchange may begin here.
    pub(super) fn has_room(&self) -> bool {
        let most = MOST_STREAMS.min(self.sender.current_max_send_streams());
        !self.retired.get() && !self.ended.get() && self.streams.get() < most
    }

    /// Lets no further exchange begin here.
    pub(super) fn retire(&self) {
        self.retired.set(true);
    }

    /// Whether nobody uses the connection and nobody will.
    pub(super) fn is_over(&self) -> bool {
        let unused = self.streams.get() == 0;
        let longest = if self.is_everybodys() { LONGEST_IDLE } else { LONGEST_IDLE_OF_ONE };
        self.ended.get() || (unused && (self.retired.get() || self.used.get().elapsed() > longest))
    }

    /// Sends a request, its body beside the answer.
    pub(super) async fn send(
        self: &Rc<Self>,
        request: Request<RequestBody>,
        person: Handle,
    ) -> Result<Response<UpstreamBody>, Unanswered> {
        let stream = Stream::begin(self.clone(), person);
        let mut sender = match self.sender.clone().ready().await {
            Ok(sender) => sender,
            Err(error) => {
                self.retire();
                stream.is_over();
                return Err(Unanswered::Unsent(Box::new(request), error.into()));
            }
        };
        let (mut parts, mut body) = request.into_parts();
        body.pass_trailers();
        let interim = parts.extensions.remove::<Interim>();
        let ended = body.is_end_stream();
        self.allowance.asked_once_more();
        let sent = sender.send_request(Request::from_parts(parts, ()), ended);
        let (response, upward) = sent.map_err(|error| Unanswered::Broken(error.into()))?;
        let pump = (!ended).then(|| Pump::start(body, upward));
        match answer(response, interim).await {
            Ok(response) => Ok(response.map(|incoming| UpstreamBody::http2(incoming, pump, stream))),
            Err(error) => {
                if pump.as_ref().is_none_or(Pump::is_over) {
                    stream.is_over();
                }
                let refused = error.is_go_away() || error.is_io() || error.reason() == Some(h2::Reason::REFUSED_STREAM);
                if refused {
                    self.retire();
                    return Err(Unanswered::Closed(error.into()));
                }
                Err(Unanswered::Broken(error.into()))
            }
        }
    }
}

async fn answer(mut response: ResponseFuture, interim: Option<Interim>) -> Result<Response<h2::RecvStream>, h2::Error> {
    if let Some(interim) = interim {
        let told = poll_fn(|context| {
            loop {
                match response.poll_informational(context) {
                    Poll::Ready(Some(Ok(hint))) => interim.tell(hint.status(), hint.headers()),
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                    Poll::Ready(None) => return Poll::Ready(Ok(())),
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        told.await?;
    }
    response.await
}

impl Stream {
    fn begin(shared: Rc<Shared>, person: Handle) -> Self {
        shared.streams.set(shared.streams.get() + 1);
        let risk = shared.resets.begin(person);
        Self { shared, risk }
    }

    /// It came to its end, or the upstream ended it: dropping it resets nothing.
    pub(super) fn is_over(&self) {
        self.risk.is_over();
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let shared = &self.shared;
        shared.streams.set(shared.streams.get().saturating_sub(1));
        shared.used.set(Instant::now());
    }
}
