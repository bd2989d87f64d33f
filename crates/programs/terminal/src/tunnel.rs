//! One open tunnel: bytes in both directions until it ends or is cut.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use h2::{Reason, RecvStream, SendStream};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::sleep;

use crate::said::Cut;
use crate::server::FRAME;
use crate::{Line, TerminalError};

/// The bytes that one read of this side asks for: those of one frame.
const READ: usize = FRAME as usize;
/// Where what is read begins in its buffer. The TLS library copies it to 5 or 14 bytes behind the beginning of another buffer, and
/// AMD's processors copy at a tenth of their speed to a place that lies 1 to 63 bytes further in its page than the source.
const BEGIN: usize = 256;

/// A listener's tunnels are often cut together with thousands of other streams: it asks why when those have been ended, too.
const BREATH: Duration = Duration::from_millis(300);

/// A tunnel to a resource.
pub struct Tunnel {
    pub(crate) line: Line,
    pub(crate) id: String,
    pub(crate) to_gateway: SendStream<Bytes>,
    pub(crate) from_gateway: RecvStream,
}

/// Whether a tunnel goes on when the resource has no more to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// With the resource's last byte: nobody writes to a pipe whose reader has gone.
    WithTheResource,
    /// When both sides have said that they have no more.
    WithBoth,
}

impl Tunnel {
    /// The request that opened it.
    #[must_use]
    pub fn request(&self) -> &str {
        &self.id
    }

    /// Carries standard input and output, until the resource ends it or it is cut.
    ///
    /// # Errors
    /// [`TerminalError::Cut`] when it is no longer permitted.
    pub async fn carry(self, from: impl AsyncRead + Unpin, to: impl AsyncWrite + Unpin) -> Result<(), TerminalError> {
        self.carry_until(Ends::WithTheResource, from, to).await
    }

    pub(crate) async fn carry_until(
        mut self,
        ends: Ends,
        from: impl AsyncRead + Unpin,
        to: impl AsyncWrite + Unpin,
    ) -> Result<(), TerminalError> {
        let ended = {
            let up = carry_up(from, &mut self.to_gateway);
            let down = carry_down(&mut self.from_gateway, to);
            match ends {
                Ends::WithBoth => tokio::try_join!(up, down).map(|_| ()),
                Ends::WithTheResource => {
                    tokio::pin!(down);
                    tokio::select! {
                        biased;
                        ended = &mut down => ended,
                        up = up => match up {
                            Ok(()) => down.await,
                            Err(error) => Err(error),
                        },
                    }
                }
            }
        };
        match ended {
            Ok(()) => Ok(()),
            Err(Broke::Here(error)) => {
                self.to_gateway.send_reset(Reason::CANCEL);
                Err(TerminalError::Broken(error.to_string()))
            }
            Err(Broke::There(error)) => {
                if ends == Ends::WithBoth {
                    sleep(BREATH).await;
                }
                match self.why_cut(&error).await {
                    Some(cut) => Err(TerminalError::Cut(Box::new(cut))),
                    None => Err(error.into()),
                }
            }
        }
    }
}

impl Tunnel {
    /// Why the gateway ended it: as it says when it is asked, or as the code of its reset tells when it is being replaced and
    /// takes no question any more.
    async fn why_cut(&self, error: &h2::Error) -> Option<Cut> {
        match self.line.why_cut(&self.id).await {
            Some(cut) => Some(cut),
            None => error
                .reason()
                .filter(|_| !error.is_go_away() && !error.is_library())
                .and_then(|code| Cut::untold(code, &self.id)),
        }
    }
}

/// Which side broke off.
enum Broke {
    Here(io::Error),
    There(h2::Error),
}

impl From<h2::Error> for Broke {
    fn from(error: h2::Error) -> Self {
        Self::There(error)
    }
}

async fn carry_up(mut from: impl AsyncRead + Unpin, to: &mut SendStream<Bytes>) -> Result<(), Broke> {
    loop {
        let mut buffer = BytesMut::with_capacity(BEGIN + READ);
        buffer.put_bytes(0, BEGIN);
        buffer.advance(BEGIN);
        let length = from.read_buf(&mut (&mut buffer).limit(READ)).await.map_err(Broke::Here)?;
        if length == 0 {
            return Ok(to.send_data(Bytes::new(), true)?);
        }
        // A little does not keep room for much while it waits for the gateway.
        let mut data = if length < READ / 2 { Bytes::copy_from_slice(&buffer) } else { buffer.freeze() };
        while !data.is_empty() {
            to.reserve_capacity(data.len());
            let capacity = poll_fn(|context| to.poll_capacity(context)).await;
            let Some(capacity) = capacity.transpose()? else {
                // There is no more room because it was reset, and the code may say why.
                let code = poll_fn(|context| to.poll_reset(context)).await;
                return Err(Broke::There(code.map_or_else(|error| error, Into::into)));
            };
            to.send_data(data.split_to(capacity.min(data.len())), false)?;
        }
    }
}

async fn carry_down(from: &mut RecvStream, mut to: impl AsyncWrite + Unpin) -> Result<(), Broke> {
    while let Some(data) = from.data().await {
        let mut data = data?;
        let length = data.len();
        to.write_all_buf(&mut data).await.map_err(Broke::Here)?;
        to.flush().await.map_err(Broke::Here)?;
        from.flow_control().release_capacity(length)?;
    }
    to.shutdown().await.map_err(Broke::Here)
}
