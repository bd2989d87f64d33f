//! A request on its way up: its head, written from scratch, and its body, framed as the head says.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{BufMut as _, BytesMut};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Request};
use http_body::Body as _;
use sekisho_http_server::{BodyError, RequestBody};

/// What of a request's body is still to go up.
pub(super) struct Upload {
    body: RequestBody,
    framing: Framing,
    read: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// As many bytes are left; more of them than the head says do not go up.
    Length(u64),
    Chunks,
}

/// The body has another length than its head says.
#[derive(Debug, thiserror::Error)]
#[error("the request's body is not as long as its head says")]
struct WrongLength;

impl Upload {
    /// Nothing goes up.
    pub(super) const fn none() -> Self {
        Self { body: RequestBody::Empty, framing: Framing::Length(0), read: true }
    }

    /// A body that goes up behind that head.
    pub(super) fn new(body: RequestBody, fields: &HeaderMap) -> Self {
        let read = matches!(body, RequestBody::Empty) && !fields.contains_key(TRANSFER_ENCODING);
        let length = fields.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let framing = match length {
            _ if fields.contains_key(TRANSFER_ENCODING) => Framing::Chunks,
            length => Framing::Length(length.unwrap_or(0)),
        };
        Self { body, framing, read }
    }

    /// Whether all of the body was read.
    pub(super) const fn is_read(&self) -> bool {
        self.read
    }

    /// Whether the body was never there: its head alone can be sent again.
    pub(super) const fn is_bodiless(&self) -> bool {
        matches!(self.body, RequestBody::Empty)
    }

    /// Writes the next part of the body.
    pub(super) fn poll_more(&mut self, context: &mut Context<'_>, out: &mut BytesMut) -> Poll<Result<(), BodyError>> {
        match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            Some(frame) => {
                // Fields behind the body do not go up: they have no place in what many servers read.
                if let Ok(data) = frame?.into_data() {
                    self.write(&data, out)?;
                }
            }
            None => {
                self.read = true;
                match self.framing {
                    Framing::Chunks => out.put_slice(b"0\r\n\r\n"),
                    Framing::Length(0) => {}
                    Framing::Length(_) => return Poll::Ready(Err(WrongLength.into())),
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn write(&mut self, data: &[u8], out: &mut BytesMut) -> Result<(), BodyError> {
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        match &mut self.framing {
            // An empty chunk would be the last.
            Framing::Chunks if length == 0 => {}
            Framing::Chunks => {
                out.put_slice(format!("{length:x}\r\n").as_bytes());
                out.put_slice(data);
                out.put_slice(b"\r\n");
            }
            Framing::Length(left) => {
                *left = left.checked_sub(length).ok_or(WrongLength)?;
                out.put_slice(data);
            }
        }
        Ok(())
    }
}

/// Writes the head of a request.
pub(super) fn write_head<B>(request: &Request<B>, out: &mut BytesMut) {
    let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>();
    out.reserve(request.method().as_str().len() + target.len() + fields + 16);
    out.put_slice(request.method().as_str().as_bytes());
    out.put_slice(b" ");
    out.put_slice(target.as_bytes());
    out.put_slice(b" HTTP/1.1\r\n");
    for (name, value) in request.headers() {
        out.put_slice(name.as_str().as_bytes());
        out.put_slice(b": ");
        out.put_slice(value.as_bytes());
        out.put_slice(b"\r\n");
    }
    out.put_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use http::Method;
    use sekisho_policy_enforcement::{HeadLimits, RequestHead, Scheme};

    use super::*;

    #[test]
    fn i6_the_head_that_is_written_is_one_that_the_strict_reader_reads() {
        for (method, target, length) in [(Method::GET, "/a/b?c=d", None), (Method::POST, "/", Some("5"))] {
            let mut request = Request::builder().method(method.clone()).uri(target).header("host", "app.test");
            if let Some(length) = length {
                request = request.header(CONTENT_LENGTH, length);
            }
            let request = request.header("x-a", "1").header("x-a", "2").body(()).expect("a request");
            let mut out = BytesMut::new();
            write_head(&request, &mut out);
            let head = RequestHead::from_http1(&out.freeze(), Scheme::Https, &HeadLimits::default()).expect("a head");
            assert_eq!((head.method(), head.target().map(|target| target.as_str())), (&method, Some(target)));
            assert_eq!(head.fields().len(), request.headers().len());
            assert_eq!(head.fields().get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
        }
    }

    #[test]
    fn a_body_is_as_long_as_its_head_says_or_does_not_go_up() {
        let of = |fields: &[(http::HeaderName, &str)]| {
            let fields = fields.iter().map(|(name, value)| (name.clone(), value.parse().expect("a value"))).collect();
            Upload::new(RequestBody::Empty, &fields)
        };
        assert!(of(&[]).is_read());
        let mut upload = of(&[(CONTENT_LENGTH, "5")]);
        let mut out = BytesMut::new();
        assert!(upload.write(b"hello", &mut out).is_ok() && upload.write(b"!", &mut out).is_err());
        assert_eq!(&out[..], b"hello");
        let mut upload = of(&[(TRANSFER_ENCODING, "chunked")]);
        out.clear();
        assert!(
            !upload.is_read() && upload.write(b"", &mut out).is_ok() && upload.write(&[b'x'; 17], &mut out).is_ok()
        );
        assert_eq!(&out[..], b"11\r\nxxxxxxxxxxxxxxxxx\r\n");
    }
}
