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
use sekisho_http_server::{Interim, RequestBody};
use sekisho_model::facts::Handle;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use crate::body::UpstreamBody;
use crate::interim_limit::{Allowance, InterimLimit};
use crate::pump::Pump;
use crate::stream_use::StreamUse;
use crate::unanswered::Unanswered;

/// The most exchanges of one connection; the next opens another.
const MOST_STREAMS: usize = 100;
/// A connection that nobody uses is kept for so long.
const LONGEST_IDLE: Duration = Duration::from_secs(60);
/// The same of one that only one person may use.
const LONGEST_IDLE_OF_ONE: Duration = Duration::from_secs(5);
/// What of one answer may be on its way before the client takes it.
const WINDOW: u32 = 64 * 1024;
/// What of all answers together may be: whatever most of a connection's clients leave lying, the others get theirs.
const WHOLE_WINDOW: u32 = WINDOW * 101;
/// Bytes of memory that the frames of one connection may take beside their content: many small messages may wait for slow
/// clients.
const FRAME_BUDGET: usize = 16 * 1024 * 1024;

/// An open connection.
pub(crate) struct Shared {
    sender: SendRequest<Bytes>,
    /// What may come before the answers.
    allowance: Allowance,
    /// Whose it is alone; everybody's when nobody's.
    owner: Option<Handle>,
    used: Rc<StreamUse>,
    retired: Cell<bool>,
    ended: Rc<Cell<bool>>,
}

impl Shared {
    pub(super) async fn open(
        io: impl AsyncRead + AsyncWrite + Unpin + 'static,
        owner: Option<Handle>,
    ) -> Result<Rc<Self>, h2::Error> {
        let (io, allowance) = InterimLimit::new(io);
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
            // Its exchanges receive the error.
            let _ = connection.await;
            has_ended.set(true);
        });
        let (used, retired) = (Rc::new(StreamUse::new()), Cell::new(false));
        Ok(Rc::new(Self { sender, allowance, owner, used, retired, ended }))
    }

    /// Whether anybody may use it who does not reset too much.
    pub(super) fn is_everybodys(&self) -> bool {
        self.owner.is_none()
    }

    /// Whether a person may begin an exchange here. What resets here ends is only their own when it is theirs alone.
    pub(super) fn allows(&self, person: Handle) -> bool {
        self.owner.map_or_else(|| self.used.resets.allow(person, Instant::now()), |owner| owner == person)
    }

    /// Forgets resets that were long ago.
    pub(super) fn forget_resets(&self) {
        self.used.resets.forget(Instant::now());
    }

    /// Whether another exchange may begin here.
    pub(super) fn has_room(&self) -> bool {
        let most = MOST_STREAMS.min(self.sender.current_max_send_streams());
        !self.retired.get() && !self.ended.get() && self.used.open() < most
    }

    /// Lets no further exchange begin here.
    pub(super) fn retire(&self) {
        self.retired.set(true);
    }

    /// Whether nobody uses the connection and nobody will.
    pub(super) fn is_over(&self) -> bool {
        let unused = self.used.open() == 0;
        let longest = if self.is_everybodys() { LONGEST_IDLE } else { LONGEST_IDLE_OF_ONE };
        self.ended.get() || (unused && (self.retired.get() || self.used.idle() > longest))
    }

    /// Sends a request, its body beside the answer.
    pub(super) async fn send(
        self: &Rc<Self>,
        request: Request<RequestBody>,
        person: Handle,
    ) -> Result<Response<UpstreamBody>, Unanswered> {
        let stream = self.used.begin(person);
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
