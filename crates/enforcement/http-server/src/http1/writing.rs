//! The writing half of an HTTP/1 connection: heads and bodies, each framed in one way.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, BufMut as _, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Response, StatusCode, Version};
use sekisho_policy_enforcement::Glimpse;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::halves::ToClient;
use crate::limits::ConnectionLimits;
use crate::pace::Pace;
use crate::reply::ReplyBody;

/// Where replies go.
pub(crate) struct Writable {
    pub(crate) io: ToClient,
    out: BytesMut,
    pace: Pace,
}

/// What a reply's framing depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) version: Version,
    pub(crate) keep_alive: bool,
    /// The client takes fields after the body.
    pub(crate) trailers: bool,
}

impl Asked<'_> {
    /// For the last reply of a connection, when nothing more is known of the client.
    pub(crate) const LAST: Self =
        Self { method: &Method::GET, version: Version::HTTP_11, keep_alive: false, trailers: false };

    /// The same after a look at a head that is refused: a request for a head gets no body, whatever is wrong with it.
    pub(crate) fn last_of(glimpse: &Glimpse) -> Self {
        Self::last(glimpse.asked.starts_with("HEAD "))
    }

    /// The same when only a head is asked for, or not.
    pub(crate) const fn last(only_head: bool) -> Self {
        if only_head { Self { method: &Method::HEAD, ..Self::LAST } } else { Self::LAST }
    }
}

/// How the client finds the end of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    NoBody,
    Length(u64),
    Chunks,
    Close,
}

/// Why a reply was not written whole. The connection must be dropped without a proper end, so that nobody takes what was
/// written for all of it.
#[derive(Debug)]
pub(crate) struct Unfinished;

/// As many bytes are held before they are written.
const HELD: usize = 64 * 1024;

impl Writable {
    pub(crate) fn new(io: ToClient, limits: &ConnectionLimits) -> Self {
        Self { io, out: BytesMut::with_capacity(8 * 1024), pace: Pace::of_reply(limits) }
    }

    /// Writes `100 Continue`.
    pub(crate) async fn go_on(&mut self) -> io::Result<()> {
        self.io.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        self.io.flush().await
    }

    /// Writes `103 Early Hints`.
    pub(crate) async fn hint(&mut self, links: &HeaderMap) -> io::Result<()> {
        status_line(StatusCode::EARLY_HINTS, &mut self.out);
        fields(links, &mut self.out);
        self.out.put_slice(b"\r\n");
        self.flush(never_cut).await.map_err(|Unfinished| io::ErrorKind::BrokenPipe.into())
    }

    /// Writes a head that changes the protocol.
    pub(crate) async fn switch_protocols(&mut self, head: &Response<()>) -> io::Result<()> {
        status_line(head.status(), &mut self.out);
        fields(head.headers(), &mut self.out);
        self.out.put_slice(b"connection: upgrade\r\nupgrade: websocket\r\n\r\n");
        self.flush(never_cut).await.map_err(|Unfinished| io::ErrorKind::BrokenPipe.into())
    }

    /// Writes a reply; whether the connection may carry another.
    pub(crate) async fn reply<B: ReplyBody>(
        &mut self,
        head: Response<()>,
        mut body: B,
        asked: Asked<'_>,
    ) -> Result<bool, Unfinished> {
        self.pace.meet(body.patience());
        let ending = ending(&head, &body, asked);
        let keep_alive = asked.keep_alive && ending != Ending::Close;
        self.head(head, ending, asked, keep_alive);
        if ending != Ending::NoBody {
            self.body(&mut body, ending, asked.trailers).await?;
        }
        self.flush(|context| body.poll_cut(context)).await?;
        Ok(keep_alive)
    }

    fn head(&mut self, head: Response<()>, ending: Ending, asked: Asked<'_>, keep_alive: bool) {
        let (mut parts, ()) = head.into_parts();
        parts.headers.remove(CONNECTION);
        parts.headers.remove(TRANSFER_ENCODING);
        let keeps_length = ending == Ending::NoBody && *asked.method == Method::HEAD;
        if !keeps_length {
            parts.headers.remove(CONTENT_LENGTH);
        }
        status_line(parts.status, &mut self.out);
        fields(&parts.headers, &mut self.out);
        if !parts.headers.contains_key(DATE) {
            self.out.put_slice(b"date: ");
            self.out.put_slice(crate::date::now().as_bytes());
            self.out.put_slice(b"\r\n");
        }
        match ending {
            Ending::Length(length) => {
                self.out.put_slice(b"content-length: ");
                self.out.put_slice(length.to_string().as_bytes());
                self.out.put_slice(b"\r\n");
            }
            Ending::Chunks => self.out.put_slice(b"transfer-encoding: chunked\r\n"),
            Ending::NoBody | Ending::Close => {}
        }
        if !keep_alive {
            self.out.put_slice(b"connection: close\r\n");
        }
        self.out.put_slice(b"\r\n");
    }

