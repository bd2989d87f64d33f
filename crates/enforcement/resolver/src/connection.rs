//! One connection over TLS: messages behind their length (RFC 7858, section 3.3), several at once, answered as they are ready.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use sekisho_model::PresentedDevice;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, sleep_until, timeout};

use crate::Resolver;
use crate::question::LONGEST;

/// How long a connection may say nothing, and how long one message may take.
const IDLE: Duration = Duration::from_secs(30);
/// How long a client may take to take an answer.
const TAKING: Duration = Duration::from_secs(10);
/// The most questions of one connection that are answered at once; further ones are not read yet.
const AT_ONCE: usize = 32;

/// Serves a connection until it ends, is idle, or its device is no longer known.
///
/// # Errors
/// When the stream breaks, or carries something else.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    resolver: &Resolver,
    device: &PresentedDevice,
    from: IpAddr,
) -> io::Result<()> {
    let (mut worlds, (reader, mut writer)) = (resolver.worlds(), tokio::io::split(stream));
    let mut messages = Messages { reader, held: BytesMut::new() };
    let mut open = FuturesUnordered::new();
    let mut deadline = Instant::now() + IDLE;
    loop {
        tokio::select! {
            biased;
            changed = worlds.changed() => {
                // INVARIANT I-50: a connection ends as soon as who opened it is no longer known.
                if changed.is_err() || resolver.knows(device).is_none() {
                    return writer.shutdown().await;
                }
            }
            Some(answer) = open.next(), if !open.is_empty() => {
                let answer: Option<Vec<u8>> = answer;
                if let Some(answer) = answer {
                    write(&mut writer, &answer).await?;
                }
            }
            message = messages.next(), if open.len() < AT_ONCE => {
                let Some(message) = message? else { return writer.shutdown().await };
                deadline = Instant::now() + IDLE;
                // INVARIANT I-50: who asks is looked up for each question, in the World of that moment.
                let Some(asker) = resolver.by_device(device) else { return writer.shutdown().await };
                open.push(async move { resolver.answer(&asker, from, &message).await });
            }
            () = sleep_until(deadline), if open.is_empty() => return writer.shutdown().await,
        }
    }
}

async fn write(writer: &mut (impl AsyncWrite + Unpin), answer: &[u8]) -> io::Result<()> {
    let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
    let bytes = [length.to_be_bytes().as_slice(), answer].concat();
    let writing = async {
        writer.write_all(&bytes).await?;
        writer.flush().await
    };
    timeout(TAKING, writing).await?
}

/// The messages of a stream. A read that is dropped loses nothing.
struct Messages<R> {
    reader: R,
    held: BytesMut,
}

impl<R: AsyncRead + Unpin> Messages<R> {
    /// The next message; `None` at the end.
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if let Some(head) = self.held.first_chunk::<2>() {
                let length = usize::from(u16::from_be_bytes(*head));
                if length > LONGEST {
                    return Err(io::Error::other("a message is longer than a question can be"));
                }
                if self.held.len() >= 2 + length {
                    self.held.advance(2);
                    return Ok(Some(self.held.split_to(length).freeze()));
                }
            }
            if self.reader.read_buf(&mut self.held).await? == 0 {
                return if self.held.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_are_divided_by_their_lengths_however_they_arrive() {
        let (mut client, reader) = tokio::io::duplex(3);
        let sent = tokio::spawn(async move { client.write_all(b"\0\x03abc\0\0\0\x01d\x10\x01").await });
        let mut messages = Messages { reader, held: BytesMut::new() };
        for expected in [&b"abc"[..], b"", b"d"] {
            assert_eq!(messages.next().await.expect("a message").as_deref(), Some(expected));
        }
        assert!(messages.next().await.is_err(), "4097 bytes are too many");
        sent.await.expect("the task").expect("written");
    }
}