    async fn body<B: ReplyBody>(&mut self, body: &mut B, ending: Ending, trailers: bool) -> Result<(), Unfinished> {
        let mut left = match ending {
            Ending::Length(length) => length,
            Ending::NoBody | Ending::Chunks | Ending::Close => u64::MAX,
        };
        loop {
            // What is there already goes out in one write; only then is more waited for.
            let ready = poll_fn(|context| match body.poll_data(context) {
                Poll::Ready(data) => Poll::Ready(Some(data)),
                Poll::Pending => Poll::Ready(None),
            });
            let data = match ready.await {
                Some(data) => data,
                None => {
                    self.flush(|context| body.poll_cut(context)).await?;
                    poll_fn(|context| body.poll_data(context)).await
                }
            };
            match data {
                Some(Ok(data)) if data.is_empty() => {}
                Some(Ok(data)) => {
                    let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
                    left = left.checked_sub(length).ok_or(Unfinished)?;
                    if ending == Ending::Chunks {
                        self.out.put_slice(format!("{length:x}\r\n").as_bytes());
                        self.out.put_slice(&data);
                        self.out.put_slice(b"\r\n");
                    } else {
                        self.out.put_slice(&data);
                    }
                    if self.out.len() >= HELD {
                        self.flush(|context| body.poll_cut(context)).await?;
                    }
                }
                Some(Err(_)) => return Err(Unfinished),
                None => break,
            }
        }
        match ending {
            Ending::Chunks => {
                self.out.put_slice(b"0\r\n");
                if let Some(trailers) = body.take_trailers().filter(|_| trailers) {
                    fields(&trailers, &mut self.out);
                }
                self.out.put_slice(b"\r\n");
            }
            Ending::Length(_) if left > 0 => return Err(Unfinished),
            Ending::NoBody | Ending::Length(_) | Ending::Close => {}
        }
        Ok(())
    }

    /// Writes what is held, unless the body is cut meanwhile or the client takes it too slowly: a client that does not
    /// read keeps nothing open.
    async fn flush(&mut self, mut cut: impl FnMut(&mut Context<'_>) -> Poll<()>) -> Result<(), Unfinished> {
        let Self { io, out, pace } = self;
        poll_fn(|context| {
            while !out.is_empty() {
                match Pin::new(&mut *io).poll_write(context, out) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(Unfinished)),
                    Poll::Ready(Ok(written)) => {
                        pace.arrived(written);
                        out.advance(written);
                    }
                    Poll::Pending => return given_up(&mut cut, pace, context),
                }
            }
            match Pin::new(&mut *io).poll_flush(context) {
                Poll::Ready(flushed) => {
                    pace.rest();
                    Poll::Ready(flushed.map_err(|_| Unfinished))
                }
                Poll::Pending => given_up(&mut cut, pace, context),
            }
        })
        .await
    }
}

/// Ready when what waits to be written is not to be written any more.
fn given_up(
    cut: &mut impl FnMut(&mut Context<'_>) -> Poll<()>,
    pace: &mut Pace,
    context: &mut Context<'_>,
) -> Poll<Result<(), Unfinished>> {
    if cut(context).is_ready() { Poll::Ready(()) } else { pace.poll_too_slow(context) }.map(|()| Err(Unfinished))
}

/// For what has no body that could be cut.
fn never_cut(_: &mut Context<'_>) -> Poll<()> {
    Poll::Pending
}

fn ending(head: &Response<()>, body: &impl ReplyBody, asked: Asked<'_>) -> Ending {
    let status = head.status();
    let never = status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if never || *asked.method == Method::HEAD {
        return Ending::NoBody;
    }
    match body.length() {
        Some(length) => Ending::Length(length),
        None if asked.version == Version::HTTP_11 => Ending::Chunks,
        None => Ending::Close,
    }
}

fn status_line(status: StatusCode, out: &mut BytesMut) {
    out.put_slice(b"HTTP/1.1 ");
    out.put_slice(status.as_str().as_bytes());
    out.put_slice(b" ");
    out.put_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.put_slice(b"\r\n");
}

fn fields(fields: &HeaderMap, out: &mut BytesMut) {
    for (name, value) in fields {
        out.put_slice(name.as_str().as_bytes());
        out.put_slice(b": ");
        out.put_slice(value.as_bytes());
        out.put_slice(b"\r\n");
    }
}
